"""What people ask about stories and about their own jobs: details, trees, siblings, the queue."""

from __future__ import annotations

from dataclasses import dataclass

from bot.library import facts, jobs, lookups, loves, pages, stories
from bot.library.database import Connection
from bot.library.ids import iso
from bot.library.library import Library
from bot.library.records import StoryRecord
from bot.settings import Settings
from bot.storytelling.accounts import with_link
from bot.storytelling.permissions import Actor, check
from bot.storytelling.queueing import QueuedJob, at_once_of, queue_of
from bot.storytelling.shelf import find_story


@dataclass(frozen=True)
class PageDetails:
    """One page of a story's tree and all that made it.

    ``shown``: it lies on the chosen branch. ``pictures`` counts those painted, the figures are the
    newest one's; ``seconds`` and ``clip_score`` are 0 where there is none. ``person`` asked for it.
    """

    id: str
    parent_id: str
    number: int
    shown: bool
    chosen: bool
    origin: str
    text: str
    prompt: str
    alt: str
    seed: int
    person: str
    pictures: int
    picture_seed: int
    steps: int
    clip_score: float
    seconds: float
    created_at: str


@dataclass(frozen=True)
class StoryDetails:
    """Everything about a story but its pictures; ``pages`` has every branch, parents first.

    ``state`` and ``error`` are the newest job's; moments are ISO 8601 in UTC.
    """

    id: str
    title: str
    idea: str
    style: str
    avoid: str
    seed: int
    profile: str
    mode: str
    listed: bool
    loves: int
    loved: bool
    person: str
    author: str
    created_at: str
    updated_at: str
    state: str
    error: str
    facts: tuple[str, ...]
    pages: tuple[PageDetails, ...]

    @property
    def branch(self) -> tuple[PageDetails, ...]:
        """Return the pages that are shown, in reading order."""
        return tuple(page for page in self.pages if page.shown)

    def children(self, page_id: str) -> tuple[PageDetails, ...]:
        """Return the pages that go on from a page, "" for the first pages."""
        return tuple(page for page in self.pages if page.parent_id == page_id)


@dataclass(frozen=True)
class QueueLine:
    """One of a person's jobs: ``position`` 0 is at work, 1 is next.

    ``seconds_left`` is about how long it takes until it is done, were it begun anew where it is
    at work.
    """

    job_id: str
    story_id: str
    title: str
    kind: str
    state: str
    first_page: int
    last_page: int
    position: int
    seconds_left: float


class Views:
    """Answers questions; nothing here changes anything."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self._library = library
        self._settings = settings

    async def details(self, story_ref: str, actor: Actor) -> StoryDetails:
        """Return all about a story: seed, style, models, scores, times, branches."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, "see", story)
            return await _details(connection, story, actor)

    async def newest_story(self, actor: Actor) -> str:
        """Return the id of the actor's newest story here that has a page, "" for none."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            found = await lookups.own_stories(connection, actor.persons, actor.community, limit=1)
        return found[0][0] if found else ""

    async def queue(self, actor: Actor) -> tuple[QueueLine, ...]:
        """Return the actor's unfinished jobs wherever they are, those at work first.

        Those asked for with a linked account are among them.
        """
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            found = await queue_of(
                connection,
                *actor.persons,
                at_once=at_once_of(self._settings),
                per_person=self._settings.limits.running_per_person,
            )
            lines = []
            for queued in found:
                story = await stories.get(connection, queued.job.story_id)
                if story is not None:
                    lines.append(_queue_line(queued, story))
        return tuple(lines)


def _queue_line(queued: QueuedJob, story: StoryRecord) -> QueueLine:
    job, place = queued.job, queued.place
    return QueueLine(
        job_id=job.id,
        story_id=job.story_id,
        title=story.title,
        kind=job.kind,
        state=job.state,
        first_page=job.first_page,
        last_page=job.last_page,
        position=place.position if place else 0,
        seconds_left=queued.seconds_left,
    )


async def _details(connection: Connection, story: StoryRecord, actor: Actor) -> StoryDetails:
    lines = await lookups.tree(connection, story.id)
    branch = {page.id for page in await pages.chosen_branch(connection, story.id)}
    job = await jobs.newest_of_story(connection, story.id)
    told = await facts.of_story(connection, story.id)
    return StoryDetails(
        id=story.id,
        title=story.title,
        idea=story.idea,
        style=story.style,
        avoid=story.avoid,
        seed=story.seed,
        profile=story.profile,
        mode=story.mode,
        listed=bool(story.listed),
        loves=story.loves,
        loved=await loves.is_loved_by(connection, story.id, actor.person),
        person=story.person_id,
        author=await lookups.name_of(connection, story.person_id),
        created_at=iso(story.created_at),
        updated_at=iso(story.updated_at),
        state=job.state if job else "",
        error=job.error if job else "",
        facts=tuple(fact.text for fact in told),
        pages=tuple(_page_details(line, shown=line.id in branch) for line in lines),
    )


def _page_details(line: lookups.PageLine, *, shown: bool) -> PageDetails:
    return PageDetails(
        id=line.id,
        parent_id=line.parent_id or "",
        number=line.number,
        shown=shown,
        chosen=bool(line.chosen),
        origin=line.origin,
        text=line.text,
        prompt=line.prompt,
        alt=line.alt,
        seed=line.seed,
        person=line.person_id,
        pictures=line.pictures,
        picture_seed=line.picture_seed,
        steps=line.steps,
        clip_score=line.clip_score,
        seconds=line.seconds,
        created_at=iso(line.created_at),
    )
