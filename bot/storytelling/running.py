"""Runs a job with an engine until it ends, over the engine's death and return."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Protocol, cast

from bot.errors import PagewrightError
from bot.library.jobs import Ending
from bot.storytelling.keeping import JobTakenError, Keeper
from bot.storytelling.nonsense import NonsenseError
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.errors import EngineGoneError
from engine.api.events import (
    EngineStatus,
    Failed,
    FilmFrame,
    Heartbeat,
    PaintState,
    Queued,
    StoryDone,
    StoryEvent,
    TellRequest,
)

ATTEMPTS = 3
RENEW_SECONDS = 10.0
# Between two attempts, so that an engine that is stopping has stopped.
PAUSE_SECONDS = 0.5
# An engine's ends that say nothing of the job: somebody else's fault, or nobody's.
_BLAMELESS = ("duplicate", "queue_full", "engine_stopping")
# Ends after which asking once more at once would only press harder, or bring the same.
_FINAL_HERE = ("queue_full", "nonsense")


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


class AttemptLostError(Exception):
    """An attempt that may be made again: one line, why it ended.

    ``counted``: it broke while this very job was being worked on, so the job may be the reason.
    """

    def __init__(self, reason: str, *, code: str = "engine_gone", counted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.counted = counted


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

    async def attempt(self) -> AsyncGenerator[Update, None]:
        """Ask the engine once; yield each event once it is kept, ``StoryDone`` or ``Failed`` last.

        Raises ``AttemptLostError`` where the job is still to be done, ``JobTakenError`` where it
        is another's, ``PagewrightError`` where library or engine cannot be had.
        """
        begun = False
        try:
            request = await self._prepare()
            # Closing the stream is what makes the engine stop painting; clients' streams can be.
            stream = cast("AsyncGenerator[StoryEvent, None]", self._engine.tell(request))
            async with aclosing(stream) as events:
                async for event in events:
                    begun = begun or not isinstance(event, Queued | Heartbeat)
                    told = await self._kept(event)
                    if told is not None:
                        yield told
                    if isinstance(event, StoryDone | Failed):
                        return
        except EngineGoneError as error:
            raise AttemptLostError(str(error), counted=begun) from None
        except NonsenseError as error:
            reason = f"The engine talks nonsense: {error}."
            raise AttemptLostError(reason, code="nonsense") from None
        raise AttemptLostError("The engine broke off without a word.", counted=begun)

    async def _attempts(self) -> AsyncGenerator[Update, None]:
        attempt, reached = 0, self._keeper.next_page()
        while True:
            try:
                async with aclosing(self.attempt()) as updates:
                    async for update in updates:
                        yield update
                return
            except AttemptLostError as error:
                lost = error
            page = self._keeper.next_page()
            if lost.code in _FINAL_HERE:
                await self._keeper.finish("failed", error=lost.reason)
                yield Failed(lost.code, lost.reason, lost.code == "queue_full", page)
                return
            attempt = 1 if page > reached else attempt + 1
            reached = page
            if attempt >= ATTEMPTS:
                end = exhausted(lost.reason, page)
                await self._keeper.finish("failed", error=end.message)
                yield end
                return
            yield EngineLost(attempt, ATTEMPTS, page, lost.reason)
            await asyncio.sleep(PAUSE_SECONDS * attempt)

    async def _prepare(self) -> TellRequest:
        await self._ensure_engine()
        await self._keeper.renew()
        if not self._keeper.story.profile:
            await self._keeper.note_profile((await self._engine.status()).profile)
        return self._keeper.request(preview_seconds=self._preview_seconds)

    async def _kept(self, event: StoryEvent) -> Update | None:
        if isinstance(event, Failed):
            return await self._failed(event)
        if isinstance(event, FilmFrame | PaintState):
            return None
        told = await self._keeper.keep(event)
        if time.monotonic() - self._renewed > RENEW_SECONDS and not isinstance(event, StoryDone):
            await self._keeper.renew()
            self._renewed = time.monotonic()
        return event if told else None

    async def _failed(self, event: Failed) -> Failed:
        if event.retryable or event.code in _BLAMELESS:
            counted = event.code not in _BLAMELESS
            raise AttemptLostError(event.message, code=event.code, counted=counted)
        state: Ending = "cancelled" if event.code == "cancelled" else "failed"
        await self._keeper.finish(state, error=event.message)
        return Failed(event.code, event.message, False, self._keeper.next_page())


def exhausted(reason: str, page: int) -> Failed:
    """Return the end of a job whose last attempt ended for ``reason``, ``page`` unfinished."""
    kept = "nothing was lost" if page > 1 else "the wish is kept"
    message = f"The engine failed {ATTEMPTS} times ({reason.rstrip('.')}); {kept}."
    return Failed("engine_gone", message, True, page)
