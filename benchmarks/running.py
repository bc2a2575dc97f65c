"""The bot as a process beside a loopback platform, and what its metrics say of it."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil

from benchmarks.house import house_env, wait_until_serving

_BUCKET = re.compile(r'^pagewright_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\S+)$', re.M)
_GOODBYE_S = 15.0


@dataclass(frozen=True)
class RunningBot:
    """A bot process and the address of its metrics."""

    process: psutil.Process
    metrics: str

    async def lags(self) -> dict[float, float]:
        """Return how many of the event loop's delays were at or below each bound (s)."""
        async with aiohttp.ClientSession() as session, session.get(self.metrics) as response:
            text = await response.text()
        return {float(bound): float(count) for bound, count in _BUCKET.findall(text)}


@asynccontextmanager
async def running_bot(
    house: Path, platform: str, environment: Mapping[str, str], *, page_s: float
) -> AsyncIterator[RunningBot]:
    """Run a paper engine and the bot for one platform; their logs lie in ``house``."""
    listen = f"127.0.0.1:{_free_port()}"
    env = house_env(house) | {
        "PAGEWRIGHT_METRICS__LISTEN": listen,
        "PAGEWRIGHT_ENGINE__START": "false",
        "PAGEWRIGHT_LOG__LEVEL": "warning",
        **environment,
    }
    address = env["PAGEWRIGHT_ENGINE__ADDRESS"]
    paper = ["-m", "benchmarks.paper_engine", address, str(page_s)]
    async with _process(paper, env, house / "engine.log") as engine:
        await asyncio.to_thread(wait_until_serving, env, engine)
        bot = ["-m", "bot", "bot", "--only", platform]
        async with _process(bot, env, house / "bot.log") as process:
            yield RunningBot(psutil.Process(process.pid), f"http://{listen}/metrics")


def quantile(before: dict[float, float], after: dict[float, float], share: float) -> float:
    """Return a quantile of what came between two histograms, as Prometheus estimates it."""
    counts = {bound: count - before.get(bound, 0.0) for bound, count in sorted(after.items())}
    wanted = share * max(counts.values())
    lower, below = 0.0, 0.0
    for bound, count in counts.items():
        if count >= wanted:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (wanted - below) / max(1.0, count - below)
        lower, below = bound, count
    return lower


@asynccontextmanager
async def _process(
    arguments: list[str], env: dict[str, str], log: Path
) -> AsyncIterator[subprocess.Popen[bytes]]:
    process = _begin(arguments, env, log)
    try:
        yield process
    finally:
        # In a thread: the platform that the bot says goodbye to is in this process.
        await asyncio.to_thread(_end, process)


def _begin(arguments: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen([sys.executable, *arguments], env=env, stdout=out, stderr=out)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_GOODBYE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
