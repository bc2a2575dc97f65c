"""Starts, stories and memory as a user meets them: private engines, the real command."""

from __future__ import annotations

import statistics
from pathlib import Path

from benchmarks.figures import Figure, figure
from benchmarks.house import MIB, House, Run, open_house, peak_mib, run_command

WISH = "A small dragon who is afraid of fire"


def tell(house: House, *, seed: int, pages: int) -> Run:
    """Tell one story through the real command, into a folder of its own."""
    out = house.folder / f"book-{pages}-{seed}"
    arguments = ["story", WISH, "--pages", str(pages), "--seed", str(seed), "--out", str(out)]
    run = run_command(arguments, house.env)
    if run.exit_code != 0:
        raise RuntimeError(f"the story of seed {seed} ended with exit code {run.exit_code}")
    return run


def measure_stories(folder: Path, runs: int) -> list[Figure]:
    """Measure starts, stories and memory in private houses under ``folder``."""
    starts: list[float] = []
    for number in range(runs - 1):
        quiet = folder / f"start-{number}"
        quiet.mkdir()
        with open_house(quiet) as house:
            starts.append(house.start_seconds)
    busy = folder / "busy"
    busy.mkdir()
    with open_house(busy) as house:
        starts.append(house.start_seconds)
        tell(house, seed=1000, pages=1)  # the first call warms the kernels up
        books = [tell(house, seed=seed, pages=4) for seed in range(runs)]
        singles = [tell(house, seed=seed, pages=1) for seed in range(runs)]
        engine_mib = peak_mib(house.engine)
    single = statistics.median(run.seconds for run in singles)
    return [
        figure("engine start", "s", starts, against="10 s", base=10.0),
        figure("first words", "s", [b.first("text") for b in books], against="1 s", base=1.0),
        figure("first preview", "s", [b.first("preview") for b in books], against="5 s", base=5.0),
        figure("first page done", "s", [b.first("page") for b in books], against="90 s", base=90.0),
        figure("book of 4 pages", "s", [b.seconds for b in books], against="90 s", base=90.0),
        figure(
            "book of 4 pages", "s", [b.seconds for b in books],
            against="4 x a book of 1 page", base=4 * single,
        ),
        figure("engine memory, peak", "MiB", [engine_mib], against="1.5 GB", base=1.5e9 / MIB),
        figure(
            "bot memory, peak", "MiB", [b.peak_mib for b in books],
            against="150 MB", base=150e6 / MIB,
        ),
    ]  # fmt: skip
