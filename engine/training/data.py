"""Recipe of the pictures' data: scenes with layouts, for training and held out."""

from __future__ import annotations

import time
from functools import partial

from rich.progress import Progress, TaskID

from engine.data.dataset import reduce_dataset, render_dataset
from engine.data.sheet import contact_sheet
from engine.errors import EngineError
from engine.machine import usable_cores
from engine.training.common import STOP, TrainOptions

COUNTS = {"cpu": 20_000, "gpu": 120_000}
HELD_OUT = 1_000
SIZE, SMALL = 256, 128
# Of a budget in minutes, what has gone when the held-out scenes and then all scenes must be ready.
_HELD_OUT_BY, _ALL_BY = 0.15, 0.85


def train(options: TrainOptions) -> None:
    """Render ``data/scenes-256``, as many held out beside it as are measured on, and a sheet.

    The held-out scenes come from another seed. Both are kept reduced to 128 px as well, which CLIP
    learns from. A stopped run goes on where it stopped; one with a budget in minutes renders as
    many scenes as it has time for.
    """
    started = time.monotonic()
    parts = (
        ("scenes held out", HELD_OUT, 1, _HELD_OUT_BY),
        ("scenes", COUNTS[options.preset], 0, _ALL_BY),
    )
    with Progress() as bar:
        for name, count, offset, share in parts:
            suffix = "-heldout" if offset else ""
            folder = options.data / f"scenes-{SIZE}{suffix}"
            task = bar.add_task(name, total=count)
            ready = render_dataset(
                folder, count, options.seed + offset, usable_cores(), size=SIZE,
                progress=partial(_show, bar, task),
                until=partial(_is_over, options.minutes, started, share),
            )  # fmt: skip
            if not ready:
                raise EngineError("too_short", f"{folder}: no scene was ready in that time.")
            small = options.data / f"scenes-{SMALL}{suffix}"
            reduce_dataset(folder, small, size=SMALL, processes=usable_cores())
            bar.update(task, completed=count)
    contact_sheet(options.seed).save(options.data / "scenes.jpg", quality=88)


def _is_over(minutes: float | None, started: float, share: float) -> bool:
    # What is ready stays there for the next time, but is no whole data set.
    if STOP.is_set():
        raise EngineError("stopped", "stopped; the same command goes on with the scenes")
    return minutes is not None and time.monotonic() - started > share * minutes * 60


def _show(bar: Progress, task: TaskID, ready: int, _total: int) -> None:
    bar.update(task, completed=ready)
