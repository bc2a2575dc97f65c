"""A thousand people on two hundred Discord servers: how the bot process bears them.

The bot is the real process with its real library; Discord is the tests' loopback server with the
limits that are commonly met, the models are stood in for (``paper_engine``), so that what is
measured is the bot's own part.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.figures import Figure, figure
from benchmarks.house import peak_mib
from benchmarks.running import RunningBot, quantile, running_bot
from tests.bot.discord.loopback import LoopbackDiscord, Message, Person

SERVERS, PEOPLE = 200, 5
# Wishes come evenly over so long: faster than Discord lets a bot write its answers.
SPREAD_S = 30.0
PAGE_S = 0.03
ALONE = 5
START_S, PATIENCE_S = 30.0, 120.0
LAG_MS, MEMORY_MB, PER_PLACE = 50.0, 200.0, 2.0


@dataclass
class Wish:
    """One wish: when it was made, how many were unfinished then, when its last page stood."""

    person: Person
    asked: float
    place: int
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """How long its person waited."""
        return self.ended - self.asked


@dataclass
class Load:
    """What a load showed; ``lag`` holds the loop's delays (s) as (bound, share at or below)."""

    alone: list[float] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    lag_p99_ms: float = 0.0
    peak_mib: float = 0.0
    cpu_ms: float = 0.0
    unforced: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    lost: int = 0

    def per_place(self) -> list[float]:
        """Return each wish's wait over what it takes alone, by its place in the queue."""
        alone = sorted(self.alone)[len(self.alone) // 2]
        return [wish.seconds / (wish.place * alone) for wish in self.wishes if wish.ended]


def measure_discord_load(
    folder: Path, *, servers: int = SERVERS, people: int = PEOPLE, spread_s: float = SPREAD_S
) -> list[Figure]:
    """Let people on many servers wish for a story each, and measure how the bot bears it."""
    house = folder / "discord"
    house.mkdir()
    load = asyncio.run(_measure(house, servers, people, spread_s))
    name = f"Discord, {servers * people} people on {servers} servers"
    note = "; ".join(load.violations[:3])
    return [
        figure(
            f"{name}: final per place in the queue, worst", "x alone",
            [max(load.per_place(), default=float("nan"))],
            against=f"{PER_PLACE:g} x alone", base=PER_PLACE, note=note,
        ),
        figure(
            f"{name}: wait for the last page", "s",
            [wish.seconds for wish in load.wishes if wish.ended] or [float("nan")],
            against="", base=0.0, note=f"alone {sorted(load.alone)[len(load.alone) // 2]:.2f} s",
        ),
        figure(f"{name}: finals lost", "", [float(load.lost)], against="0", base=0.0),
        figure(
            f"{name}: event loop lag, p99", "ms", [load.lag_p99_ms],
            against=f"{LAG_MS:g} ms", base=LAG_MS,
        ),
        figure(
            f"{name}: bot memory, peak", "MiB", [load.peak_mib],
            against=f"{MEMORY_MB:g} MB", base=MEMORY_MB * 1e6 / 2**20,
        ),
        figure(f"{name}: bot CPU per story", "ms", [load.cpu_ms], against="", base=0.0),
        figure(
            f"{name}: 429s that were not forced", "", [float(len(load.unforced))],
            against="0", base=0.0, note=", ".join(sorted(set(load.unforced))[:2]),
        ),
    ]  # fmt: skip


async def _measure(house: Path, servers: int, people: int, spread_s: float) -> Load:
    load = Load()
    async with LoopbackDiscord(keeps_versions=False) as discord:
        guilds = [discord.add_guild(f"Server {n}") for n in range(servers)]
        alone = [discord.person(f"Early {n}", guilds[n % servers]) for n in range(ALONE)]
        crowd = [discord.person(f"P{n}", guild) for n in range(people) for guild in guilds]
        async with _bot(house, discord) as bot:
            for person in alone:
                load.alone.append(await _tell(person, 1))
            before, cpu = await bot.lags(), _cpu_s(bot.process)
            load.wishes = await _everybody(discord, crowd, spread_s)
            load.lag_p99_ms = 1000 * quantile(before, await bot.lags(), 0.99)
            load.peak_mib = peak_mib(bot.process)
            load.cpu_ms = 1000 * (_cpu_s(bot.process) - cpu) / len(crowd)
        load.lost = sum(not wish.ended for wish in load.wishes)
        load.unforced, load.violations = discord.limits.hits, discord.violations
    return load


async def _everybody(discord: LoopbackDiscord, crowd: list[Person], spread_s: float) -> list[Wish]:
    """Let everybody wish once, evenly over a time, and wait until all have their story."""
    wishes: list[Wish] = []
    telling: list[asyncio.Task[float]] = []
    started = time.monotonic()
    for number, person in enumerate(crowd):
        await asyncio.sleep(started + spread_s * number / len(crowd) - time.monotonic())
        unfinished = sum(not task.done() for task in telling)
        wishes.append(Wish(person, time.monotonic(), unfinished + 1))
        telling.append(asyncio.create_task(_tell(person, unfinished + 1)))
    await asyncio.wait(telling, timeout=PATIENCE_S)
    for wish, task in zip(wishes, telling, strict=True):
        if task.done() and task.exception() is None:
            wish.ended = wish.asked + task.result()
        task.cancel()
    return wishes


async def _tell(person: Person, place: int) -> float:
    """Wish for a story of one page and return the seconds until its last edit stands."""
    started = time.monotonic()
    asked = await person.slash("story", idea=f"a fox called {person.user.name}", pages=1)
    link = re.compile(r"/(\d+)$")
    while True:
        found = link.search(asked.text.strip())
        if found and _is_final(person.channel.messages.get(int(found[1]))):
            break
        if asked.text and not found:
            raise RuntimeError(f"refused: {asked.text}")
        await asyncio.sleep(0.02 if place == 1 else 0.1)
    return time.monotonic() - started


def _is_final(message: Message | None) -> bool:
    return message is not None and any(
        ":continue:" in (button.get("custom_id") or "") for button in message.buttons
    )


@asynccontextmanager
async def _bot(house: Path, discord: LoopbackDiscord) -> AsyncIterator[RunningBot]:
    """Run engine and bot until the end, and give the bot once it is connected."""
    environment = discord.environment | {"PAGEWRIGHT_LIMITS__RUNNING": "4"}
    async with running_bot(house, "discord", environment, page_s=PAGE_S) as bot:
        async with asyncio.timeout(START_S):
            await discord.gateway.ready.wait()
        await discord.until(lambda: discord.commands, seconds=START_S)
        await asyncio.sleep(1.0)
        yield bot


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
