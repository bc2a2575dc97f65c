"""Several stories at one engine at the same time: how soon each one is heard and seen."""

from __future__ import annotations

import asyncio
import math
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure, figure
from benchmarks.house import open_house
from engine.api.client import EngineClient
from engine.api.events import Failed, PageDone, Preview, StoryDone, TellRequest, TextDelta

IDEAS = (
    "A small dragon who is afraid of fire",
    "A fox who finds a lantern in the snow",
    "A bear who builds a boat",
    "An owl who cannot sleep",
)
PAGES = 4


@dataclass
class Heard:
    """When a story's events came, in seconds after it was asked for; NaN: never."""

    words: float = math.nan
    preview: float = math.nan
    first_page: float = math.nan
    end: float = math.nan
    painting: asyncio.Event = field(default_factory=asyncio.Event)


async def listen(client: EngineClient, request: TellRequest, heard: Heard) -> Heard:
    """Tell a story and note when its first words, pictures and end came."""
    started = time.perf_counter()
    async for event in client.tell(request):
        now = time.perf_counter() - started
        if isinstance(event, TextDelta) and math.isnan(heard.words):
            heard.words = now
        elif isinstance(event, Preview):
            heard.preview = now if math.isnan(heard.preview) else heard.preview
            if event.step > 0:
                heard.painting.set()
        elif isinstance(event, PageDone) and math.isnan(heard.first_page):
            heard.first_page = now
        elif isinstance(event, StoryDone):
            heard.end = now
        elif isinstance(event, Failed):
            raise RuntimeError(f"a story failed: {event.code}: {event.message}")
    return heard


def request(number: int, run: int) -> TellRequest:
    """Return one of several different wishes, of a person and community of its own."""
    return TellRequest(
        job_id=f"crowd-{run}-{number}", idea=IDEAS[number % len(IDEAS)], pages=PAGES,
        seed=100 * run + number, community=f"c{number}", person=f"p{number}", preview_seconds=1.0,
    )  # fmt: skip


async def alone(client: EngineClient, run: int) -> Heard:
    """Tell one story to an idle engine."""
    return await listen(client, request(0, run), Heard())


async def one_behind_another(client: EngineClient, run: int) -> tuple[Heard, Heard]:
    """Ask for a second story when the first one's pictures are being painted."""
    first, second = Heard(), Heard()
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(client, request(0, run), first))
        await first.painting.wait()
        group.create_task(listen(client, request(1, run), second))
    return first, second


async def all_at_once(client: EngineClient, run: int, *, stories: int) -> list[Heard]:
    """Ask for several stories in the same moment."""
    heard = [Heard() for _ in range(stories)]
    started = [listen(client, request(n, run), h) for n, h in enumerate(heard)]
    return list(await asyncio.gather(*started))


async def _measure(address: str, runs: int) -> list[Figure]:
    client = EngineClient(address)
    try:
        await alone(client, 0)  # the first story warms the kernels up
        singles = [await alone(client, 1 + run) for run in range(runs)]
        pairs = [await one_behind_another(client, 20 + run) for run in range(runs)]
        crowds = [await all_at_once(client, 40 + run, stories=4) for run in range(runs)]
    finally:
        await client.close()
    return [*_of_pairs(pairs, singles), *_of_crowds(crowds, singles)]


def _of_pairs(pairs: list[tuple[Heard, Heard]], singles: list[Heard]) -> list[Figure]:
    seconds = [second for _, second in pairs]
    return [
        figure(
            "a story alone: first words", "s", [s.words for s in singles], against="1 s", base=1
        ),
        figure("a story alone: end", "s", [s.end for s in singles], against="90 s", base=90),
        figure(
            "a second story while the first is painted: first words", "s",
            [s.words for s in seconds], against="2 s", base=2,
        ),
        figure(
            "a second story while the first is painted: first preview", "s",
            [s.preview for s in seconds], against="5 s", base=5,
        ),
        figure(
            "a second story while the first is painted: end", "s", [s.end for s in seconds],
            against="2 x alone", base=2 * statistics.median(s.end for s in singles),
        ),
        figure(
            "the first story meanwhile: end", "s", [first.end for first, _ in pairs],
            against="2 x alone", base=2 * statistics.median(s.end for s in singles),
        ),
    ]  # fmt: skip


def _of_crowds(crowds: list[list[Heard]], singles: list[Heard]) -> list[Figure]:
    def slowest(name: str) -> list[float]:
        return [max(getattr(heard, name) for heard in crowd) for crowd in crowds]

    four = 4 * statistics.median(s.end for s in singles)
    return [
        figure("4 stories at once: last first words", "s", slowest("words"), against="4 s", base=4),
        figure(
            "4 stories at once: last first preview", "s", slowest("preview"),
            against="10 s", base=10,
        ),
        figure(
            "4 stories at once: first page done", "s",
            [min(heard.first_page for heard in crowd) for crowd in crowds],
            against="4 x alone", base=four,
        ),
        figure("4 stories at once: last end", "s", slowest("end"), against="4 x alone", base=four),
    ]  # fmt: skip


def measure_crowd(folder: Path, runs: int) -> list[Figure]:
    """Measure stories alone, two overlapping and four at once, with a private engine."""
    house = folder / "crowd"
    house.mkdir()
    with open_house(house) as opened:
        return asyncio.run(_measure(opened.env["PAGEWRIGHT_ENGINE__ADDRESS"], runs))
