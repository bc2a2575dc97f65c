"""What people do with a story that is there: choose, love, remember, name, open, hide, delete.

Each act is one write transaction in which the permission is asked for against the database as it
is at that moment; what a moderator does with somebody else's story leaves a row in the audit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from bot.errors import BadInputError
from bot.library import audit, facts, jobs, lookups, loves, pages, stories
from bot.library.database import Connection
from bot.library.library import Library
from bot.library.records import FactRecord, PageRecord, StoryRecord
from bot.settings import Settings
from bot.storytelling.accounts import with_link
from bot.storytelling.house_rules import house_rules
from bot.storytelling.moderation import noting_refusals
from bot.storytelling.permissions import Action, Actor, ForbiddenError, allowed, check
from bot.storytelling.shelf import PageRef, find_deleted, find_page, find_story
from bot.storytelling.wording import worded_fact, worded_title

StopJob = Callable[[str], Awaitable[None]]
DELETED, RESTORED = "deleted_story", "restored_story"


@dataclass(frozen=True)
class PageSpot:
    """A page among its siblings, the ``place``-th of ``count``; neighbours' ids, "" at an end."""

    story_id: str
    page_id: str
    number: int
    place: int
    count: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Love:
    """How many love a story, and whether the one who asked does."""

    story_id: str
    loves: int
    loved: bool


@dataclass(frozen=True)
class Fact:
    """Something a story keeps to; ``person`` said it, "" where that is forgotten."""

    id: str
    text: str
    person: str


class Actions:
    """Acts on stories; ``stop_job`` spares the engine the work on one that was deleted."""

    def __init__(self, library: Library, settings: Settings, *, stop_job: StopJob) -> None:
        self._library = library
        self._settings = settings
        self.stop_job = stop_job

    async def choose(
        self,
        story_ref: str,
        actor: Actor,
        *,
        page: PageRef = None,
        step: int = 0,
        sibling: int | None = None,
    ) -> PageSpot:
        """Show another sibling: ``page`` itself, the one ``step`` places on, or number ``sibling``.

        What follows it is shown with it. Steps end at the first and the last sibling.
        """
        async with self._act("choose", story_ref, actor) as (connection, story):
            found = await pages.siblings(connection, await find_page(connection, story, page))
            place = _place(found, step, sibling)
            await pages.choose(connection, found.pages[place - 1])
            await stories.touch(connection, story.id)
            return _spot(await pages.siblings(connection, found.pages[place - 1]))

    async def love(self, story_ref: str, actor: Actor, *, loved: bool = True) -> Love:
        """Love a story, or take that back; doing it twice changes nothing."""
        async with self._act("love", story_ref, actor) as (connection, story):
            change = loves.love if loved else loves.unlove
            await change(connection, story.id, actor.person)
            return Love(story.id, await loves.count(connection, story.id), loved)

    async def remember(self, story_ref: str, text: str, actor: Actor) -> Fact:
        """Let a story keep to something from its next page on; known facts stay once."""
        async with self._act("remember", story_ref, actor) as (connection, story):
            rules = await house_rules(connection, self._settings, story.community_id)
            fact = worded_fact(text, rules)
            return _fact(await facts.add(connection, story.id, actor.person, fact))

    async def facts(self, story_ref: str, actor: Actor) -> tuple[Fact, ...]:
        """Return what a story keeps to, the oldest first."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, "see", story)
            return tuple(map(_fact, await facts.of_story(connection, story.id)))

    async def forget(self, story_ref: str, fact_id: str, actor: Actor) -> None:
        """Remove a fact by its id, or its place in the list from 1."""
        async with self._act("forget", story_ref, actor) as (connection, story):
            known = await facts.of_story(connection, story.id)
            if fact_id.isdecimal() and 1 <= int(fact_id) <= len(known) and len(fact_id) < 4:
                fact_id = known[int(fact_id) - 1].id
            if not await facts.forget(connection, story.id, fact_id):
                raise BadInputError(
                    f'The story {story.id} keeps to no fact "{fact_id[:40]}": look at the list.'
                )

    async def set_mode(self, story_ref: str, mode: Literal["solo", "open"], actor: Actor) -> None:
        """Let only its author go on with a story, or anybody."""
        async with self._act("set_mode", story_ref, actor, noted=mode) as (connection, story):
            await stories.set_mode(connection, story.id, mode)

    async def set_listed(self, story_ref: str, actor: Actor, *, listed: bool) -> None:
        """Put a story into its community's gallery, or leave it out."""
        noted = "listed" if listed else "hidden"
        async with self._act("set_listed", story_ref, actor, noted=noted) as (connection, story):
            await stories.set_listed(connection, story.id, listed=listed)

    async def set_title(self, story_ref: str, title: str, actor: Actor) -> str:
        """Give a story another title, which its first telling then leaves; return it, cleaned."""
        async with self._act("set_title", story_ref, actor, noted="title") as (connection, story):
            rules = await house_rules(connection, self._settings, story.community_id)
            title = worded_title(title, rules)
            await stories.set_title(connection, story.id, title)
            return title

    async def delete(self, story_ref: str, actor: Actor) -> str:
        """Hide a story and stop its jobs; it can be restored for a while. Return its id."""
        async with self._act("delete", story_ref, actor) as (connection, story):
            stopped = await delete_now(connection, story, await with_link(connection, actor))
        for job_id in stopped:
            await self.stop_job(job_id)
        return story.id

    async def restore(self, story_ref: str, actor: Actor) -> str:
        """Bring a deleted story back and return its id."""
        async with self._library.database.write() as connection:
            actor = await with_link(connection, actor)
            story = await find_deleted(connection, story_ref, actor)
            check(actor, "restore", story)
            act = await lookups.newest_act(connection, story.id, DELETED, RESTORED)
            by_moderator = act is not None and act[0] == DELETED
            if by_moderator and not allowed(actor, "handle_reports"):
                raise ForbiddenError(
                    "A moderator deleted this story: ask them to bring it back.", "restore"
                )
            await stories.restore(connection, story.id)
            if by_moderator or story.person_id not in actor.persons:
                await note_act(connection, RESTORED, story, actor)
            return story.id

    async def purge(self, story_ref: str, actor: Actor) -> str:
        """Remove a deleted story for good at once, pages, pictures and all; return its id."""
        async with self._library.database.write() as connection:
            actor = await with_link(connection, actor)
            story = await find_deleted(connection, story_ref, actor)
            check(actor, "purge", story)
            await stories.purge_one(connection, story.id)
            if story.person_id not in actor.persons:
                await note_act(connection, "purged_story", story, actor)
            return story.id

    @asynccontextmanager
    async def _act(
        self, action: Action, story_ref: str, actor: Actor, *, noted: str = ""
    ) -> AsyncIterator[tuple[Connection, StoryRecord]]:
        """Find the story and ask for permission, then do the rest in the same transaction."""
        who, where = actor.person, actor.community
        refusals = noting_refusals(self._library, community=where, person=who)
        async with refusals, self._library.database.write() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, action, story)
            yield connection, story
            if noted and story.person_id not in actor.persons:
                await note_act(connection, action, story, actor, detail=noted)


