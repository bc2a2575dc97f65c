"""A bot's process without a platform: works on a library's queue until it is empty, or is killed.

Where told to, it kills itself: behind the n-th update that its followers hear, or before the n-th
statement that it sends to SQLite.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

from bot.errors import UnavailableError
from bot.library.database import fetch_all
from bot.library.library import Library, open_library
from bot.settings import LimitSettings, Settings
from bot.storytelling import working
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.tell import Storyteller
from bot.storytelling.wish import StoryWish
from engine.api.client import EngineClient
from tests.bot.storytelling.plain_engine import end_with_parent
from tests.bot.storytelling.scripted_engine import ScriptedEngine


def run(path: Path, address: str, die_after: int, die_at_statement: int, at_a_time: int) -> None:
    """Work until no job is left."""
    end_with_parent()
    working.RETRY_MS = 50
    working.SHORTEST_PAUSE_S = 0.05
    if die_at_statement:
        _die_at_statement(die_at_statement)
    asyncio.run(_work(path, address, _countdown(die_after), at_a_time))


def tell_at_the_console(path: Path, event: int) -> None:
    """Tell a story here and now, as the console does; die at an event."""
    asyncio.run(_tell(path, _countdown(event + 1)))


async def _tell(path: Path, heard: Callable[[], None]) -> None:
    async with open_library(path) as library:
        async for _ in storyteller_of(library).tell(StoryWish("a fox", pages=2, seed=7)):
            heard()


def storyteller_of(library: Library) -> Storyteller:
    """Return a storyteller with a scripted engine."""

    async def ensure_engine() -> None:
        return None

    return Storyteller(library, ScriptedEngine(), Settings(), ensure_engine=ensure_engine)


async def _work(path: Path, address: str, heard: Callable[[], None], at_a_time: int) -> None:
    client = EngineClient(address)

    async def ensure_engine() -> None:
        if not await client.wait_healthy(2):
            raise UnavailableError("No engine answers.")

    settings = Settings(limits=LimitSettings(running=at_a_time))
    async with open_library(path) as library:
        dispatcher = Dispatcher(library, client, settings, ensure_engine)
        async with dispatcher:
            while found := await _unfinished(library):
                await asyncio.gather(*(_listen(dispatcher, job, heard) for job in found))
    await client.close()


async def _listen(dispatcher: Dispatcher, job_id: str, heard: Callable[[], None]) -> None:
    async for _ in dispatcher.follow(job_id):
        heard()


async def _unfinished(library: Library) -> list[str]:
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT id FROM jobs WHERE finished_at IS NULL")
    return [row[0] for row in rows]


def _countdown(number: int) -> Callable[[], None]:
    """Return a function whose ``number``-th call kills this process (0: none does)."""
    left = number

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def _die_at_statement(number: int) -> None:
    count, execute = _countdown(number), aiosqlite.Connection.execute

    def counted(self: aiosqlite.Connection, *arguments: Any, **more: Any) -> Any:
        count()
        return execute(self, *arguments, **more)

    aiosqlite.Connection.execute = counted  # type: ignore[method-assign]
