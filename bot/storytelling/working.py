"""Works on one claimed job until it ends, waits again, or is somebody else's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from bot.errors import PagewrightError
from bot.library import jobs, stories
from bot.library.library import Library
from bot.library.records import JobRecord
from bot.storytelling.keeping import JobTakenError, Keeper
from bot.storytelling.running import ATTEMPTS, AttemptLostError, JobRunner, StoryEngine, exhausted
from bot.storytelling.updates import EngineLost, Update
from engine.api.events import Failed, StoryDone

log = logging.getLogger(__name__)

# Before a job that failed is tried once more: the first time, then three times as long.
RETRY_MS = 2_000
# Between two looks whether engine, disk or database can be had again: doubled up to the longest.
SHORTEST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0


class Work:
    """One job at work; ``publish`` is told each update once it is in the library."""

    def __init__(
        self,
        library: Library,
        job: JobRecord,
        engine: StoryEngine,
        *,
        ensure_engine: Callable[[], Awaitable[None]],
        publish: Callable[[Update], Awaitable[None]],
        preview_seconds: float,
    ) -> None:
        self.job = job
        self._library = library
        self._engine = engine
        self._ensure_engine = ensure_engine
        self._publish = publish
        self._preview_seconds = preview_seconds
        self._next_page = job.first_page
        self._pause = SHORTEST_PAUSE_S
        self._said = ""

    async def run(self) -> None:
        """Work until there is nothing left to do here; only a cancelled task raises.

        While engine, disk or database cannot be had the job is held, and gone on with as soon as
        they can be: that is no fault of the job.
        """
        while True:
            try:
                await self._attempt()
                return
            except JobTakenError:
                return
            except AttemptLostError as lost:
                if lost.counted:
                    await self._end_attempt(lost.reason)
                    return
                reason = lost.reason
            except PagewrightError as error:
                reason = error.message
            except Exception:
                log.exception("job %s met a mistake in the program", self.job.id)
                await self._end_attempt("Pagewright made a mistake; its log says more")
                return
            await self._wait(reason)

    async def release(self) -> None:
        """Let another process go on with the job at once, as if this one had not begun it."""
        async with self._library.database.write() as connection:
            owner = self._library.owner
            await jobs.put_back(connection, self.job.id, owner=owner, counted=False)

    async def _attempt(self) -> None:
        keeper = await self._load()
        if keeper is None:
            return
        self._next_page = keeper.next_page()
        runner = JobRunner(
            keeper,
            self._engine,
            ensure_engine=self._ensure_engine,
            preview_seconds=self._preview_seconds,
        )
        async with aclosing(runner.attempt()) as updates:
            async for update in updates:
                self._next_page, self._pause = keeper.next_page(), SHORTEST_PAUSE_S
                self._said = ""
                await self._publish(update)

    async def _load(self) -> Keeper | None:
        """Return what there is of the job; None, and cancel it, where its story was deleted."""
        async with self._library.database.read() as connection:
            story = await stories.get(connection, self.job.story_id)
            job = await jobs.get(connection, self.job.id)
        if job is None:
            return None
        if story is not None:
            return await Keeper.load(self._library, story, job)
        async with self._library.database.write() as connection:
            await jobs.finish(connection, job.id, "cancelled", owner=self._library.owner)
        return None

    async def _wait(self, reason: str) -> None:
        if reason != self._said:
            self._said = reason
            log.warning("job %s waits: %s", self.job.id, reason)
            await self._publish(EngineLost(self.job.attempt, ATTEMPTS, self._next_page, reason))
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE_S)

    async def _end_attempt(self, reason: str) -> None:
        """Put a failed job back, or end it where it failed often enough; wait for the database."""
        while True:
            try:
                update = await self._put_back(reason)
                break
            except PagewrightError as error:
                await self._wait(error.message)
        if update is not None:
            log.warning("job %s failed: %s", self.job.id, reason)
            await self._publish(update)

    async def _put_back(self, reason: str) -> EngineLost | Failed | None:
        """Return what to tell the followers; None where the job is another's."""
        owner, page = self._library.owner, self._next_page
        async with self._library.database.write() as connection:
            job = await jobs.get(connection, self.job.id)
            if job is None or job.lease_owner != owner:
                return None
            if job.attempt < ATTEMPTS:
                delay = RETRY_MS * 3 ** (max(1, job.attempt) - 1)
                await jobs.put_back(connection, job.id, owner=owner, delay_ms=delay, counted=True)
                return EngineLost(job.attempt, ATTEMPTS, page, reason)
            end = exhausted(reason, page)
            await jobs.finish(connection, job.id, "failed", error=end.message, owner=owner)
            await stories.touch(connection, job.story_id)
            return end


def is_end(update: Update) -> bool:
    """Tell whether nothing follows an update."""
    return isinstance(update, StoryDone | Failed)
