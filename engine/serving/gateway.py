"""The gateway: takes jobs in, lets them wait in a fair queue, hands them to the worker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from engine.api.events import Failed, Queued
from engine.serving.fair_queue import FairQueue
from engine.serving.job import CANCELLED, STOPPING, Job, Request
from engine.serving.outbox import Numbered
from engine.serving.worker import Worker

log = logging.getLogger(__name__)

QUEUE_LIMIT = 64
HEARTBEAT_SECONDS = 15.0
# A new measurement's share in the running mean of seconds a page.
MEMORY = 0.3


class Gateway:
    """Queue, fairness, cancel and estimates around one worker; lives on one event loop."""

    def __init__(
        self,
        worker: Worker,
        *,
        queue_limit: int = QUEUE_LIMIT,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._worker = worker
        self._queue_limit = queue_limit
        self._heartbeat_seconds = heartbeat_seconds
        self._queue: FairQueue[Job] = FairQueue()
        self._jobs: dict[str, Job] = {}
        self._running: Job | None = None
        self._arrived = asyncio.Event()
        self._free = asyncio.Event()
        self._stopping = False
        self._page_seconds: float | None = None
        self._last_busy = time.monotonic()

    @property
    def queued(self) -> int:
        """Number of jobs that wait."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Number of jobs that run."""
        return int(self._running is not None)

    @property
    def idle_seconds(self) -> float:
        """For how long there has been nothing to do."""
        return 0.0 if self._jobs or self._running else time.monotonic() - self._last_busy

    async def run(self) -> None:
        """Hand jobs to the worker, one after the other, for ever; needs a started worker."""
        while True:
            await self._arrived.wait()
            job = self._queue.take()
            if job is None:
                self._arrived.clear()
                continue
            await self._run_job(job)

    async def stream(self, request: Request) -> AsyncGenerator[Numbered, None]:
        """Yield a job's events up to its end; closing the stream early cancels the job."""
        job = Job(request)
        refusal = self._refusal(job)
        if refusal:
            job.fail(refusal)
        else:
            self._admit(job)
        try:
            async with aclosing(job.outbox.read(heartbeat_seconds=self._heartbeat_seconds)) as all_:
                async for numbered in all_:
                    yield numbered
        finally:
            if not refusal:
                self._stop_job(job, CANCELLED)

    def cancel(self, job_id: str) -> bool:
        """Stop a job, waiting or running; False where there is none of that id."""
        job = self._jobs.get(job_id)
        if job is None or job.stopped.is_set():
            return False
        self._stop_job(job, CANCELLED)
        return True

    async def stop(self, *, seconds: float) -> None:
        """End every job as "engine_stopping"; wait ``seconds`` at most for the running one."""
        self._stopping = True
        for job in [*self._queue.in_order(), *([self._running] if self._running else [])]:
            self._stop_job(job, STOPPING)
        if self._running is None:
            return
        try:
            await asyncio.wait_for(self._free.wait(), seconds)
        except TimeoutError:
            self._running.fail(STOPPING)

    def _refusal(self, job: Job) -> Failed | None:
        if self._stopping:
            return STOPPING
        if not job.id:
            return Failed("bad_input", "The job has no id.")
        other = self._jobs.get(job.id)
        if other is not None and not other.stopped.is_set():
            return Failed("duplicate", f"A job of that id is under way already: {job.id[:80]}")
        if len(self._queue) >= self._queue_limit:
            message = f"{len(self._queue)} jobs wait already; try again later."
            return Failed("queue_full", message, retryable=True)
        return None

    def _admit(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._queue.put(job)
        self._tell_positions()
        self._arrived.set()

    async def _run_job(self, job: Job) -> None:
        self._running = job
        self._free.clear()
        job.started = time.monotonic()
        pages = job.pages_left
        self._tell_positions()
        try:
            await self._worker.run(job)
        finally:
            self._running = None
            self._free.set()
            self._forget(job)
        if job.told and job.paints:
            self._measure(job.seconds_running() / pages)
        log.info("job %.80r ended after %.1f s", job.id, job.seconds_running())

    def _stop_job(self, job: Job, end: Failed) -> None:
        job.stop(end)
        if self._queue.remove(job):
            job.fail(end)
            self._forget(job)
            self._tell_positions()

    def _forget(self, job: Job) -> None:
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]
        self._last_busy = time.monotonic()

    def _measure(self, page_seconds: float) -> None:
        old = self._page_seconds
        self._page_seconds = page_seconds if old is None else old + MEMORY * (page_seconds - old)

    def _tell_positions(self) -> None:
        """Tell each waiting job its place, where that is new to it."""
        ahead = self._seconds_left(self._running) if self._running else 0.0
        for position, job in enumerate(self._queue.in_order(), start=1):
            if job.position != position:
                job.position = position
                job.put(Queued(position=position, seconds_left=ahead))
            ahead = ahead + self._seconds_left(job) if self._page_seconds else -1.0

    def _seconds_left(self, job: Job) -> float:
        if self._page_seconds is None:
            return -1.0
        return max(0.0, self._page_seconds * job.pages_left)
