"""Turns what somebody asks for into rows: a job in the queue, and what it will work on.

Each order is one write transaction: the permission is asked for in it, the same dedup key gives
the same job, and what is refused leaves nothing behind.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from bot.errors import BadInputError, WordedError
from bot.library import jobs, lookups, pages, people, pictures, stories
from bot.library.database import Connection
from bot.library.ids import new_id, now_ms
from bot.library.library import Library
from bot.library.records import JobRecord, PageRecord, StoryRecord
from bot.storytelling.accounts import with_link
from bot.storytelling.admission import Limits, admit, readmit
from bot.storytelling.permissions import Actor, check
from bot.storytelling.seeds import page_seed, picture_seed
from bot.storytelling.shelf import PageRef, find_page, find_story
from bot.storytelling.updates import StoryOpened
from bot.storytelling.wish import MAX_SEED, StoryWish, provisional_title

# The engine's own limit.
MAX_STORY_PAGES = 64
# What a picture is painted from when a person wrote the page.
_PROMPT_LENGTH = 200

_ONWARD = ("tell", "continue")

PageAct = Literal["continue", "branch", "retry", "redraw", "edit"]
Claim = Callable[[Connection, JobRecord], Awaitable[JobRecord]]


@dataclass(frozen=True)
class PageWish:
    """What somebody asks for at a page: a number along the chosen branch, an id, None: the last.

    ``branch`` without a page is another turn in the place of the last one. ``pages`` counts the
    new ones of a continuation; ``text`` is the page as a person writes it, for an edit.
    """

    story_ref: str
    page: PageRef = None
    direction: str = ""
    pages: int = 1
    seed: int | None = None
    text: str = ""
    dedup_key: str = ""


@dataclass(frozen=True)
class Order:
    """What was asked for, as it is kept; ``page`` is what an edit wrote or a redraw paints."""

    story: StoryRecord
    job: JobRecord
    page: PageRecord | None = None
    duplicate: bool = False

    def opened(self, *, first_page: int = 0) -> StoryOpened:
        """Return what a listener hears first; ``first_page`` where some pages exist already."""
        story, job = self.story, self.job
        return StoryOpened(
            story_id=story.id,
            job_id=job.id,
            title=story.title,
            seed=job.seed,
            first_page=first_page or job.first_page,
            pages=job.last_page,
            style=story.style,
            duplicate=self.duplicate,
            kind=job.kind,
            page_id=self.page.id if self.page else "",
        )


class Orders:
    """Takes orders; ``limits_of`` gives what a community lets its people ask for.

    ``claim`` begins the job in the same transaction, for whoever tells it here and now; without
    one the job waits for its turn.
    """

    def __init__(
        self, library: Library, limits_of: Callable[[Connection, str], Awaitable[Limits]]
    ) -> None:
        self._library = library
        self._limits_of = limits_of

    async def story(self, wish: StoryWish, actor: Actor, *, claim: Claim | None = None) -> Order:
        """Order a new story; the wish has been checked."""
        story = _new_story(wish, actor)
        job = replace(_new_job(story, "tell"), dedup_key=wish.dedup_key or None)
        job = replace(job, last_page=wish.pages, text_only=int(wish.text_only))
        async with self._library.database.write() as connection:
            if (again := await ordered_before(connection, wish.dedup_key)) is not None:
                return again
            check(actor, "tell")
            await stories.insert(connection, story)
            await self._know(connection, actor)
            return Order(story, await self._enter(connection, job, claim))

    async def at_page(
        self, act: PageAct, asked: PageWish, actor: Actor, *, claim: Claim | None = None
    ) -> Order:
        """Order something at a page of a story; texts and numbers have been checked."""
        async with self._library.database.write() as connection:
            if (again := await ordered_before(connection, asked.dedup_key)) is not None:
                return again
            actor = await with_link(connection, actor)
            story = await find_story(connection, asked.story_ref, actor)
            check(actor, act, story)
            if asked.page is None:
                await _refuse_at_work(connection, story, act)
            page = await find_page(connection, story, asked.page)
            job, known = await _PLANS[act](connection, story, page, asked)
            job = replace(job, person_id=actor.person, dedup_key=asked.dedup_key or None)
            job = await self._enter(connection, job, claim)
            if known is not None and job.kind == "edit":
                await pages.insert(connection, known)
            await self._know(connection, actor)
            await stories.touch(connection, story.id)
            return Order(story, job, known)

    async def again(
        self, story_ref: str, actor: Actor, *, job_id: str = "", claim: Claim | None = None
    ) -> Order:
        """Take up a job again that failed or was cancelled: ``job_id``'s, or the story's newest."""
        async with self._library.database.write() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            job = await find_job(connection, story, job_id)
            check(actor, "resume", story, asker=job.person_id)
            page = await _page_known(connection, job)
            if claim is None:
                limits = await self._limits_of(connection, story.community_id)
                return Order(story, await readmit(connection, job, limits=limits), page)
            if job.state == "done":
                raise WordedError(
                    f"The story {story.id} is finished: continue it instead.", "told_already"
                )
            return Order(story, await claim(connection, job), page)

    async def _enter(
        self, connection: Connection, job: JobRecord, claim: Claim | None
    ) -> JobRecord:
        limits = await self._limits_of(connection, job.community_id)
        job = await admit(connection, job, limits=limits)
        return await claim(connection, job) if claim else job

    async def _know(self, connection: Connection, actor: Actor) -> None:
        direct = actor.direct or None
        await people.know_community(connection, actor.community, direct=direct)
        await people.know_person(connection, actor.person)


async def ordered_before(connection: Connection, dedup_key: str) -> Order | None:
    """Return the order that came with the same key before, also where its story was deleted."""
    job = await jobs.by_dedup_key(connection, dedup_key) if dedup_key else None
    if job is None:
        return None
    story = await stories.get(connection, job.story_id)
    story = story or await stories.get_deleted(connection, job.story_id)
    page = await _page_known(connection, job)
    return Order(story, job, page, duplicate=True) if story else None


async def find_job(connection: Connection, story: StoryRecord, job_id: str = "") -> JobRecord:
    """Return a story's job, the newest without an id; raise ``BadInputError`` for none."""
    if job_id:
        job = await jobs.get(connection, job_id)
    else:
        job = await jobs.newest_of_story(connection, story.id)
    if job is None or job.story_id != story.id:
        raise BadInputError(f"The story {story.id} has no such job: nothing is to be done.")
    return job


