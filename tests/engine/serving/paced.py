"""A studio without models, to see how the gateway queues, cancels and fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager

from engine.api.events import (
    IllustrateRequest,
    Latents,
    PageDone,
    PageText,
    Preview,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)
from engine.errors import EngineError
from engine.serving.gateway import Gateway
from engine.serving.outbox import Numbered
from engine.serving.worker import Worker

Events = Generator[StoryEvent | None, None, None]


class PacedStudio:
    """Makes pages when allowed: each takes one from ``pages``; remembers the order of its jobs.

    ``made`` are the pages, by job, in the order in which they were made.
    """

    def __init__(self, *, pages: int = 10_000, previews: int = 2, at_once: int = 1) -> None:
        self.pages = threading.Semaphore(pages)
        self.previews = previews
        self.at_once = at_once
        self.device = "none"
        self.order: list[str] = []
        self.made: list[str] = []

    def listen(self, wake: Callable[[], None]) -> None:
        pass  # those that wait are looked after in any case

    def tell(self, request: TellRequest, should_stop: Callable[[], bool]) -> Events:
        self.order.append(request.job_id)
        if request.idea == "refused":
            raise EngineError("bad_input", "No such thing.")
        if request.idea == "memory":
            raise MemoryError
        known = {page.number for page in request.known_pages if page.painted}
        for number in range(1, request.pages + 1):
            if number in known:
                continue
            while not self.pages.acquire(blocking=False):
                if should_stop():
                    return
                yield None
            self.made.append(request.job_id)
            if request.idea == "broken" and number == 2:
                raise ZeroDivisionError("not foreseen")
            yield from self.page(number)
        yield StoryDone(title=request.idea, pages=request.pages, seconds=0.0)

    def page(self, number: int) -> Events:
        text = f"Page {number}."
        yield TextDelta(page=number, text=text)
        yield PageText(page=number, text=text, prompt="a fox", seed=number)
        for step in range(self.previews):
            yield Preview(page=number, step=step, steps=9, score=0.1, image=b"W" * 10_000)
        yield PageDone(
            page=number,
            text=text,
            prompt="a fox",
            alt="A fox.",
            image=b"P" * 100_000,
            latents=Latents(height=1, width=2, codes=(3, 4)),
            seed=number,
            steps=9,
            clip_score=0.25,
            seconds=0.5,
        )

    def illustrate(self, request: IllustrateRequest, should_stop: Callable[[], bool]) -> Events:
        yield from self.page(1)
        yield StoryDone(title="a fox", pages=1, seconds=0.0)


@asynccontextmanager
async def gateway_of(
    studio: PacedStudio,
    *,
    queue_limit: int = 64,
    heartbeat_seconds: float = 15.0,
    at_once: int = 0,
) -> AsyncIterator[Gateway]:
    worker = Worker(lambda: studio)
    await worker.start()
    gateway = Gateway(
        worker, queue_limit=queue_limit, heartbeat_seconds=heartbeat_seconds, at_once=at_once
    )
    running = asyncio.create_task(gateway.run())
    try:
        yield gateway
    finally:
        await gateway.stop(seconds=30)
        running.cancel()
        assert await worker.close(seconds=30)


def wish(job_id: str, **fields: object) -> TellRequest:
    return TellRequest(**{"job_id": job_id, "idea": "a fox", "pages": 2, **fields})  # type: ignore[arg-type]


async def collect(gateway: Gateway, request: TellRequest | IllustrateRequest) -> list[Numbered]:
    return [numbered async for numbered in gateway.stream(request)]


def collecting(
    gateway: Gateway, request: TellRequest | IllustrateRequest
) -> tuple[asyncio.Task[None], list[StoryEvent]]:
    """Begin to read a job's events into a list, which grows as they come."""
    events: list[StoryEvent] = []

    async def read() -> None:
        async for numbered in gateway.stream(request):
            events.append(numbered.event)

    return asyncio.create_task(read()), events


def pages_done(events: list[StoryEvent]) -> int:
    return sum(isinstance(event, PageDone) for event in events)


async def until(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
