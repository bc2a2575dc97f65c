"""Print the figures of the house as medians of repeated runs: ``python -m benchmarks``."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.house import MIB, House, Run, open_house, peak_mib, run_command
from benchmarks.library import measure_library

WISH = "A small dragon who is afraid of fire"


@dataclass(frozen=True)
class Figure:
    """One measured figure: its median over ``runs``, and what it is held against."""

    name: str
    unit: str
    median: float
    lowest: float
    highest: float
    runs: int
    against: str
    ratio: float


def figure(name: str, unit: str, values: list[float], *, against: str, base: float) -> Figure:
    """Sum up repeated measurements; ``ratio`` is the median over the named baseline."""
    median = statistics.median(values)
    return Figure(name, unit, median, min(values), max(values), len(values), against, median / base)


def machine() -> str:
    """Name the machine a figure was measured on: processor, cores, memory, Python."""
    names = Path("/proc/cpuinfo")
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in (names.read_text().splitlines() if names.exists() else [])
            if line.startswith("model name")
        ),
        platform.processor() or platform.machine(),
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, Python {platform.python_version()}, {platform.system()}"


def tell(house: House, *, seed: int, pages: int) -> Run:
    """Tell one story through the real command, into a folder of its own."""
    out = house.folder / f"book-{pages}-{seed}"
    arguments = ["story", WISH, "--pages", str(pages), "--seed", str(seed), "--out", str(out)]
    run = run_command(arguments, house.env)
    if run.exit_code != 0:
        raise RuntimeError(f"the story of seed {seed} ended with exit code {run.exit_code}")
    return run


def measure(folder: Path, runs: int) -> list[Figure]:
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
        *(
            figure(t.name, "ms", t.milliseconds, against=f"{t.against:g} ms", base=t.against)
            for t in measure_library(folder)
        ),
    ]  # fmt: skip


def main(
    runs: Annotated[int, typer.Option(min=2, help="Repetitions of each figure.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Measure and print, with the machine named; ratios at or below 1 are within the target."""
    with tempfile.TemporaryDirectory(prefix="pw") as folder:
        figures = measure(Path(folder), runs)
    if as_json:
        typer.echo(json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]}))
        return
    table = Table(title=machine())
    for column in ("figure", "median", "lowest", "highest", "runs", "against", "ratio"):
        table.add_column(column, justify="left" if column in {"figure", "against"} else "right")
    for f in figures:
        values = (f"{value:.2f} {f.unit}" for value in (f.median, f.lowest, f.highest))
        table.add_row(f.name, *values, str(f.runs), f.against, f"{f.ratio:.2f}")
    Console(width=None if sys.stdout.isatty() else 110).print(table)


if __name__ == "__main__":
    typer.run(main)