async def _page_known(connection: Connection, job: JobRecord) -> PageRecord | None:
    """Return the page whose words are there before the job begins: of an edit or a redraw."""
    if job.target_page_id:
        return await pages.get(connection, job.target_page_id)
    made = await pages.of_job(connection, job.id) if job.kind == "edit" else []
    return made[0] if made else None


async def _refuse_at_work(connection: Connection, story: StoryRecord, act: PageAct) -> None:
    """Refuse the last page, where nobody can know yet which one that will be."""
    unfinished = await lookups.unfinished_of_story(connection, story.id)
    if act in ("continue", "branch") and any(j.kind in _ONWARD for j in unfinished):
        raise WordedError(
            f"The story {story.id} is being told at this moment: wait for its end, or name a page.",
            "told_now",
        )


async def _continue(
    connection: Connection, story: StoryRecord, page: PageRecord, asked: PageWish
) -> tuple[JobRecord, None]:
    return await _onward(connection, story, page, asked), None


async def _branch(
    connection: Connection, story: StoryRecord, page: PageRecord, asked: PageWish
) -> tuple[JobRecord, None]:
    if asked.page is not None:
        return await _onward(connection, story, page, asked), None
    parent = await pages.get(connection, page.parent_id) if page.parent_id else None
    if parent is None:
        raise BadInputError("The story has one page only: retry that page, or continue it first.")
    return await _onward(connection, story, parent, asked), None


async def _onward(
    connection: Connection, story: StoryRecord, base: PageRecord, asked: PageWish
) -> JobRecord:
    last = base.number + asked.pages
    if last > MAX_STORY_PAGES:
        raise WordedError(
            f"A story has {MAX_STORY_PAGES} pages at most: branch from an earlier page.",
            "story_full",
            most=str(MAX_STORY_PAGES),
        )
    seed = await page_seed(connection, story, base) if asked.seed is None else asked.seed
    return replace(
        _new_job(story, "continue", base=base),
        last_page=last,
        direction=asked.direction,
        seed=seed,
    )


