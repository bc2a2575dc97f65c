"""Runs a job with an engine until it ends, over the engine's death and return."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Protocol, cast

from bot.errors import PagewrightError
from bot.library.jobs import Ending
from bot.storytelling.keeping import JobTakenError, Keeper, NonsenseError
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.errors import EngineGoneError
from engine.api.events import EngineStatus, Failed, StoryDone, StoryEvent, TellRequest

ATTEMPTS = 3
RENEW_SECONDS = 10.0
# Between two attempts, so that an engine that is stopping has stopped.
PAUSE_SECONDS = 0.5


class StoryEngine(Protocol):
    """The part of an engine client that storytelling needs."""

    def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        """Yield the events of one job; raise ``EngineGoneError`` when the engine goes away."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Stop a job; return whether the engine knew it."""
        ...

    async def status(self) -> EngineStatus:
        """Return what the engine says of itself."""
        ...


class _LostError(Exception):
    """An attempt that may be made again: one line, why it ended."""


class JobRunner:
    """Works on one job that this process holds."""

    def __init__(
        self,
        keeper: Keeper,
        engine: StoryEngine,
        *,
        ensure_engine: Callable[[], Awaitable[None]],
        preview_seconds: float = 0.0,
    ) -> None:
        self._keeper = keeper
        self._engine = engine
        self._ensure_engine = ensure_engine
        self._preview_seconds = preview_seconds
        self._renewed = time.monotonic()

    async def run(self, opened: StoryOpened) -> AsyncGenerator[Update, None]:
        """Yield ``opened``, then each event once it is kept, ``StoryDone`` or ``Failed`` last.

        Three attempts without a finished page between them end the job. Whoever stops listening
        cancels it; finished pages stay.
        """
        keeper = self._keeper
        try:
            yield opened
            async with aclosing(self._attempts()) as updates:
                async for update in updates:
                    yield update
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.shield(keeper.finish("cancelled"))
            raise
        except JobTakenError:
            yield Failed("cancelled", "The story was stopped.", False, keeper.next_page())
        except PagewrightError as error:
            # A full disk may forbid even this; then the lease runs out by itself.
            with suppress(PagewrightError):
                await keeper.finish("failed", error=error.message)
            raise

    async def _attempts(self) -> AsyncGenerator[Update, None]:
        attempt, reached = 0, self._keeper.next_page()
        while True:
            try:
                async with aclosing(self._attempt()) as updates:
                    async for update in updates:
                        yield update
                return
            except _LostError as error:
                reason = str(error)
            page = self._keeper.next_page()
            attempt = 1 if page > reached else attempt + 1
            reached = page
            if attempt >= ATTEMPTS:
                yield await self._give_up(reason)
                return
            yield EngineLost(attempt, ATTEMPTS, page, reason)
            await asyncio.sleep(PAUSE_SECONDS * attempt)

    async def _attempt(self) -> AsyncGenerator[Update, None]:
        try:
            await self._ensure_engine()
            await self._keeper.renew()
            if not self._keeper.story.profile:
                await self._keeper.note_profile((await self._engine.status()).profile)
            request = self._keeper.request(preview_seconds=self._preview_seconds)
            # Closing the stream is what makes the engine stop painting; clients' streams can be.
            stream = cast("AsyncGenerator[StoryEvent, None]", self._engine.tell(request))
            async with aclosing(stream) as events:
                async for event in events:
                    yield await self._kept(event)
                    if isinstance(event, StoryDone | Failed):
                        return
        except EngineGoneError as error:
            raise _LostError(str(error)) from None
        raise _LostError("The engine broke off without a word.")

    async def _kept(self, event: StoryEvent) -> StoryEvent:
        if isinstance(event, Failed):
            return await self._failed(event)
        try:
            await self._keeper.keep(event)
        except NonsenseError as error:
            return await self._failed(Failed("nonsense", f"The engine talks nonsense: {error}."))
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            await self._keeper.renew()
            self._renewed = time.monotonic()
        return event

    async def _failed(self, event: Failed) -> Failed:
        # A full queue is no fault of the engine: asking at once again would only press harder.
        if event.code == "duplicate" or (event.retryable and event.code != "queue_full"):
            raise _LostError(event.message)
        state: Ending = "cancelled" if event.code == "cancelled" else "failed"
        await self._keeper.finish(state, error=event.message)
        page = self._keeper.next_page()
        return Failed(event.code, event.message, event.retryable, page)

    async def _give_up(self, reason: str) -> Failed:
        page = self._keeper.next_page()
        kept = "nothing was lost" if page > 1 else "the wish is kept"
        message = f"The engine failed {ATTEMPTS} times ({reason.rstrip('.')}); {kept}."
        await self._keeper.finish("failed", error=message)
        return Failed("engine_gone", message, True, page)
