from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress

from bot.books.book import Book
from bot.console.plain import PlainView
from bot.console.telling import error_line, exit_code, tell_and_bind
from bot.console.view import Ending
from bot.errors import ConfigError
from bot.storytelling.updates import StoryOpened, Update
from engine.api.events import Failed, TextDelta

OPENED = StoryOpened("s1", "j1", "A fox", seed=1, first_page=1, pages=2)


async def take_book(story: str) -> Book:
    return Book(story, "A fox", "a fox", "", 1, "starter", "2026-01-01T00:00:00Z", ())


async def test_an_interrupt_that_a_library_swallows_still_stops_the_story() -> None:
    async def updates() -> AsyncIterator[Update]:
        yield OPENED
        os.kill(os.getpid(), signal.SIGINT)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(600)
        for _ in range(1000):
            yield TextDelta(1, "more ")

    ending = await asyncio.wait_for(tell_and_bind(updates(), PlainView(), None, take_book), 60)
    assert ending.interrupted
    assert (exit_code(ending), error_line(ending)) == (130, "interrupted")


async def test_a_failed_story_ends_with_its_code_and_its_book() -> None:
    async def updates() -> AsyncIterator[Update]:
        yield OPENED
        yield Failed("engine_gone", "The engine failed 3 times.", True, 2)

    ending = await tell_and_bind(updates(), PlainView(), None, take_book)
    assert ending.book is not None
    assert (exit_code(ending), error_line(ending)) == (69, "The engine failed 3 times.")


def test_exit_codes_follow_the_kind_of_ending() -> None:
    assert exit_code(Ending()) == 0
    assert exit_code(Ending(error=ConfigError("x"))) == 78
    assert exit_code(Ending(failed=Failed("bad_input", "x"))) == 2
    assert exit_code(Ending(failed=Failed("internal", "x"))) == 1
