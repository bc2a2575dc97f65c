"""``choose``, ``love``, ``remember``, ``change``, ``delete`` …: one act on a story, one line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from bot.commands.session import Options, open_session, open_shelf, read_settings
from bot.errors import BadInputError
from bot.storytelling.permissions import CONSOLE

if TYPE_CHECKING:
    from bot.storytelling.tell import Storyteller

T = TypeVar("T")
Mode = Literal["solo", "open"]


@dataclass(frozen=True)
class Changes:
    """What ``change`` was asked for; None leaves a thing as it is."""

    title: str | None = None
    mode: str | None = None
    listed: bool | None = None


def read_steps(*, next_one: bool, previous: bool, sibling: int | None) -> int:
    """Return how far to walk among siblings; refuse none or several of the ways to say it."""
    if next_one + previous + (sibling is not None) != 1:
        raise BadInputError("Say which page: --next, --previous or --sibling K.")
    return int(next_one) - int(previous)


def choose(
    options: Options, story: str, *, page: int | None, step: int, sibling: int | None
) -> int:
    """Show another sibling of a page."""
    spot = _at_shelf(
        options,
        lambda teller: teller.acts.choose(story, CONSOLE, page=page, step=step, sibling=sibling),
    )
    print(f"page {spot.number} is now {spot.place} of {spot.count}")
    return 0


def love(options: Options, story: str, *, loved: bool) -> int:
    """Love a story, or take it back."""
    felt = _at_shelf(options, lambda teller: teller.acts.love(story, CONSOLE, loved=loved))
    print(f"{felt.story_id} is loved by {felt.loves}")
    return 0


def remember(options: Options, story: str, fact: str, *, forget: str) -> int:
    """Add a fact, forget one, or list what a story keeps to."""
    if fact and forget:
        raise BadInputError("Either say what to remember, or --forget something: not both.")
    if fact:
        _at_shelf(options, lambda teller: teller.acts.remember(story, fact, CONSOLE))
    if forget:
        _at_shelf(options, lambda teller: teller.acts.forget(story, forget, CONSOLE))
    facts = _at_shelf(options, lambda teller: teller.acts.facts(story, CONSOLE))
    for number, known in enumerate(facts, start=1):
        print(f"{number}  {known.text}  ({known.id})")
    return 0


def change(options: Options, story: str, changes: Changes) -> int:
    """Change what was named of a story, and say how it is now."""
    if changes == Changes():
        raise BadInputError("Say what to change: --title, --mode, --listed or --hidden.")

    async def act(teller: Storyteller) -> str:
        if changes.title is not None:
            await teller.acts.set_title(story, changes.title, CONSOLE)
        if changes.mode is not None:
            mode: Mode = "open" if changes.mode == "open" else "solo"
            await teller.acts.set_mode(story, mode, CONSOLE)
        if changes.listed is not None:
            await teller.acts.set_listed(story, CONSOLE, listed=changes.listed)
        now = await teller.views.details(story, CONSOLE)
        return f"{now.id}  {now.title}  {now.mode}  {'listed' if now.listed else 'hidden'}"

    print(_at_shelf(options, act))
    return 0


def delete(options: Options, story: str, *, for_good: bool) -> int:
    """Delete a story, and purge what was deleted long ago."""
    settings = read_settings(options)

    async def act(teller: Storyteller) -> str:
        story_id = await teller.acts.delete(story, CONSOLE)
        if for_good:
            await teller.acts.purge(story_id, CONSOLE)
        await teller.stewards.purge_deleted()
        return story_id

    story_id = _with_engine(options, act)
    days = settings.limits.keep_deleted_days
    if for_good or not days:
        print(f"{story_id} is gone")
    else:
        print(f"{story_id} is deleted; for {days} days: pagewright restore {story_id}")
    return 0


def restore(options: Options, story: str) -> int:
    """Bring a deleted story back."""
    story_id = _at_shelf(options, lambda teller: teller.acts.restore(story, CONSOLE))
    print(f"{story_id} is back: pagewright show {story_id}")
    return 0


def stop(options: Options, story: str) -> int:
    """Stop a story that is waiting or being told."""
    if not _with_engine(options, lambda teller: teller.cancel(story)):
        print("nothing of it is waiting or being told")
        return 0
    print("stopped; finished pages are kept")
    return 0


def queue(options: Options) -> int:
    """List the jobs that wait or are at work."""
    for line in _at_shelf(options, lambda teller: teller.views.queue(CONSOLE)):
        place = f"place {line.position}" if line.position else "at work"
        pages = f"pages {line.first_page}-{line.last_page}"
        print(f"{line.story_id}\t{line.kind}\t{pages}\t{place}\t{line.seconds_left:.0f} s")
    return 0


def report(options: Options, story: str, *, page: int | None, reason: str) -> int:
    """Report a story or a page of it."""
    made = _at_shelf(
        options,
        lambda teller: teller.stewards.report(story, CONSOLE, reason=reason, page=page),
    )
    print(f"report {made.id} waits for a moderator")
    return 0


def reports(options: Options, *, dismiss: str, uphold: str) -> int:
    """Close a report, or list the open ones."""
    if dismiss and uphold:
        raise BadInputError("Either --dismiss a report or --uphold one: not both.")
    if dismiss or uphold:
        outcome: Literal["dismissed", "deleted"] = "deleted" if uphold else "dismissed"
        report_id = dismiss or uphold
        _at_shelf(
            options,
            lambda teller: teller.stewards.handle_report(report_id, outcome, CONSOLE),
        )
    for line in _at_shelf(options, lambda teller: teller.stewards.open_reports(CONSOLE)):
        where = "page" if line.page_id else "story"
        print(f"{line.id}\t{line.story_id}\t{where}\t{line.created_at[:10]}\t{line.reason}")
    return 0


def _at_shelf(options: Options, act: Callable[[Storyteller], Awaitable[T]]) -> T:
    """Do something with the library alone."""

    async def run() -> T:
        async with open_shelf(read_settings(options)) as teller:
            return await act(teller)

    return asyncio.run(run())


def _with_engine(options: Options, act: Callable[[Storyteller], Awaitable[T]]) -> T:
    """Do something of which an engine is told where one runs; none is started."""

    async def run() -> T:
        async with open_session(read_settings(options), notify=lambda _: None) as session:
            return await act(session.teller)

    return asyncio.run(run())
