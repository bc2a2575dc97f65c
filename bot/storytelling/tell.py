"""Tell, continue and resume stories: the use cases every front-end shares."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace

from bot.books.book import Book
from bot.errors import BadInputError, UnavailableError
from bot.library import jobs, stories
from bot.library.database import Connection
from bot.library.ids import new_id, now_ms
from bot.library.library import Library, is_dead, open_library
from bot.library.pages import count_children
from bot.library.records import JobRecord, PageRecord, StoryRecord
from bot.settings import Settings
from bot.storytelling.keeping import LEASE_MS, Keeper
from bot.storytelling.running import JobRunner, StoryEngine
from bot.storytelling.shelf import find_story, summary, take_book, take_branch
from bot.storytelling.updates import StoryOpened, StorySummary, Update
from bot.storytelling.wish import (
    MAX_SEED,
    StoryWish,
    check_pages,
    check_seed,
    check_style,
    check_wish,
    check_words,
    clean_text,
    provisional_title,
)
from engine.api.errors import EngineGoneError

# The engine's own limit.
MAX_STORY_PAGES = 64


@asynccontextmanager
async def open_storyteller(
    settings: Settings, engine: StoryEngine, *, ensure_engine: Callable[[], Awaitable[None]]
) -> AsyncIterator[Storyteller]:
    """Open the library that the settings name, and a storyteller with it.

    ``ensure_engine`` returns once an engine answers, and starts one where that is its part.
    """
    timeout = settings.database.busy_timeout_s
    async with open_library(settings.database_path, busy_timeout_s=timeout) as library:
        yield Storyteller(library, engine, settings, ensure_engine=ensure_engine)


class Storyteller:
    """Tells stories with an engine and keeps every page in the library before showing it.

    A ``story_ref`` is an id, an id's unambiguous beginning, a book's folder, or "last". Streams of
    updates end with ``StoryDone`` or ``Failed``; closing one early (or cancelling its task)
    cancels the story, and finished pages stay.
    """

    def __init__(
        self,
        library: Library,
        engine: StoryEngine,
        settings: Settings,
        *,
        ensure_engine: Callable[[], Awaitable[None]],
    ) -> None:
        self._library = library
        self._engine = engine
        self._settings = settings
        self._ensure_engine = ensure_engine
        self._at_work: set[str] = set()

    async def tell(self, wish: StoryWish) -> AsyncGenerator[Update, None]:
        """Tell a new story; raise ``BadInputError`` before anything is stored."""
        wish = check_wish(
            wish,
            self._settings.limits,
            profile=self._settings.engine.profile,
            blocked_words=self._settings.moderation.blocked_words,
        )
        if (again := await self._told_before(wish.dedup_key)) is not None:
            yield again
            return
        if wish.style:
            await self._ensure_engine()
            check_style(wish.style, await self.styles())
        story = _new_story(wish)
        job = _new_job(story, wish)
        async with self._library.database.write() as connection:
            await self._refuse_crowd(connection, wish.person, wish.community)
            await stories.insert(connection, story)
            await jobs.insert(connection, job)
            job = await self._claim(connection, job)
        async with aclosing(self._run(story, job)) as updates:
            async for update in updates:
                yield update

    async def continue_story(
        self,
        story_ref: str,
        direction: str = "",
        *,
        from_page: int | None = None,
        pages: int = 1,
        seed: int | None = None,
        community: str = "console",
        person: str = "console",
        dedup_key: str = "",
    ) -> AsyncGenerator[Update, None]:
        """Go on for ``pages`` pages from a page of the chosen branch; an older one branches."""
        direction = self._check_direction(direction, pages, seed)
        if (again := await self._told_before(dedup_key)) is not None:
            yield again
            return
        async with self._library.database.write() as connection:
            story = await find_story(connection, story_ref, community)
            _refuse_stranger(story, person)
            base = _page_to_go_on_from(story, await take_branch(connection, story), from_page)
            await self._refuse_crowd(connection, person, community)
            if seed is None:
                seed = await _seed_of_continuation(connection, story, base)
            wish = StoryWish("", pages=pages, person=person, community=community)
            job = _new_job(story, replace(wish, dedup_key=dedup_key), base=base)
            job = replace(job, kind="continue", direction=direction, seed=seed)
            await jobs.insert(connection, job)
            await stories.touch(connection, story.id)
            job = await self._claim(connection, job)
        async with aclosing(self._run(story, job)) as updates:
            async for update in updates:
                yield update

    async def resume(
        self, story_ref: str, *, community: str = "console"
    ) -> AsyncGenerator[Update, None]:
        """Finish what a crash, failure or cancel left unfinished; nothing is made twice."""
        async with self._library.database.write() as connection:
            story = await find_story(connection, story_ref, community)
            job = await jobs.newest_of_story(connection, story.id)
            if job is None or job.state == "done":
                raise BadInputError(f"The story {story.id} is finished: continue it instead.")
            job = await self._claim(connection, job)
        async with aclosing(self._run(story, job)) as updates:
            async for update in updates:
                yield update

    async def cancel(self, story_ref: str, *, community: str = "console") -> bool:
        """Cancel a story's unfinished job; finished pages stay. Return whether there was one."""
        async with self._library.database.write() as connection:
            story = await find_story(connection, story_ref, community)
            job = await jobs.newest_of_story(connection, story.id)
            if job is None or not await jobs.finish(connection, job.id, "cancelled"):
                return False
        with suppress(EngineGoneError):
            await self._engine.cancel(job.id)
        return True

    async def is_unfinished(self, story_ref: str, *, community: str = "console") -> bool:
        """Tell whether ``resume`` would have something to do."""
        async with self._library.database.read() as connection:
            story = await find_story(connection, story_ref, community)
            job = await jobs.newest_of_story(connection, story.id)
        return job is not None and job.state != "done"

    async def book(self, story_ref: str, *, leaf: str = "", community: str = "console") -> Book:
        """Return one branch as a book: up to page id ``leaf``, or along the chosen siblings."""
        async with self._library.database.read() as connection:
            story = await find_story(connection, story_ref, community)
            return await take_book(connection, story, leaf)

    async def list_stories(
        self, *, limit: int = 20, community: str = "console"
    ) -> tuple[StorySummary, ...]:
        """Return a community's stories, the one with the newest change first."""
        async with self._library.database.read() as connection:
            return tuple(map(summary, await stories.newest(connection, community, limit)))

    async def search(
        self, words: str, *, limit: int = 20, community: str = "console"
    ) -> tuple[StorySummary, ...]:
        """Return stories whose title and idea, or one of whose pages, hold all words."""
        async with self._library.database.read() as connection:
            found = await stories.with_words(connection, community, words, limit)
            return tuple(map(summary, found))

    async def styles(self) -> tuple[str, ...]:
        """Return the engine's styles, the default first."""
        try:
            return (await self._engine.status()).styles
        except EngineGoneError as error:
            raise UnavailableError(str(error)) from None

    async def _run(self, story: StoryRecord, job: JobRecord) -> AsyncGenerator[Update, None]:
        keeper = await Keeper.load(self._library, story, job)
        runner = JobRunner(
            keeper,
            self._engine,
            ensure_engine=self._ensure_engine,
            preview_seconds=self._settings.engine.preview_seconds,
        )
        opened = StoryOpened(
            story_id=story.id,
            job_id=job.id,
            title=story.title,
            seed=job.seed,
            first_page=keeper.next_page(),
            pages=job.last_page,
            style=story.style,
        )
        self._at_work.add(job.id)
        try:
            async with aclosing(runner.run(opened)) as updates:
                async for update in updates:
                    yield update
        finally:
            self._at_work.discard(job.id)

    async def _told_before(self, dedup_key: str) -> StoryOpened | None:
        if not dedup_key:
            return None
        async with self._library.database.read() as connection:
            job = await jobs.by_dedup_key(connection, dedup_key)
            story = await stories.get(connection, job.story_id) if job else None
        if job is None or story is None:
            return None
        title, pages_from = story.title, job.first_page
        return StoryOpened(
            story.id, job.id, title, job.seed, pages_from, job.last_page, story.style, True
        )

    async def _refuse_crowd(self, connection: Connection, person: str, community: str) -> None:
        limits = self._settings.limits
        most = limits.running_per_person + limits.queued_per_person
        if await jobs.count_live(connection, person=person) >= most:
            raise BadInputError(
                f"{most} of your stories are being told already: wait for one, or cancel it."
            )
        waiting = await jobs.count_live(connection, community=community)
        if waiting > limits.queued_per_community:
            raise BadInputError(f"{waiting} stories are being told here already: wait for one.")

    async def _claim(self, connection: Connection, job: JobRecord) -> JobRecord:
        claimed = None
        if job.id not in self._at_work:
            claimed = await jobs.claim(
                connection,
                job.id,
                owner=self._library.owner,
                lease_ms=LEASE_MS,
                previous=job.lease_owner if is_dead(job.lease_owner) else None,
            )
        if claimed is None:
            raise UnavailableError(
                f"The story {job.story_id} is being told at this moment ({job.lease_owner}):"
                " wait for it, or cancel it."
            )
        return claimed

    def _check_direction(self, direction: str, pages: int, seed: int | None) -> str:
        settings = self._settings
        direction = clean_text("direction", direction, most=settings.limits.idea_length)
        profile, blocked = settings.engine.profile, settings.moderation.blocked_words
        check_words("direction", direction, profile=profile, blocked=blocked)
        check_pages(pages, settings.limits)
        check_seed(seed)
        return direction