async def delete_now(connection: Connection, story: StoryRecord, actor: Actor) -> list[str]:
    """Hide a story in the caller's transaction; return the jobs that the engine is to stop."""
    stopped = []
    for job in await lookups.unfinished_of_story(connection, story.id):
        if await jobs.finish(connection, job.id, "cancelled"):
            stopped.append(job.id)
    await stories.delete(connection, story.id)
    if story.person_id not in actor.persons:
        await note_act(connection, DELETED, story, actor)
    return stopped


async def note_act(
    connection: Connection, action: str, story: StoryRecord, actor: Actor, *, detail: str = ""
) -> None:
    """Leave a row in the audit of the story's community."""
    await audit.note(
        connection,
        action,
        community=story.community_id,
        person=actor.person,
        subject=story.id,
        detail=detail,
    )


def _spot(found: pages.Siblings) -> PageSpot:
    page = found.pages[found.position - 1]
    return PageSpot(
        story_id=page.story_id,
        page_id=page.id,
        number=page.number,
        place=found.position,
        count=found.count,
        before=_id(found.before),
        after=_id(found.after),
    )


def _place(found: pages.Siblings, step: int, sibling: int | None) -> int:
    place = found.position + step if sibling is None else sibling
    if 1 <= place <= found.count:
        return place
    number = found.pages[0].number
    if found.count == 1:
        raise BadInputError(f"There is only one page {number}: retry it to have another.")
    raise BadInputError(f"Page {number} has the siblings 1 to {found.count}, and no other.")


def _id(page: PageRecord | None) -> str:
    return page.id if page else ""


def _fact(record: FactRecord) -> Fact:
    return Fact(record.id, record.text, record.person_id or "")