async def _retry(
    connection: Connection, story: StoryRecord, page: PageRecord, asked: PageWish
) -> tuple[JobRecord, None]:
    """Plan another sibling of a page, told under the same direction."""
    base = await pages.get(connection, page.parent_id) if page.parent_id else None
    made_by = await jobs.get(connection, page.job_id)
    direction = ""
    if made_by is not None and made_by.first_page == page.number:
        direction = made_by.direction
    job = replace(
        _new_job(story, "retry", base=base),
        direction=asked.direction or direction,
        seed=await page_seed(connection, story, base) if asked.seed is None else asked.seed,
        text_only=await _text_only(connection, page),
    )
    return job, None


async def _redraw(
    connection: Connection, story: StoryRecord, page: PageRecord, asked: PageWish
) -> tuple[JobRecord, PageRecord]:
    seed = await picture_seed(connection, page) if asked.seed is None else asked.seed
    base = await pages.get(connection, page.parent_id) if page.parent_id else None
    job = replace(_new_job(story, "redraw", base=base), target_page_id=page.id, seed=seed)
    return job, page


async def _edit(
    connection: Connection, story: StoryRecord, page: PageRecord, asked: PageWish
) -> tuple[JobRecord, PageRecord]:
    """Plan a sibling with a person's words, which is in the tree at once; then its picture."""
    if asked.text == page.text:
        raise WordedError(
            "The page says this already: change something, or redraw it.", "text_same"
        )
    base = await pages.get(connection, page.parent_id) if page.parent_id else None
    seed = await page_seed(connection, story, base) if asked.seed is None else asked.seed
    text_only = await _text_only(connection, page)
    job = replace(_new_job(story, "edit", base=base), seed=seed, text_only=text_only)
    edited = PageRecord(
        id=new_id(),
        story_id=story.id,
        parent_id=page.parent_id,
        job_id=job.id,
        number=page.number,
        chosen=1,
        text=asked.text,
        prompt=provisional_title(asked.text, most=_PROMPT_LENGTH).rstrip("…"),
        seed=seed,
        created_at=now_ms(),
        origin="edited",
    )
    return job, edited


_Plan = Callable[
    [Connection, StoryRecord, PageRecord, PageWish],
    Awaitable[tuple[JobRecord, PageRecord | None]],
]
_PLANS: Mapping[PageAct, _Plan] = MappingProxyType(
    {
        "continue": _continue,
        "branch": _branch,
        "retry": _retry,
        "redraw": _redraw,
        "edit": _edit,
    }
)


async def _text_only(connection: Connection, page: PageRecord) -> int:
    """Return 1 where a page was told without a picture and has got none since."""
    made_by = await jobs.get(connection, page.job_id)
    if made_by is None or not made_by.text_only:
        return 0
    return int(not await pictures.newest_of(connection, [page.id]))


def _new_story(wish: StoryWish, actor: Actor) -> StoryRecord:
    now = now_ms()
    return StoryRecord(
        id=new_id(),
        community_id=actor.community,
        person_id=actor.person,
        title=provisional_title(wish.idea),
        idea=wish.idea,
        style=wish.style,
        avoid=wish.avoid,
        seed=secrets.randbelow(MAX_SEED) + 1 if wish.seed is None else wish.seed,
        profile=wish.profile,
        mode=wish.mode,
        picture=wish.picture or None,
        created_at=now,
        updated_at=now,
    )


def _new_job(story: StoryRecord, kind: str, *, base: PageRecord | None = None) -> JobRecord:
    """Return a job of the story's author for the one page behind ``base``."""
    number = base.number + 1 if base else 1
    return JobRecord(
        id=new_id(),
        story_id=story.id,
        person_id=story.person_id,
        community_id=story.community_id,
        kind=kind,
        state="queued",
        dedup_key=None,
        base_page_id=base.id if base else None,
        first_page=number,
        last_page=number,
        direction="",
        seed=story.seed,
        text_only=0,
        attempt=0,
        lease_owner=None,
        lease_until=None,
        error="",
    )
