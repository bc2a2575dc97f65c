"""Tell stories and go on with them: the use cases that make pages, shared by every front-end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from bot.books.book import Book, BookTree
from bot.errors import PagewrightError, UnavailableError
from bot.library import jobs, stories
from bot.library.database import Connection
from bot.library.library import Library, is_dead, open_library
from bot.library.records import JobRecord
from bot.settings import Settings
from bot.storytelling.accounts import Accounts, with_link
from bot.storytelling.actions import Actions
from bot.storytelling.admission import Limits
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.house_rules import HouseRules, house_rules
from bot.storytelling.keeping import LEASE_MS, Keeper
from bot.storytelling.marks import Marks
from bot.storytelling.moderation import noting_refusals
from bot.storytelling.orders import Order, Orders, PageAct, PageWish, ordered_before
from bot.storytelling.people import People
from bot.storytelling.permissions import CONSOLE, Actor, check
from bot.storytelling.picture_input import prepare_picture
from bot.storytelling.posts import Posts
from bot.storytelling.privacy import Privacy
from bot.storytelling.running import JobRunner, StoryEngine
from bot.storytelling.shelf import PageRef, find_page, find_story, summary, take_book, take_tree
from bot.storytelling.showing import Showing
from bot.storytelling.stewarding import Stewards
from bot.storytelling.suggestions import Suggestions
from bot.storytelling.titles import Titles
from bot.storytelling.updates import StoryOpened, StorySummary, Update
from bot.storytelling.views import Views
from bot.storytelling.watching import WatchedEngine
from bot.storytelling.wish import StoryWish, check_style
from bot.storytelling.wording import worded_act, worded_wish
from engine.api.errors import EngineGoneError
from engine.api.events import PageText

if TYPE_CHECKING:
    from bot.storytelling.gallery import Gallery


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

    A ``story_ref`` is an id, an id's unambiguous beginning, a book's folder, or "last". The
    ``submit_…`` calls put a job into the queue and return at once; the same dedup key gives the
    same job. The streams tell here and now: they end with ``StoryDone`` or ``Failed``, and closing
    one early (or cancelling its task) cancels the story, finished pages stay. What else can be
    done with a story is in ``acts``, what is asked about it in ``views`` and ``gallery``, what
    moderators do in ``stewards``; ``privacy`` is about what is held of somebody, ``accounts`` about
    two accounts of one person. ``showing`` gives single pages, ``posts`` the chat messages that
    show them, ``people`` names and languages. ``dispatcher``, this process's own, hears at once of
    all work.
    """

    def __init__(
        self,
        library: Library,
        engine: StoryEngine,
        settings: Settings,
        *,
        ensure_engine: Callable[[], Awaitable[None]],
        dispatcher: Dispatcher | None = None,
    ) -> None:
        self.acts = Actions(library, settings, stop_job=self._stop_at_engine)
        self.views = Views(library, settings)
        self.showing = Showing(library)
        self.posts = Posts(library)
        self.people = People(library, settings)
        self.accounts = Accounts(library)
        self.marks = Marks(library)
        self.titles = Titles(library)
        self.privacy = Privacy(library, stop_job=self._stop_at_engine)
        self.stewards = Stewards(library, settings, self.acts)
        self.suggestions = Suggestions(library, styles=self.styles)
        self._library = library
        self._engine = WatchedEngine(engine, library, settings)
        self._settings = settings
        self._ensure_engine = ensure_engine
        self._dispatcher = dispatcher
        self._orders = Orders(library, self._limits_of)
        self._at_work: set[str] = set()

    @cached_property
    def gallery(self) -> Gallery:
        """What people leaf through; loads what letters covers, which no telling waits for."""
        from bot.storytelling.gallery import Gallery

        return Gallery(self._library, self._settings)

    async def submit_story(self, wish: StoryWish, actor: Actor) -> StoryOpened:
        """Queue a new story; raise ``BadInputError`` before anything is stored."""
        if (again := await self._ordered_before(wish.dedup_key)) is not None:
            return again.opened()
        wish = await self._worded_wish(wish, actor)
        if wish.style:
            # An engine that is away at this moment answers for its styles when the turn comes.
            with suppress(UnavailableError):
                check_style(wish.style, await self.styles())
        return self._queued(await self._orders.story(wish, actor))

    async def submit_continuation(self, asked: PageWish, actor: Actor) -> StoryOpened:
        """Queue ``pages`` pages from a page on; one that has been gone on from branches."""
        return await self._submit("continue", asked, actor)

    async def submit_branch(self, asked: PageWish, actor: Actor) -> StoryOpened:
        """Queue another way on from a page; without a page, in the place of the last one."""
        return await self._submit("branch", asked, actor)

    async def submit_retry(self, asked: PageWish, actor: Actor) -> StoryOpened:
        """Queue another telling of a page, beside the one there is."""
        return await self._submit("retry", asked, actor)

    async def submit_redraw(self, asked: PageWish, actor: Actor) -> StoryOpened:
        """Queue another picture of a page; its words stay."""
        return await self._submit("redraw", asked, actor)

    async def submit_edit(self, asked: PageWish, actor: Actor) -> StoryOpened:
        """Put a page with a person's ``text`` beside the one there is, and queue its picture."""
        return await self._submit("edit", asked, actor)

    async def check_story(self, wish: StoryWish, actor: Actor = CONSOLE) -> None:
        """Raise now what telling this would raise, but for a style that the engine lacks."""
        await self._worded_wish(wish, actor)

    async def check(self, act: PageAct, asked: PageWish, actor: Actor = CONSOLE) -> None:
        """Raise now what asking for this would raise, before anybody waits for an engine."""
        await self._worded_act(act, asked, actor)
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, asked.story_ref, actor)
            check(actor, act, story)
            await find_page(connection, story, asked.page)

    async def submit_again(self, story_ref: str, actor: Actor, *, job_id: str = "") -> StoryOpened:
        """Queue what failed or was cancelled once more: ``job_id``'s, or the story's newest job."""
        return self._queued(await self._orders.again(story_ref, actor, job_id=job_id))

    async def tell(
        self, wish: StoryWish, actor: Actor | None = None
    ) -> AsyncGenerator[Update, None]:
        """Tell a new story; raise ``BadInputError`` before anything is stored."""
        actor = actor or _actor_of(wish)
        wish = await self._worded_wish(wish, actor)
        if (again := await self._ordered_before(wish.dedup_key)) is not None:
            yield again.opened()
            return
        if wish.style:
            await self._ensure_engine()
            check_style(wish.style, await self.styles())
        order = await self._orders.story(wish, actor, claim=self._claim)
        async with aclosing(self._follow(order)) as updates:
            async for update in updates:
                yield update

    async def continue_story(
        self,
        story_ref: str,
        direction: str = "",
        *,
        from_page: PageRef = None,
        pages: int = 1,
        seed: int | None = None,
        branch: bool = False,
        actor: Actor = CONSOLE,
        dedup_key: str = "",
    ) -> AsyncGenerator[Update, None]:
        """Go on for ``pages`` pages from a page; ``branch``: in the place of the last one."""
        asked = PageWish(story_ref, from_page, direction, pages, seed, dedup_key=dedup_key)
        act: PageAct = "branch" if branch else "continue"
        async with aclosing(self.do(act, asked, actor)) as updates:
            async for update in updates:
                yield update

    async def do(
        self, act: PageAct, asked: PageWish, actor: Actor = CONSOLE
    ) -> AsyncGenerator[Update, None]:
        """Do here and now what the ``submit_`` calls put into the queue."""
        asked = await self._worded_act(act, asked, actor)
        order = await self._orders.at_page(act, asked, actor, claim=self._claim)
        async with aclosing(self._follow(order)) as updates:
            async for update in updates:
                yield update

    async def resume(
        self, story_ref: str, *, actor: Actor = CONSOLE, job_id: str = ""
    ) -> AsyncGenerator[Update, None]:
        """Finish what a crash, failure or cancel left unfinished; nothing is made twice."""
        order = await self._orders.again(story_ref, actor, job_id=job_id, claim=self._claim)
        async with aclosing(self._follow(order)) as updates:
            async for update in updates:
                yield update

    async def cancel(self, story_ref: str, *, actor: Actor = CONSOLE) -> bool:
        """Cancel a story's newest job; finished pages stay. Return whether it was unfinished."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            job = await jobs.newest_of_story(connection, story.id)
        return job is not None and await self.cancel_job(job.id, actor)

    async def cancel_job(self, job_id: str, actor: Actor) -> bool:
        """Cancel a job, waiting or at work; finished pages stay. False where it had ended."""
        async with self._library.database.write() as connection:
            job = await jobs.get(connection, job_id)
            story = await stories.get(connection, job.story_id) if job else None
            if job is None or story is None:
                return False
            actor = await with_link(connection, actor)
            check(actor, "cancel", story, asker=job.person_id)
            if not await jobs.finish(connection, job.id, "cancelled"):
                return False
        await self._stop_at_engine(job.id)
        return True

    async def unfinished_kind(self, story_ref: str, *, actor: Actor = CONSOLE) -> str:
        """Return the kind of a story's newest job where ``resume`` has something to do, else ""."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            job = await jobs.newest_of_story(connection, story.id)
        return job.kind if job is not None and job.state != "done" else ""

    async def book(
        self,
        story_ref: str,
        *,
        leaf: str = "",
        actor: Actor = CONSOLE,
        act: Literal["see", "export"] = "see",
    ) -> Book:
        """Return one branch as a book: up to page id ``leaf``, or along the chosen siblings."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, act, story)
            return await take_book(connection, story, leaf)

    async def tree(self, story_ref: str, *, actor: Actor = CONSOLE) -> BookTree:
        """Return all branches of a story."""
        async with self._library.database.read() as connection:
            actor = await with_link(connection, actor)
            story = await find_story(connection, story_ref, actor)
            check(actor, "export", story)
            return await take_tree(connection, story)

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

    async def _submit(self, act: PageAct, asked: PageWish, actor: Actor) -> StoryOpened:
        asked = await self._worded_act(act, asked, actor)
        return self._queued(await self._orders.at_page(act, asked, actor))

    def _queued(self, order: Order) -> StoryOpened:
        if self._dispatcher is not None:
            self._dispatcher.wake()
        return order.opened()

    async def _follow(self, order: Order) -> AsyncGenerator[Update, None]:
        """Tell an order's job here and now; a repeated one is only named."""
        if order.duplicate:
            yield order.opened()
            return
        story, job = order.story, order.job
        keeper = await Keeper.load(self._library, story, job)
        runner = JobRunner(
            keeper,
            self._engine,
            ensure_engine=self._ensure_engine,
            preview_seconds=self._settings.engine.preview_seconds,
        )
        opened = order.opened(first_page=keeper.next_page())
        self._at_work.add(job.id)
        try:
            async with aclosing(runner.run(opened)) as updates:
                async for update in updates:
                    yield update
                    # Words that are there already are shown while their picture is painted.
                    if update is opened and (page := order.page) is not None:
                        yield PageText(page.number, page.text, page.prompt, page.seed)
        finally:
            self._at_work.discard(job.id)

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

    async def _ordered_before(self, dedup_key: str) -> Order | None:
        if not dedup_key:
            return None
        async with self._library.database.read() as connection:
            return await ordered_before(connection, dedup_key)

    async def _worded_wish(self, wish: StoryWish, actor: Actor) -> StoryWish:
        rules = await self._rules(actor)
        async with self._noting(actor):
            wish = worded_wish(wish, rules)
        if not wish.picture:
            return wish
        limit = rules.sizes.picture_bytes
        picture = await asyncio.to_thread(prepare_picture, wish.picture, limit=limit)
        return replace(wish, picture=picture)

    async def _worded_act(self, act: PageAct, asked: PageWish, actor: Actor) -> PageWish:
        rules = await self._rules(actor)
        async with self._noting(actor):
            return worded_act(act, asked, rules)

    def _noting(self, actor: Actor) -> AbstractAsyncContextManager[None]:
        who, where = actor.person, actor.community
        return noting_refusals(self._library, community=where, person=who)

    async def _rules(self, actor: Actor) -> HouseRules:
        async with self._library.database.read() as connection:
            return await house_rules(connection, self._settings, actor.community)

    async def _limits_of(self, connection: Connection, community: str) -> Limits:
        return (await house_rules(connection, self._settings, community)).limits

    async def _stop_at_engine(self, job_id: str) -> None:
        """Spare the engine work that nobody waits for; the library has ended the job already."""
        if self._dispatcher is not None:
            await self._dispatcher.forget(job_id)
        with suppress(EngineGoneError, PagewrightError):
            await self._engine.cancel(job_id)


def _actor_of(wish: StoryWish) -> Actor:
    if (wish.person, wish.community) == (CONSOLE.person, CONSOLE.community):
        return CONSOLE
    return Actor(wish.person, wish.community)
