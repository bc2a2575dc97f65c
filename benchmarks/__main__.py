"""Print the figures of the house as medians of repeated runs: ``python -m benchmarks [PART …]``."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.stories import measure_stories

# Threads that wait in a busy loop take each other's core; before PyTorch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

Part = Callable[[Path, int], Iterable[Figure]]


def _crowd(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.crowd import measure_crowd

    return measure_crowd(folder, runs)


def _library(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.figures import figure
    from benchmarks.library import measure_library

    return [
        figure(t.name, "ms", t.milliseconds, against=f"{t.against:g} ms", base=t.against)
        for t in measure_library(folder)
    ]


def _loops_256(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.loops import measure_loops

    return measure_loops((256,), (16,), runs)


def _loops(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.loops import measure_loops

    return measure_loops((256, 512), (16, 32), runs)


def _loops_gpu(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.loops import measure_on_gpu

    return measure_on_gpu((256, 512), (16, 32), runs)


def _memory(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.memory import measure_memory

    return measure_memory((512, 1024))


def _scores(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.scores import measure_scores

    return measure_scores(runs)


def _discord(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.load_discord import measure_discord_load

    return measure_discord_load(folder)


def _telegram(folder: Path, runs: int) -> Iterable[Figure]:
    from benchmarks.load_telegram import measure_telegram_load

    return measure_telegram_load(folder)


PARTS: dict[str, Part] = {
    "stories": measure_stories,
    "crowd": _crowd,
    "library": _library,
    "loops-256": _loops_256,
    "loops": _loops,
    "loops-gpu": _loops_gpu,
    "memory": _memory,
    "scores": _scores,
    "discord": _discord,
    "telegram": _telegram,
}
# What takes a few minutes together; the others are asked for by name.
USUAL = ("stories", "crowd", "library", "loops-256", "discord", "telegram")


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


def measure(parts: Iterable[str], runs: int) -> list[Figure]:
    """Measure some parts in private folders, telling on stderr which one is at work."""
    figures: list[Figure] = []
    for part in parts:
        sys.stderr.write(f"measuring {part} …\n")
        with tempfile.TemporaryDirectory(prefix="pw") as folder:
            figures += PARTS[part](Path(folder), runs)
    return figures


def main(
    parts: Annotated[
        list[str] | None, typer.Argument(help=f"What to measure, of {', '.join(PARTS)}.")
    ] = None,
    runs: Annotated[int, typer.Option(min=2, help="Repetitions of each figure.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """Measure and print, with the machine named; what is not asked for by name is the usual."""
    chosen = parts or list(USUAL)
    if unknown := [part for part in chosen if part not in PARTS]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(PARTS)}.")
    logging.disable(logging.WARNING)
    figures = measure(chosen, runs)
    if as_json:
        # JSON has no NaN.
        text = json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]})
        typer.echo(text.replace("NaN", "null"))
        return
    Console(width=None if sys.stdout.isatty() else 140).print(as_table(figures))


def as_table(figures: Iterable[Figure]) -> Table:
    """Lay figures out, what could not be measured with its reason."""
    table = Table(title=machine())
    for column in ("figure", "median", "lowest", "highest", "runs", "against", "ratio", "note"):
        left = column in {"figure", "against", "note"}
        table.add_column(column, justify="left" if left else "right")
    for f in figures:
        values = (f"{value:.2f} {f.unit}" for value in (f.median, f.lowest, f.highest))
        shown = (*values, str(f.runs), f.against, f"{f.ratio:.2f}") if f.runs else ("",) * 6
        table.add_row(f.name, *shown, f.note)
    return table


if __name__ == "__main__":
    typer.run(main)
