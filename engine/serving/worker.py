"""The worker: one thread that owns the models and runs one job's generator at a time."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Protocol

from engine.api.events import (
    Failed,
    FilmRequest,
    IllustrateRequest,
    StoryDone,
    StoryEvent,
    TellRequest,
)
from engine.errors import EngineError
from engine.serving.job import Job

log = logging.getLogger(__name__)

ShouldStop = Callable[[], bool]
Events = Generator[StoryEvent, None, None]


class Studio(Protocol):
    """The loaded models and what they can do, as plain generators."""

    def tell(self, request: TellRequest, should_stop: ShouldStop) -> Events:
        """Tell a story; ends early where ``should_stop`` answers true."""

    def illustrate(self, request: IllustrateRequest, should_stop: ShouldStop) -> Events:
        """Paint one picture; ends early where ``should_stop`` answers true."""

    def film(self, request: FilmRequest, should_stop: ShouldStop) -> Events:
        """Decode a film's frames; ends early where ``should_stop`` answers true."""


class Worker:
    """Loads a studio in its thread and runs jobs there; events come back on the event loop."""

    def __init__(self, load: Callable[[], Studio]) -> None:
        self._load = load
        self._tasks: queue.SimpleQueue[Callable[[Studio], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def start(self) -> None:
        """Load the models; raises whatever loading raises."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        # A daemon: a step that hangs in native code must not keep the process from ending.
        self._thread = threading.Thread(
            target=self._live, args=(loop, ready), name="worker", daemon=True
        )
        self._thread.start()
        await ready

    async def run(self, job: Job) -> None:
        """Run a job to its end; its outbox is closed when this returns."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        self._tasks.put(lambda studio: _run_in_thread(studio, job, loop, ended))
        await ended

    async def close(self, *, seconds: float) -> bool:
        """End the thread; False where it is still busy after so many seconds."""
        self._tasks.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, seconds)
        return self._thread is None or not self._thread.is_alive()

    def _live(self, loop: asyncio.AbstractEventLoop, ready: asyncio.Future[None]) -> None:
        try:
            studio = self._load()
        except Exception as error:
            loop.call_soon_threadsafe(_settle, ready, error)
            return
        loop.call_soon_threadsafe(_settle, ready, None)
        while (task := self._tasks.get()) is not None:
            task(studio)


def _run_in_thread(
    studio: Studio, job: Job, loop: asyncio.AbstractEventLoop, ended: asyncio.Future[None]
) -> None:
    """Run a job's generator; called in the worker's thread."""
    try:
        with closing(_generate(studio, job)) as events:
            for event in events:
                loop.call_soon_threadsafe(job.put, event)
                if isinstance(event, StoryDone) or job.stopped.is_set():
                    break
        broken = Failed("internal", "The engine broke off in the middle.", retryable=True)
        failure = job.end if job.stopped.is_set() else broken
    except Exception as error:
        failure = explain(error)
    # Behind a `StoryDone` the outbox is closed and a failure goes nowhere.
    loop.call_soon_threadsafe(job.fail, failure)
    loop.call_soon_threadsafe(_settle, ended, None)


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    """Complete a future that nobody may be waiting for any more."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _generate(studio: Studio, job: Job) -> Events:
    if isinstance(job.request, TellRequest):
        return studio.tell(job.request, job.stopped.is_set)
    if isinstance(job.request, FilmRequest):
        return studio.film(job.request, job.stopped.is_set)
    return studio.illustrate(job.request, job.stopped.is_set)


def explain(error: Exception) -> Failed:
    """Say in one line why a job failed; what nobody foresaw goes to the log with its traceback."""
    if isinstance(error, EngineError):
        return Failed(error.code, error.message, retryable=error.retryable)
    if _out_of_memory(error):
        log.error("out of memory: %s", _first_line(error))
        return Failed("out_of_memory", "The engine ran out of memory; ask for less or wait.")
    log.error("a job failed", exc_info=error)
    if isinstance(error, ValueError):
        return Failed("bad_input", _first_line(error))
    message = "Something went wrong in the engine; its log says what."
    return Failed("internal", message, retryable=True)


def _out_of_memory(error: Exception) -> bool:
    # torch.OutOfMemoryError by name: the gateway's side knows no torch.
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in text
        or "out of memory" in text
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
