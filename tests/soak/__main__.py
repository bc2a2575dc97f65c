"""Kills a bot and the real engine for minutes on end: ``python -m tests.soak --minutes 3``.

Stories are told by the starter models (``--plain``: by the tests' own engine without models, which
allows many more kills) without a pause, while bot, engine or both are killed at random moments and
begun again. Afterwards every job must have ended once, the library must be
sound, and what was made must be, byte for byte, what an undisturbed run makes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.library.check import check_database
from bot.library.database import fetch_all
from bot.library.library import Library, open_library
from bot.storytelling.admission import readmit
from engine.api.client import EngineClient
from tests.bot.storytelling.queued import FREE, budgets_fit, job_of
from tests.bot.storytelling.stage import Stage, all_made, count_unfinished

ROOT = Path(__file__).resolve().parents[2]
IDEAS = (
    "a fox who is afraid of the dark",
    "an owl who cannot sleep",
    "two bears and a red kite",
    "a little boat that wants to see the sea",
    "a rabbit who finds a lamp",
)
WAITING = 5
LONGEST_PAUSE_S = 15.0
PLAIN_DELAY_S = 0.05
LOADING_S = 120.0
ENDING_S = 1200.0


@dataclass
class RealStage(Stage):
    """A stage with the starter models on it."""

    ideas: tuple[str, ...] = IDEAS
    plain: bool = False
    longest_pause_s: float = LONGEST_PAUSE_S
    engine: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start what does not run."""
        if self.plain and "engine" not in self.running:
            self.start_engine(delay_s=PLAIN_DELAY_S)
        if not self.plain:
            self._begin_real_engine()
        bot = self.running.get("bot")
        if bot is None or not bot.is_alive():
            self.start_bot()

    def _begin_real_engine(self) -> None:
        if self.engine is not None and self.engine.poll() not in (None, -signal.SIGKILL):
            words = (self.folder / "engine.log").read_text().splitlines()[-1:]
            raise SystemExit(f"the engine ended by itself: {' '.join(words)}")
        if self.engine is None or self.engine.poll() is not None:
            command = [sys.executable, "-m", "engine", "--listen", self.address, "--threads", "1"]
            with (self.folder / "engine.log").open("ab") as log:
                self.engine = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    async def wait_for_engine(self) -> None:
        """Wait until the models are loaded, so that there is work to be killed in."""
        client = EngineClient(self.address)
        try:
            await client.wait_healthy(LOADING_S)
        finally:
            await client.close()

    def kill(self, name: str) -> None:
        """Kill one of them, at once."""
        if name in self.running:
            super().kill(name)
        elif name == "engine" and self.engine is not None:
            self.engine.kill()
            self.engine.wait()

    def kill_all(self) -> None:
        """Kill both."""
        super().kill_all()
        self.kill("engine")


async def disturb(stage: RealStage, library: Library, *, seconds: float, seed: int) -> Counter[str]:
    """Kill at random moments for so long; return how often who was killed."""
    chance, killed, end = random.Random(seed), Counter[str](), time.monotonic() + seconds
    while time.monotonic() < end:
        await stage.ask(library, max(0, WAITING - count_unfinished(stage.path)))
        stage.begin()
        await stage.wait_for_engine()
        await asyncio.sleep(chance.uniform(0.2, stage.longest_pause_s))
        victims = chance.choice((("bot",), ("bot",), ("engine",), ("bot", "engine")))
        for victim in victims:
            stage.kill(victim)
        killed[" and ".join(victims)] += 1
        await asyncio.sleep(chance.choice((0.0, 0.0, 2.0)))
    return killed


async def finish(stage: RealStage, library: Library) -> int:
    """Let all jobs end, asking once more for those that failed; return how many these were."""
    again, end = 0, time.monotonic() + ENDING_S
    while True:
        again += await ask_again(library)
        await stage.ask(library, 0)
        if not count_unfinished(stage.path):
            return again
        if time.monotonic() > end:
            raise SystemExit(f"not finished after {ENDING_S:.0f} s: see {stage.folder}")
        stage.begin()
        await asyncio.sleep(0.5)


async def ask_again(library: Library) -> int:
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT id FROM jobs WHERE state = 'failed'")
    for row in rows:
        job = await job_of(library, row[0])
        async with library.database.write() as connection:
            await readmit(connection, job, limits=FREE)
    return len(rows)


async def compare(stage: RealStage, folder: Path, stories: int) -> tuple[int, int]:
    """Tell the first stories undisturbed; return how many pictures were compared, and differ."""
    whole = RealStage(folder, plain=stage.plain)
    try:
        async with open_library(whole.path) as library:
            await whole.ask(library, min(stories, stage.asked))
            await finish(whole, library)
    finally:
        whole.kill_all()
    expected = all_made(whole.path)
    seeds = {row[0] for row in expected}
    made = [row for row in all_made(stage.path) if row[0] in seeds]
    differing = sum(one != other for one, other in zip(expected, made, strict=False))
    return len(expected), differing + abs(len(expected) - len(made))


async def soak(stage: RealStage, *, minutes: float, seed: int, verify: int) -> int:
    """Run all of it; return the exit code."""
    folder, started = stage.folder, time.monotonic()
    try:
        async with open_library(stage.path, busy_timeout_s=30) as library:
            killed = await disturb(stage, library, seconds=60 * minutes, seed=seed)
            again = await finish(stage, library)
            fits = await budgets_fit(library)
            kinds = await count_kinds(library)
    finally:
        stage.kill_all()
    faults = list(check_database(stage.path)) + ([] if fits else ["budgets do not fit the jobs"])
    (folder / "whole").mkdir()
    pictures, differing = await compare(stage, folder / "whole", verify)
    made = all_made(stage.path)
    print(f"seed {seed}, {time.monotonic() - started:.0f} s in all")
    print(f"killed {killed.total()} times: {', '.join(f'{k} {n}' for k, n in killed.items())}")
    print(f"jobs done: {', '.join(f'{kind} {n}' for kind, n in kinds)}; {len(made)} pictures")
    print(f"jobs that three engine deaths ended, and that were asked for again: {again}")
    print(f"pictures told undisturbed as well: {pictures}, different: {differing}")
    print(f"library: {'sound' if not faults else '; '.join(faults)}")
    return 1 if faults or differing else 0


async def count_kinds(library: Library) -> list[tuple[str, int]]:
    async with library.database.read() as connection:
        rows = await fetch_all(
            connection, "SELECT kind, count(*) FROM jobs WHERE state = 'done' GROUP BY kind"
        )
    return [(row[0], row[1]) for row in rows]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verify", type=int, default=6, help="stories to tell once more")
    parser.add_argument("--plain", action="store_true", help="without models, many more kills")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="pagewright-soak-") as folder:
        stage = RealStage(Path(folder), plain=options.plain)
        stage.longest_pause_s = 1.5 if options.plain else LONGEST_PAUSE_S
        return asyncio.run(
            soak(stage, minutes=options.minutes, seed=options.seed, verify=options.verify)
        )


if __name__ == "__main__":
    raise SystemExit(main())
