"""The worker: one thread that owns the models and runs several jobs' generators by turns."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from engine.api.events import (
    DEVICE_TO_COME,
    Failed,
    FilmRequest,
    IllustrateRequest,
    StoryEvent,
    TellRequest,
)
from engine.errors import EngineError
from engine.serving.job import Job
from engine.serving.rota import Rota, Slices, Task

log = logging.getLogger(__name__)

# A wake that got lost must not hold up a story, nor a cancel.
LOOK_SECONDS = 0.1

ShouldStop = Callable[[], bool]


class Studio(Protocol):
    """The loaded models and what they can do, as plain generators.

    A generator that yields None waits for what is done elsewhere: for its pictures.
    """

    @property
    def at_once(self) -> int:
        """How many jobs this machine does well to have at work at the same time."""

    @property
    def device(self) -> str:
        """What the models compute on, as people are told."""

    def listen(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called, from any thread, when generators that wait may go on."""

    def tell(self, request: TellRequest, should_stop: ShouldStop) -> Slices:
        """Tell a story; ends early where ``should_stop`` answers true."""

    def illustrate(self, request: IllustrateRequest, should_stop: ShouldStop) -> Slices:
        """Paint one picture; ends early where ``should_stop`` answers true."""

    def film(self, request: FilmRequest, should_stop: ShouldStop) -> Slices:
        """Decode a film's frames; ends early where ``should_stop`` answers true."""


# What lies in the worker's letter box: a job to begin, a knock, or the end.
_Letter = Callable[[Studio, Rota], None] | None


class Worker:
    """Loads a studio in its thread and runs jobs there; events come back on the event loop."""

    def __init__(self, load: Callable[[], Studio]) -> None:
        self._load = load
        self._letters: queue.SimpleQueue[_Letter] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self.at_once = 1
        self.device = DEVICE_TO_COME

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
        """Run a job to its end, beside others; its outbox is closed when this returns."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        self._letters.put(lambda studio, rota: _begin(studio, rota, job, loop, ended))
        await ended

    async def close(self, *, seconds: float) -> bool:
        """End the thread; False where it is still busy after so many seconds."""
        self._letters.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, seconds)
        return self._thread is None or not self._thread.is_alive()

    def _live(self, loop: asyncio.AbstractEventLoop, ready: asyncio.Future[None]) -> None:
        try:
            studio = self._load()
        except Exception as error:
            loop.call_soon_threadsafe(_settle, ready, error)
            return
        self.at_once, self.device = studio.at_once, studio.device
        studio.listen(lambda: self._letters.put(_knock))
        loop.call_soon_threadsafe(_settle, ready, None)
        self._take_turns(studio)

    def _take_turns(self, studio: Studio) -> None:
        rota = Rota()
        while self._read_letters(studio, rota):
            rota.turn()

    def _read_letters(self, studio: Studio, rota: Rota) -> bool:
        """Do what has come, waiting for it where nothing else can be done; False at the end."""
        try:
            seconds = LOOK_SECONDS if rota.busy else None
            letter = self._letters.get(block=rota.idle, timeout=seconds)
            while letter is not None:
                letter(studio, rota)
                letter = self._letters.get_nowait()
        except queue.Empty:
            if rota.idle:
                rota.wake()
            return True
        return False


def _knock(_: Studio, rota: Rota) -> None:
    rota.wake()


def _begin(
    studio: Studio,
    rota: Rota,
    job: Job,
    loop: asyncio.AbstractEventLoop,
    ended: asyncio.Future[None],
) -> None:
    """Let a job take part; called in the worker's thread."""

    def tell(event: StoryEvent) -> None:
        loop.call_soon_threadsafe(job.put, event)

    def end(error: Exception | None) -> None:
        # Behind a `StoryDone` the outbox is closed and a failure goes nowhere.
        loop.call_soon_threadsafe(job.fail, _failure(job, error))
        loop.call_soon_threadsafe(_settle, ended, None)

    try:
        slices = _generate(studio, job)
    except Exception as error:
        end(error)
    else:
        rota.add(Task(job, slices, tell=tell, end=end))


def _failure(job: Job, error: Exception | None) -> Failed:
    if error is not None:
        return explain(error)
    if job.stopped.is_set():
        return job.end
    return Failed("internal", "The engine broke off in the middle.", retryable=True)


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    """Complete a future that nobody may be waiting for any more."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _generate(studio: Studio, job: Job) -> Slices:
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