def _new_story(wish: StoryWish) -> StoryRecord:
    now = now_ms()
    return StoryRecord(
        id=new_id(),
        community_id=wish.community,
        person_id=wish.person,
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


def _new_job(story: StoryRecord, wish: StoryWish, *, base: PageRecord | None = None) -> JobRecord:
    before = base.number if base else 0
    return JobRecord(
        id=new_id(),
        story_id=story.id,
        person_id=wish.person,
        community_id=wish.community,
        kind="tell",
        state="queued",
        dedup_key=wish.dedup_key or None,
        base_page_id=base.id if base else None,
        first_page=before + 1,
        last_page=before + wish.pages,
        direction="",
        seed=story.seed,
        text_only=int(wish.text_only),
        attempt=0,
        lease_owner=None,
        lease_until=None,
        error="",
    )


def _refuse_stranger(story: StoryRecord, person: str) -> None:
    if story.mode == "solo" and story.person_id != person:
        raise BadInputError(f"Only its author may go on with the story {story.id}.")


def _page_to_go_on_from(
    story: StoryRecord, branch: list[PageRecord], from_page: int | None
) -> PageRecord:
    if not branch:
        raise BadInputError(f"The story {story.id} has no page yet: resume it first.")
    number = len(branch) if from_page is None else from_page
    if not 1 <= number <= len(branch):
        raise BadInputError(f"There is no page {number}: the story has pages 1 to {len(branch)}.")
    return branch[number - 1]


async def _seed_of_continuation(
    connection: Connection, story: StoryRecord, base: PageRecord
) -> int:
    """Return the story's seed, or for a further sibling one derived from it, never the same."""
    siblings = await count_children(connection, story.id, base.id)
    if not siblings:
        return story.seed
    key = f"sibling\0{story.seed}\0{base.number}\0{siblings}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:4], "big")
