"""Follows one job and keeps the messages of its pages up to date until it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import replace

from bot.chat.answers import reason
from bot.chat.leaf import PENDING, Leaf
from bot.chat.messenger import Messenger, MessengerError
from bot.chat.page import PageView
from bot.chat.views import finished, is_hidden
from bot.errors import BadInputError, PagewrightError
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.posts import Post
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.events import Failed, PageDone, PageText, Preview, Queued, StoryDone, TextDelta

log = logging.getLogger(__name__)

# What is drawn is noted within so long, however busy the library is.
NOTING_S = 10.0

Lost = Callable[[Leaf, MessengerError], Awaitable[None]]


class Telling:
    """One job and the messages, in one channel, of the pages it makes.

    ``begun`` holds messages that exist already, by page number: of a job that is taken up again,
    or of the page that is told, painted or written anew in its place. ``settled`` are the messages
    of pages that are done, by page number: nothing is drawn there again.
    """

    def __init__(
        self,
        teller: Storyteller,
        dispatcher: Dispatcher,
        messenger: Messenger,
        *,
        job_id: str,
        story_id: str,
        channel: str,
        language: str,
        lost: Lost,
        begun: Mapping[int, Post],
        settled: Mapping[int, str],
        reply_to: str = "",
    ) -> None:
        self.job_id = job_id
        self.story_id = story_id
        self.channel = channel
        self.language = language
        self.leaves: dict[int, Leaf] = {}
        self._teller = teller
        self._dispatcher = dispatcher
        self._messenger = messenger
        self._lost = lost
        self._begun = begun
        self._settled = settled
        self._reply_to = reply_to
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._opened = StoryOpened(story_id, job_id, "", 0, 1, 1)
        self._over = False
        # Pages whose text, or whose picture, is whole.
        self._told: set[int] = set()
        self._painted: set[int] = set()

    async def run(self) -> None:
        """Follow the job to its end, then wait until all messages show it.

        Raises ``PagewrightError`` where the library cannot be had; what is owed is noted there.
        """
        try:
            async with aclosing(self._dispatcher.follow(self.job_id)) as updates:
                async for update in updates:
                    await self._take(update)
        except BadInputError:  # purged meanwhile
            await self._forget()
            return
        self._over = True
        for error in await asyncio.gather(*self._tasks.values(), return_exceptions=True):
            if isinstance(error, PagewrightError):
                raise error
            if isinstance(error, Exception):
                log.error("a message of job %s is left as it is", self.job_id, exc_info=error)

    async def stop(self) -> None:
        """Let go of the messages as they are."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    @property
    def is_over(self) -> bool:
        """Tell whether the job has ended; its last views may still wait to be drawn."""
        return self._over

    async def hand_over(self, number: int) -> bool:
        """Let go of a page's message whose last view is known, drawn or not; tell whether it is."""
        leaf, task = self.leaves.get(number), self._tasks.get(number)
        if leaf is None or task is None or leaf.view.live:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return leaf.is_posted

    async def is_settled(self, number: int) -> bool:
        """Tell whether a page's last view is drawn; by then that is noted as well."""
        leaf, task = self.leaves.get(number), self._tasks.get(number)
        if leaf is None or task is None or not leaf.is_finished:
            return False
        await asyncio.wait([task], timeout=NOTING_S)
        return task.done()

    async def open(self, opened: StoryOpened) -> Leaf:
        """Begin the message of the first page that is not done."""
        self._opened = opened
        numbers = set(range(opened.first_page, opened.pages + 1)) - set(self._settled)
        return await self._leaf(min([*self._begun, *numbers]))

    async def _take(self, update: Update) -> None:
        match update:
            case StoryOpened():
                await self.open(update)
            case Queued():
                self._show_queue(update)
            case EngineLost():
                self._start_again()
            case TextDelta() | PageText() | Preview() | PageDone():
                if update.page < self._opened.first_page:
                    await self._take_earlier(update)
                elif update.page not in self._settled:
                    await self._take_page(update)
            case StoryDone():
                await self._end(None)
            case Failed():
                await self._end(update)
            case _:
                pass

    async def _take_page(self, update: TextDelta | PageText | Preview | PageDone) -> None:
        leaf = await self._leaf(update.page)
        match update:
            case TextDelta():
                text = leaf.view.text if leaf.view.phase == "writing" else ""
                leaf.show(replace(leaf.view, phase="writing", text=text + update.text))
            case PageText():
                await self._take_text(leaf, update)
            case Preview():
                view = replace(leaf.view, phase="painting", picture=update.image, alt="")
                view = replace(view, step=update.step, steps=update.steps)
                leaf.show(replace(view, hidden=is_hidden(update.verdict)))
            case PageDone():
                self._painted.add(update.page)
                view = replace(leaf.view, phase="painting", picture=update.image, alt=update.alt)
                view = replace(view, step=update.steps, steps=update.steps)
                leaf.show(replace(view, hidden=is_hidden(update.verdict)))

    async def _take_earlier(self, update: TextDelta | PageText | Preview | PageDone) -> None:
        """Show a picture that was owed to a page before the job's own ones where that page is."""
        if not isinstance(update, PageDone):
            return
        page_id = (await self._teller.showing.behind(self.job_id)).get(update.page, "")
        page = await self._teller.showing.of_id(page_id) if page_id else None
        posts = await self._teller.posts.of_page(page_id) if page else ()
        here = [
            p for p in posts if (p.platform, p.channel) == (self._messenger.platform, self.channel)
        ]
        if page is not None and here and not here[0].live:
            with suppress(MessengerError):
                view = finished(page, language=self.language)
                await self._messenger.edit(self.channel, here[0].message, view)

    def _show_queue(self, queued: Queued) -> None:
        for leaf in self.leaves.values():
            if leaf.view.phase in ("queued", "paused"):
                place, seconds = queued.position, queued.seconds_left
                leaf.show(replace(leaf.view, phase="queued", position=place, seconds_left=seconds))

    def _start_again(self) -> None:
        """Take back what was written of a page that is told once more from its beginning."""
        for number, leaf in self.leaves.items():
            if leaf.view.phase == "writing" and number not in self._told:
                leaf.show(replace(leaf.view, phase="queued", text="", position=0))

    async def _take_text(self, leaf: Leaf, told: PageText) -> None:
        self._told.add(told.page)
        page_id = (await self._teller.showing.made_by(self.job_id)).get(told.page, "")
        await leaf.know_page(page_id)
        leaf.show(replace(leaf.view, phase="painting", text=told.text, page_id=page_id))

    async def _end(self, failed: Failed | None) -> None:
        """Draw the last view of every message, in the order of the pages."""
        numbers = set(self.leaves) | set(self._begun) | self._told | self._painted
        for number in sorted(numbers):
            leaf = await self._leaf(number)
            undone = failed is not None and number not in self._painted
            if undone and number > min(numbers) and not leaf.is_posted:
                # Nobody needs a message that says that it never was.
                await self._drop(number)
                continue
            leaf.show(await self._last_view(leaf, number, failed))

    async def _last_view(self, leaf: Leaf, number: int, failed: Failed | None) -> PageView:
        made = await self._teller.showing.made_by(self.job_id)
        done = failed is None or number in self._painted
        page_id = made.get(number, "") if done else self._shown_before(number, failed)
        page = await self._teller.showing.of_id(page_id) if page_id else None
        if page is not None and (done or page.picture):
            await leaf.know_page(page.page_id)
            return finished(page, language=self.language)
        if failed is not None and failed.code == "deleted":
            return self._nothing(number)
        if failed is None or failed.code == "cancelled":
            return replace(leaf.view, phase="cancelled")
        return replace(leaf.view, phase="failed", reason=reason(failed, self.language))

    def _nothing(self, number: int) -> PageView:
        """Return what is left to show of a deleted story's page: that it is deleted."""
        return PageView(self.story_id, number, number, "deleted", language=self.language)

    def _shown_before(self, number: int, failed: Failed | None) -> str:
        """Return the page that was to be told or painted once more, where that was cancelled."""
        again = self._opened.kind in ("retry", "redraw") and number in self._begun
        cancelled = failed is not None and failed.code == "cancelled"
        return self._begun[number].page_id if again and cancelled else ""

    async def _leaf(self, number: int) -> Leaf:
        if number not in self.leaves:
            self.leaves[number] = await self._new_leaf(number)
            name = f"page {number} of {self.job_id}"
            self._tasks[number] = asyncio.create_task(self.leaves[number].run(), name=name)
        return self.leaves[number]

    async def _new_leaf(self, number: int) -> Leaf:
        post = self._begun.get(number) or Post(
            platform=self._messenger.platform,
            channel=self.channel,
            message=f"{PENDING}{self.job_id}-{number}",
            story_id=self.story_id,
        )
        tried = number in self._begun
        taken_up = tried and post.job_id == self.job_id
        post = replace(post, job_id=self.job_id, number=number, live=True)
        return Leaf(
            self._messenger,
            self._teller.posts,
            post,
            replace(await self._first_view(number, post), keeps=taken_up and bool(post.page_id)),
            lost=self._lost,
            after=self.leaves.get(number - 1),
            reply_to=self._settled.get(number - 1, self._reply_to),
            tried=tried,
        )

    async def _first_view(self, number: int, post: Post) -> PageView:
        opened = self._opened
        view = PageView(
            story_id=opened.story_id,
            number=number,
            pages=max(opened.pages, number),
            phase="queued",
            title=opened.title,
            style=opened.style,
            seed=opened.seed,
            job_id=self.job_id,
            page_id=post.page_id,
            language=self.language,
        )
        if opened.kind not in ("redraw", "edit"):
            return view
        page = await self._teller.showing.of_id(opened.page_id)
        if page is None:
            return view
        # The old picture stays until the first look at the new one.
        view = replace(view, text=page.text, picture=page.picture, alt=page.alt)
        return replace(view, hidden=page.spoiler, page_id=page.page_id, pages=page.pages)

    async def _drop(self, number: int) -> None:
        """Let go of a message that was not posted yet."""
        task = self._tasks[number]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        post = self.leaves[number].post
        await self._teller.posts.remove(post.platform, post.channel, post.message)

    async def _forget(self) -> None:
        await self.stop()
        for number in set(self.leaves) | set(self._begun):
            post = self.leaves[number].post if number in self.leaves else self._begun[number]
            await self._teller.posts.remove(post.platform, post.channel, post.message)
