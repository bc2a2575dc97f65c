"""One page's message while it grows: a slot for the latest view, drawn at the platform's pace.

Previews that come faster than they can be drawn give way to newer ones; the last view of all is
drawn whatever it takes, as often as it takes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_delay,
    wait_exponential_jitter,
)

from bot.chat import metrics
from bot.chat.messenger import (
    ClosedError,
    GoneError,
    LaterError,
    Messenger,
    MessengerError,
    TooOldError,
    UnfitError,
)
from bot.chat.page import PageView
from bot.errors import PagewrightError
from bot.storytelling.posts import Post, Posts

log = logging.getLogger(__name__)

# The longest wait between two tries of what must arrive, and how long it is tried at all.
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 6 * 3600.0
# A message that is not posted yet is noted under such an id, so that a crash loses none.
PENDING = "job:"


class Leaf:
    """A message of ours and the view it is to show; ``run`` is its task.

    ``after`` is the leaf of the page before, whose message this one answers. ``lost`` is called
    where the message or its channel is gone. ``tried``: an earlier process may have posted it.
    """

    def __init__(
        self,
        messenger: Messenger,
        posts: Posts,
        post: Post,
        view: PageView,
        *,
        lost: Callable[[Leaf, MessengerError], Awaitable[None]],
        after: Leaf | None = None,
        reply_to: str = "",
        tried: bool = False,
    ) -> None:
        self.post = post
        self.view = view
        self.posted: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._messenger = messenger
        self._posts = posts
        self._lost = lost
        self._after = after
        self._reply_to = reply_to
        self._news = asyncio.Event()
        self._final = asyncio.Event()
        self._drawn: PageView | None = None
        self._gone = False
        self._tries = int(tried)
        self._amending = asyncio.Lock()

    @property
    def is_posted(self) -> bool:
        """Tell whether there is a message."""
        return not self.post.message.startswith(PENDING)

    @property
    def is_finished(self) -> bool:
        """Tell whether the last view is drawn."""
        return self._drawn is not None and not self._drawn.live

    def show(self, view: PageView) -> None:
        """Draw a view as soon as it may be, unless a newer one comes before."""
        if self._final.is_set() or view == self.view:
            return
        self.view = view
        self._news.set()
        if not view.live:
            self._final.set()

    async def run(self) -> None:
        """Post the message, draw what is to be shown, and return when the last view is drawn."""
        try:
            await self._amend(lambda post: post)
            if self.is_posted:
                self.posted.set_result(self.post.message)
                self._news.set()
            else:
                await self._send()
            while not self.is_finished:
                await self._draw_next()
            await self._settle()
        except (GoneError, ClosedError, UnfitError) as error:
            await self._give_up(error)
        except PagewrightError as error:
            self._refuse(MessengerError(error.message))
            raise
        finally:
            if not self.posted.done():
                self.posted.cancel()

    async def pause(self) -> None:
        """Say that the story goes on soon: drawn once, at once; the task must have ended."""
        if self.is_posted and self.view.live:
            with suppress(GoneError, ClosedError, LaterError, TooOldError, UnfitError):
                await self._messenger.edit(
                    self.post.channel, self.post.message, replace(self.view, phase="paused")
                )

    async def know_page(self, page_id: str) -> None:
        """Note which page of the library the message shows."""
        if page_id and page_id != self.post.page_id and not self._gone:
            await self._amend(lambda post: replace(post, page_id=page_id))

    async def _amend(self, change: Callable[[Post], Post]) -> None:
        """Note a change of what the message shows; one at a time, for two tasks do so."""
        async with self._amending:
            before, self.post = self.post.message, change(self.post)
            await self._posts.note(self.post, instead=before)

    async def _send(self) -> None:
        reply_to = self._reply_to
        if self._after is not None:
            with suppress(MessengerError):
                reply_to = await asyncio.shield(self._after.posted)
        view, message = await self._insist(lambda view: self._sent(view, reply_to))
        try:
            await self._amend(lambda post: replace(post, message=message))
        except PagewrightError:
            self.posted.set_result(message)  # it stands, though nobody could note that
            raise
        if self._tries == 1:
            self._drawn = view
        else:
            # The platform may have answered with the message of an earlier try, and its view.
            self._news.set()
        self._count("post")
        self.posted.set_result(message)
        # A preview drawn in sending has had its time; what came meanwhile is drawn next.
        if view.live:
            await self._rest()

    async def _sent(self, view: PageView, reply_to: str) -> str:
        self._tries += 1
        nonce = self.post.message.removeprefix(PENDING)
        return await self._messenger.send(self.post.channel, view, nonce=nonce, reply_to=reply_to)

    async def _draw_next(self) -> None:
        await self._news.wait()
        self._news.clear()
        view = self.view
        if view == self._drawn:
            return
        if view.live:
            await self._draw_preview(view)
            await self._rest()
        else:
            await self._draw_last()

    async def _draw_preview(self, view: PageView) -> None:
        try:
            await self._edit(view)
            self._drawn = view
            self._count("preview")
        except LaterError as later:
            log.debug("a preview is shed: %s", later)
            metrics.SHED.labels(self._messenger.platform).inc()
            # What is shown then is drawn as soon as there is room for it.
            self._news.set()
            if later.seconds > 0:
                await self._rest(later.seconds)
        except UnfitError as error:
            log.warning("a preview cannot be drawn: %s", error)

    async def _draw_last(self) -> None:
        self._drawn, _ = await self._insist(self._edit)
        self._count("last")

    async def _edit(self, view: PageView) -> str:
        try:
            await self._messenger.edit(self.post.channel, self.post.message, view)
        except TooOldError:
            log.info("message %s is too old to be edited: posting anew", self.post.message)
            old = self.post
            message = await self._messenger.send(
                old.channel, view, nonce=f"{old.message}n", reply_to=old.message
            )
            await self._amend(lambda post: replace(post, message=message))
            await self._posts.note(replace(self.post, message=old.message, live=False))
        return self.post.message

    async def _insist(self, draw: Callable[[PageView], Awaitable[str]]) -> tuple[PageView, str]:
        """Draw the newest view, whatever it takes; return it and the message."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(LaterError),
            wait=back_off,
            stop=stop_after_delay(PATIENCE_S),
            reraise=True,
        ):
            if attempt.retry_state.attempt_number > 1:
                metrics.RETRIED.labels(self._messenger.platform).inc()
            with attempt:
                view = self.view
                return view, await draw(view)
        raise AssertionError  # pragma: no cover - tenacity returns or raises

    async def _rest(self, seconds: float = 0.0) -> None:
        """Wait until the next preview may be drawn; the last view does not wait."""
        pause = max(seconds, self._messenger.interval_s(self.post.channel))
        started = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._final.wait(), pause)
        if seconds > 0 and (left := seconds - (time.monotonic() - started)) > 0:
            await asyncio.sleep(left)  # the platform said so

    def _count(self, kind: str) -> None:
        metrics.MESSAGES.labels(self._messenger.platform, kind).inc()

    async def _give_up(self, error: MessengerError) -> None:
        """Leave a message that is gone, or that cannot be drawn as it should be."""
        self._gone = True
        if isinstance(error, UnfitError) and self.is_posted:
            log.error("message %s cannot be drawn: %s", self.post.message, error)
            await self._settle()
            return
        await self._lost(self, error)
        self._refuse(error)

    def _refuse(self, error: MessengerError) -> None:
        """Tell whoever waits for the message that it was not posted."""
        if not self.posted.done():
            self.posted.set_exception(error)
            self.posted.exception()  # nobody need wait for it

    async def _settle(self) -> None:
        """Note that nothing is owed any more."""
        await self._amend(lambda post: replace(post, live=False))


_backoff = wait_exponential_jitter(initial=1.0, max=LONGEST_PAUSE_S, jitter=1.0)


def back_off(state: RetryCallState) -> float:
    """Return how long to wait after a ``LaterError``: what the platform said, else ever longer."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, LaterError) and error.seconds > 0:
        return error.seconds
    return float(_backoff(state))
