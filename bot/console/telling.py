"""Follows a telling to its end, whatever the end is, and puts the book where it belongs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from bot.books.book import Book
from bot.console.folder import BookPlace, prepare_binding
from bot.console.view import Ending, View
from bot.errors import EXIT_FAILED, EXIT_INTERRUPTED, PagewrightError
from bot.storytelling.updates import StoryOpened, Update
from engine.api.events import Failed

Updates = AsyncIterator[Update]
TakeBook = Callable[[str], Awaitable[Book]]

# What a failed story's code means to a script; others are plain failures.
EXIT_OF_CODE = {
    "bad_input": 2,
    "engine_gone": 69,
    "engine_stopping": 69,
    "queue_full": 69,
    "model_file": 78,
    "cancelled": EXIT_INTERRUPTED,
    "deleted": EXIT_INTERRUPTED,
}


@dataclass
class _Heard:
    """What was learned while following."""

    story_id: str = ""
    failed: Failed | None = None
    stopping: bool = False


async def tell_and_bind(
    updates: Updates, view: View, place: BookPlace | None, take_book: TakeBook
) -> Ending:
    """Show a telling, then write its book (what is finished of it) and show the ending.

    Nothing is raised for a story that failed or was interrupted: the ending says so.
    """
    heard = _Heard()
    view.open()
    # While the engine is at work; the first preview must not wait for it.
    preparing = asyncio.ensure_future(asyncio.to_thread(prepare_binding)) if place else None
    try:
        ending = await _follow(updates, view, heard)
        if preparing is not None:
            await preparing
        ending = await _bind(ending, heard, place, take_book)
    finally:
        await view.close()
    view.end(ending)
    return ending


def exit_code(ending: Ending) -> int:
    """Return the process's exit code for an ending."""
    if ending.interrupted:
        return EXIT_INTERRUPTED
    if ending.error is not None:
        return ending.error.exit_code
    if ending.failed is not None:
        return EXIT_OF_CODE.get(ending.failed.code, EXIT_FAILED)
    return 0


def error_line(ending: Ending) -> str:
    """Return the one line for standard error, "" where all went well."""
    if ending.interrupted:
        return "interrupted"
    if ending.error is not None:
        return ending.error.message
    return ending.failed.message if ending.failed else ""


async def _follow(updates: Updates, view: View, heard: _Heard) -> Ending:
    task = asyncio.ensure_future(_show_all(updates, view, heard))
    with _signals_cancel(task, heard):
        try:
            await task
        except asyncio.CancelledError:
            return Ending(interrupted=True)
        except PagewrightError as error:
            return Ending(error=error)
    return Ending(failed=heard.failed)


async def _show_all(updates: Updates, view: View, heard: _Heard) -> None:
    try:
        async for update in updates:
            if isinstance(update, StoryOpened):
                heard.story_id = update.story_id
            elif isinstance(update, Failed):
                heard.failed = update
            view.show(update)
            if heard.stopping:
                # A library on the way may have swallowed the cancel: stop all the same.
                raise asyncio.CancelledError
    finally:
        # Closing the stream is what cancels the story.
        aclose = getattr(updates, "aclose", None)
        if aclose is not None:
            await aclose()


async def _bind(
    ending: Ending, heard: _Heard, place: BookPlace | None, take_book: TakeBook
) -> Ending:
    try:
        book = await take_book(heard.story_id) if heard.story_id else None
        ending = replace(ending, book=book, asked=place.asked if place else None)
        if place is not None and book is not None and any(page.image for page in book.pages):
            folder = await asyncio.to_thread(place.write, book)
            ending = replace(ending, folder=folder)
    except PagewrightError as error:
        if ending.complete:
            ending = replace(ending, error=error)
    finally:
        if place is not None:
            place.tidy()
    return ending


@contextmanager
def _signals_cancel(task: asyncio.Future[None], heard: _Heard) -> Iterator[None]:
    """Let Ctrl-C and a polite end stop the story rather than the process; a second one ends it."""
    loop = asyncio.get_running_loop()
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def cancel() -> None:
        heard.stopping = True
        task.cancel()
        restore()

    def restore() -> None:
        for number in caught:
            with suppress(ValueError, RuntimeError):
                loop.remove_signal_handler(number)

    for number in caught:
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, cancel)
    try:
        yield
    finally:
        restore()
