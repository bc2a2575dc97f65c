"""The gateway: takes jobs in, lets them wait in a fair queue, gives the worker some at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from engine.api.events import Failed, Queued
from engine.api.sharing import starts
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
        at_once: int = 0,
    ) -> None:
        """Make a gateway; ``at_once`` jobs are at work together, 0: as many as the worker says."""
        self._worker = worker
        self._queue_limit = queue_limit
        self._heartbeat_seconds = heartbeat_seconds
        self._queue: FairQueue[Job] = FairQueue()
        self._jobs: dict[str, Job] = {}
        self._at_once = at_once
        self._running: list[Job] = []
        self._changed = asyncio.Event()
        self._free = asyncio.Event()
        self._stopping = False
        self._page_seconds: float | None = None
        self._last_busy = self._last_share = time.monotonic()

    @property
    def at_once(self) -> int:
        """Number of jobs that may run at the same time."""
        return self._at_once or self._worker.at_once

    @property
    def queued(self) -> int:
        """Number of jobs that wait."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Number of jobs that run."""
        return len(self._running)

    @property
    def idle_seconds(self) -> float:
        """For how long there has been nothing to do."""
        return 0.0 if self._jobs or self._running else time.monotonic() - self._last_busy

    async def run(self) -> None:
        """Hand jobs to the worker, some at a time, for ever; needs a started worker."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                while len(self._running) < self.at_once and (job := self._queue.take()):
                    self._start(job)
                    group.create_task(self._run_job(job))
                await self._changed.wait()

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
        """End every job as "engine_stopping"; wait ``seconds`` at most for those that run."""
        self._stopping = True
        for job in [*self._queue.in_order(), *self._running]:
            self._stop_job(job, STOPPING)
        try:
            async with asyncio.timeout(seconds):
                while self._running:
                    self._free.clear()
                    await self._free.wait()
        except TimeoutError:
            for job in self._running:
                job.fail(STOPPING)

    def _refusal(self, job: Job) -> Failed | None:
        if self._stopping:
            return STOPPING
        if not job.id:
            return Failed("bad_input", "The job has no id.")
        other = self._jobs.get(job.id)
        if other is not None and not other.over:
            return Failed("duplicate", f"A job of that id is under way already: {job.id[:80]}")
        if len(self._queue) >= self._queue_limit:
            message = f"{len(self._queue)} jobs wait already; try again later."
            return Failed("queue_full", message, retryable=True)
        return None

    def _admit(self, job: Job) -> None:
        self._jobs[job.id] = job
        self._queue.put(job)
        self._tell_positions()
        self._changed.set()

    def _start(self, job: Job) -> None:
        self._share_out()
        self._running.append(job)
        job.started = time.monotonic()
        self._tell_positions()

    async def _run_job(self, job: Job) -> None:
        pages = job.pages_left
        try:
            await self._worker.run(job)
        finally:
            self._share_out()
            self._running.remove(job)
            self._queue.done(job)
            self._forget(job)
            self._free.set()
            self._changed.set()
        if job.told and job.paints:
            self._measure(job.worked / pages)
        log.info("job %.80r ended after %.1f s", job.id, job.seconds_running())

    def _share_out(self) -> None:
        """Note for each job that runs its share of the time since the last note."""
        now = time.monotonic()
        for job in self._running:
            job.worked += (now - self._last_share) / len(self._running)
        self._last_share = now

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
        waiting = self._queue.in_order()
        for position, (job, ahead) in enumerate(
            zip(waiting, self._seconds_ahead(waiting), strict=True), start=1
        ):
            if job.position != position:
                job.position = position
                job.put(Queued(position=position, seconds_left=ahead))

    def _seconds_ahead(self, waiting: list[Job]) -> list[float]:
        """Return the seconds until each waiting job begins; below 0 where nobody knows."""
        if self._page_seconds is None:
            free = self.at_once - len(self._running)
            return [0.0 if place < free else -1.0 for place in range(len(waiting))]
        return starts(
            [self._page_seconds * job.pages_left for job in self._running],
            [self._page_seconds * job.pages_left for job in waiting],
            at_once=self.at_once,
        )
