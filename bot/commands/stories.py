"""``story``, ``write``, ``continue``, ``retry``, ``redraw``, ``edit``: make pages and the book."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.session import Options, Session, open_session, read_settings, say
from bot.console.folder import BookPlace
from bot.console.telling import error_line, exit_code, tell_and_bind
from bot.console.terminal import inspect_terminal
from bot.console.view import Ending, View
from bot.errors import BadInputError, PagewrightError
from bot.storytelling.orders import PageAct, PageWish
from bot.storytelling.updates import Update
from bot.storytelling.wish import StoryWish, check_style, check_wish

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True)
class Continuation:
    """What ``continue`` was asked for."""

    story: str
    direction: str = ""
    from_page: int | None = None
    pages: int | None = None
    seed: int | None = None
    branch: bool = False


def tell_story(options: Options, wish: StoryWish, *, out: Path | None, events: bool) -> int:
    """Tell a new story; return the exit code."""
    settings = read_settings(options)
    place = None if wish.text_only else BookPlace(out)
    view = choose_view(place, events=events, title=wish.idea)

    async def updates(session: Session) -> AsyncGenerator[Update, None]:
        await session.teller.check_story(wish)
        await session.process.ensure()
        await _check_profile(session, wish.profile)
        check_style(wish.style.strip().lower(), await session.teller.styles())
        async with aclosing(session.teller.tell(wish)) as telling:
            async for update in telling:
                yield update

    def check() -> None:
        check_wish(
            wish,
            settings.limits,
            profile=settings.engine.profile,
            blocked_words=settings.moderation.blocked_words,
        )

    return _run(settings, view, place, check, updates, profile=wish.profile)


def continue_story(options: Options, asked: Continuation, *, out: Path | None, events: bool) -> int:
    """Go on with a story: finish what was interrupted, or tell what happens next."""
    settings = read_settings(options)
    place = BookPlace(out or _folder_of(asked.story))
    view = choose_view(place, events=events)

    async def updates(session: Session) -> AsyncGenerator[Update, None]:
        unfinished = await session.teller.unfinished_kind(asked.story)
        onward = asked.direction or asked.from_page or asked.pages or asked.branch
        # A page that was to be told or painted anew is none that is missing.
        if unfinished in ("tell", "continue") and onward:
            raise BadInputError(
                "The story is not finished: first pagewright continue"
                f" {asked.story} without more, which finishes it."
            )
        await session.process.ensure()
        resume = bool(unfinished) and not onward
        async with aclosing(_going_on(session, asked, resume=resume)) as telling:
            async for update in telling:
                yield update

    return _run(settings, view, place, lambda: None, updates)


def at_page(
    options: Options, act: PageAct, asked: PageWish, *, out: Path | None, events: bool
) -> int:
    """Tell a page anew, paint it again, or write it oneself; return the exit code."""
    settings = read_settings(options)
    place = BookPlace(out or _folder_of(asked.story_ref))
    view = choose_view(place, events=events)

    async def updates(session: Session) -> AsyncGenerator[Update, None]:
        await session.teller.check(act, asked)
        await session.process.ensure()
        async with aclosing(session.teller.do(act, asked)) as telling:
            async for update in telling:
                yield update

    return _run(settings, view, place, lambda: None, updates)


def read_text(text: str) -> str:
    """Return a text as given, or for "-" what standard input holds."""
    if text != "-":
        return text
    # Far more than a page may have; whoever pipes a film in gets a clear answer too.
    read = sys.stdin.buffer.read(100_000)
    try:
        return read.decode()
    except UnicodeDecodeError:
        raise BadInputError("Standard input is no text in UTF-8: write the page as text.") from None


def _folder_of(story_ref: str) -> Path | None:
    """Return the book's folder that a story was named by."""
    return Path(story_ref) if (Path(story_ref) / "book.json").is_file() else None


def choose_view(place: BookPlace | None, *, events: bool, title: str = "") -> View:
    """Return the way of showing that standard output is able to; ``title`` until there is one."""
    terminal = inspect_terminal()
    if events:
        from bot.console.event_lines import EventLines

        return EventLines(place)
    if not terminal.live:
        from bot.console.plain import PlainView

        return PlainView(pictures=place is not None)
    from bot.console.live import LiveView

    return LiveView(terminal, pictures=place is not None, title=title)


def read_picture(path: Path | None, *, limit: int) -> bytes:
    """Return a picture file's bytes, none for no path."""
    if path is None:
        return b""
    try:
        if path.stat().st_size > limit:
            raise BadInputError(f"{path} is larger than {limit} bytes: make it smaller.")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInputError(f"The picture {path} cannot be read: {reason}.") from None
    if not content:
        raise BadInputError(f"The picture {path} is empty: choose another file.")
    return content


async def _check_profile(session: Session, profile: str) -> None:
    """Refuse a profile that the running engine has not, before a story is begun with it."""
    if not profile:
        return
    running = (await session.client.status()).profile
    if running != profile:
        raise BadInputError(
            f'The engine that is running has the profile "{running}", not "{profile}": end it'
            " first, or leave --profile out."
        )


def _going_on(
    session: Session, asked: Continuation, *, resume: bool
) -> AsyncGenerator[Update, None]:
    if resume:
        return session.teller.resume(asked.story)
    return session.teller.continue_story(
        asked.story,
        asked.direction,
        from_page=asked.from_page,
        pages=asked.pages or 1,
        seed=asked.seed,
        branch=asked.branch,
    )


def _run(
    settings: Settings,
    view: View,
    place: BookPlace | None,
    check: Callable[[], None],
    updates: Callable[[Session], AsyncGenerator[Update, None]],
    *,
    profile: str = "",
) -> int:
    """Check what can be checked before the work, then tell; return the exit code."""

    async def run() -> Ending:
        check()
        if place is not None:
            place.check()
        async with open_session(settings, notify=view.notice, profile=profile) as session:
            return await tell_and_bind(updates(session), view, place, session.teller.book)

    try:
        ending = asyncio.run(run())
    except PagewrightError as error:
        view.end(Ending(error=error))
        raise
    say(error_line(ending))
    return exit_code(ending)
