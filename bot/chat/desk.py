"""The desk: every story's messages in the chats of one platform, from the wish to the last page.

It outlives no process: which message shows what is in the library, and ``take_up`` goes on from
there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
)

from bot.chat.leaf import Leaf, back_off
from bot.chat.messenger import ClosedError, LaterError, Messenger, MessengerError, TooOldError
from bot.chat.page import PageView
from bot.chat.telling import Telling
from bot.chat.views import finished
from bot.errors import PagewrightError, WordedError
from bot.storytelling.dispatcher import Dispatcher
from bot.storytelling.permissions import Actor
from bot.storytelling.posts import Post
from bot.storytelling.shelf import PageRef
from bot.storytelling.tell import Storyteller
from bot.storytelling.updates import StoryOpened

log = logging.getLogger(__name__)

# A post or edit that somebody waits for is tried so often.
TRIES = 4
# Until messages are taken up again that the library could not keep up with.
AGAIN_S = 15.0


@dataclass(frozen=True)
class Shown:
    """What a message shows; ``page_id`` is "" until the page's text is in the library.

    ``live``: more is to come in it.
    """

    story_id: str
    page_id: str
    job_id: str
    number: int
    live: bool


class Desk:
    """Keeps the messages of one platform; every channel and message id is text."""

    def __init__(self, teller: Storyteller, dispatcher: Dispatcher, messenger: Messenger) -> None:
        self._teller = teller
        self._dispatcher = dispatcher
        self._messenger = messenger
        self._tellings: dict[str, Telling] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(
        self,
        opened: StoryOpened,
        channel: str,
        *,
        language: str,
        message: str = "",
        reply_to: str = "",
    ) -> str:
        """Post the message of a job's first page, and keep up with the job in the background.

        The job's first page takes over ``message`` where one is given and free. Returns its
        message's id once it is there; raises the ``MessengerError`` that kept it from being posted,
        and then the job is cancelled. A job that is told already is not begun again.
        """
        mine = self._tellings.get(opened.job_id)
        if mine is not None and mine.is_over and not opened.duplicate:
            # Tried again before the last views of its first try were drawn.
            await self._let_go(opened.job_id)
        elif mine is not None:
            return await asyncio.shield(mine.leaves[min(mine.leaves)].posted)
        posts = await self._teller.posts.of_job(opened.job_id)
        if opened.duplicate and posts:
            return posts[-1].message
        begun = await self._taken_over(opened, channel, message)
        if message and not begun:
            reply_to = reply_to or message
        others = [post for post in posts if post.channel == channel and post.message != message]
        telling = await self._telling(
            opened.job_id, opened.story_id, channel, language,
            posts=[*others, *begun], reply_to=reply_to,
        )  # fmt: skip
        leaf = await telling.open(opened)
        self._start(telling)
        try:
            return await asyncio.shield(leaf.posted)
        except MessengerError:
            await self._dispatcher.cancel(opened.job_id)
            raise

    async def show(
        self,
        story_ref: str,
        channel: str,
        *,
        actor: Actor,
        language: str,
        page: PageRef = None,
        reply_to: str = "",
    ) -> str:
        """Post a finished page with live buttons and return the message's id.

        Raises ``BadInputError`` where the actor may not see it, ``MessengerError`` where it cannot
        be posted.
        """
        found = await self._teller.showing.page(story_ref, actor, page=page)
        view = finished(found, language=language)
        message = ""
        async for attempt in _patiently():
            with attempt:
                message = await self._messenger.send(channel, view, reply_to=reply_to)
        await self._note(channel, message, view)
        return message

    async def turn(
        self, channel: str, message: str, page_id: str, *, actor: Actor, language: str
    ) -> None:
        """Let a message show a page as it is in the library now; for a pager, a love, an edit.

        A message in which more is to come is left to that. Raises as ``show`` does.
        """
        there = await self.shown_at(channel, message)
        if there is not None and there.live:
            return
        shown = await self._teller.showing.of_id(page_id)
        if shown is None:
            raise WordedError("This page is gone.", "page_gone")
        found = await self._teller.showing.page(shown.story_id, actor, page=page_id)
        view = finished(found, language=language)
        async for attempt in _patiently():
            with attempt:
                try:
                    await self._messenger.edit(channel, message, view)
                except TooOldError:
                    message = await self._messenger.send(channel, view, reply_to=message)
        await self._note(channel, message, view)

    async def shown_at(self, channel: str, message: str) -> Shown | None:
        """Return what a message of ours shows; None for any other message."""
        post = await self._post_at(channel, message)
        if post is None:
            return None
        live = post.live and post.job_id in self._tellings
        return Shown(post.story_id, post.page_id, post.job_id, post.number, live)

    async def message_deleted(self, channel: str, message: str) -> None:
        """Stop the job whose message somebody deleted; finished pages stay in the library."""
        platform = self._messenger.platform
        post = await self._teller.posts.at(platform, channel, message)
        if post is None:
            return
        await self._teller.posts.remove(platform, channel, message)
        if post.live and post.job_id:
            await self._dispatcher.cancel(post.job_id)

    async def channel_closed(self, channel: str) -> None:
        """Stop all jobs told in a channel in which nothing can be posted any more."""
        platform = self._messenger.platform
        for post in await self._teller.posts.live(platform, channel=channel):
            await self._teller.posts.remove(platform, channel, post.message)
            await self._dispatcher.cancel(post.job_id)

    async def take_up(self) -> None:
        """Go on with every message that does not show yet how its story came out."""
        found = await self._teller.posts.live(self._messenger.platform)
        for job_id, channel in {post.job_id: post.channel for post in found}.items():
            if job_id not in self._tellings:
                await self._take_up(job_id, channel)

    async def stop(self, seconds: float) -> None:
        """Let every live message say that its story goes on soon; within so many seconds."""
        tellings = list(self._tellings.values())
        for task in self._tasks.values():
            task.cancel()
        leaves = [leaf for telling in tellings for leaf in telling.leaves.values()]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*list(self._tasks.values()), return_exceptions=True)
                await asyncio.gather(*(leaf.pause() for leaf in leaves), return_exceptions=True)

    async def _telling(
        self,
        job_id: str,
        story_id: str,
        channel: str,
        language: str,
        *,
        posts: Iterable[Post],
        reply_to: str = "",
    ) -> Telling:
        """Return a job's telling that goes on in the messages there are, but for pages done."""
        painted = await self._teller.showing.painted_by(job_id)
        done = {p.number: p.message for p in posts if p.number in painted and not p.live}
        begun = {p.number: p for p in posts if p.number not in done}
        return Telling(
            self._teller, self._dispatcher, self._messenger,
            job_id=job_id, story_id=story_id, channel=channel, language=language,
            lost=self._on_lost, begun=begun, settled=done, reply_to=reply_to,
        )  # fmt: skip

    async def _let_go(self, job_id: str) -> None:
        """Leave a job's messages as they are, for whoever draws them next."""
        task = self._tasks.get(job_id)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _start(self, telling: Telling) -> None:
        self._tellings[telling.job_id] = telling
        task = asyncio.create_task(self._tell(telling), name=f"messages of {telling.job_id}")
        self._tasks[telling.job_id] = task

    async def _tell(self, telling: Telling) -> None:
        waits = False
        try:
            await telling.run()
        except PagewrightError as error:  # the disk, or the database
            log.error("the messages of job %s wait: %s", telling.job_id, error.message)
            waits = True
            await telling.stop()
            await asyncio.sleep(AGAIN_S)
        except Exception:
            log.exception("the messages of job %s met a mistake in the program", telling.job_id)
        finally:
            await telling.stop()
            self._tellings.pop(telling.job_id, None)
            self._tasks.pop(telling.job_id, None)
        while waits:
            try:
                await self.take_up()
                waits = False
            except PagewrightError:
                await asyncio.sleep(AGAIN_S)

    async def _taken_over(
        self, opened: StoryOpened, channel: str, message: str
    ) -> tuple[Post, ...]:
        """Return the message that a job takes over, with its page's number; none if it is busy."""
        if not message:
            return ()
        post = await self._post_at(channel, message)
        if post is None:
            post = Post(self._messenger.platform, channel, message, opened.story_id)
        telling = self._tellings.get(post.job_id) if post.live else None
        if telling is not None and not await telling.hand_over(post.number):
            return ()
        # A job that is taken up again goes on in the message in which it stopped.
        number = post.number if post.job_id == opened.job_id else opened.first_page
        return (replace(post, number=number, live=True),)

    async def _post_at(self, channel: str, message: str) -> Post | None:
        """Return what a message shows, once a last view that is drawn is noted as such."""
        platform = self._messenger.platform
        post = await self._teller.posts.at(platform, channel, message)
        telling = self._tellings.get(post.job_id) if post and post.live else None
        if post and telling and await telling.is_settled(post.number):
            return await self._teller.posts.at(platform, channel, message)
        return post

    async def _take_up(self, job_id: str, channel: str) -> None:
        posts = await self._teller.posts.of_job(job_id)
        commission = await self._teller.posts.commission(job_id)
        if commission is None:
            for post in posts:
                await self._teller.posts.remove(post.platform, post.channel, post.message)
            return
        actor = Actor(commission.person, commission.community)
        language = await self._teller.people.language(actor)
        here = [post for post in posts if post.channel == channel]
        self._start(await self._telling(job_id, commission.story_id, channel, language, posts=here))

    async def _on_lost(self, leaf: Leaf, error: MessengerError) -> None:
        """Stop the work that nobody can see any more; its story stays in the library."""
        post = leaf.post
        log.info("message %s in %s is lost: %s", post.message, post.channel, error)
        await self._teller.posts.remove(post.platform, post.channel, post.message)
        await self._dispatcher.cancel(post.job_id)
        if isinstance(error, ClosedError):
            await self.channel_closed(post.channel)

    async def _note(self, channel: str, message: str, view: PageView) -> None:
        await self._teller.posts.note(
            Post(
                platform=self._messenger.platform,
                channel=channel,
                message=message,
                story_id=view.story_id,
                page_id=view.page_id,
                job_id="",
                number=view.number,
            )
        )


def _patiently() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(LaterError),
        wait=back_off,
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )
