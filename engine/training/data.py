"""Recipe of the pictures' data: scenes with layouts, for training and held out."""

from __future__ import annotations

from functools import partial

from rich.progress import Progress, TaskID

from engine.data.dataset import reduce_dataset, render_dataset
from engine.data.sheet import contact_sheet
from engine.machine import usable_cores
from engine.training.common import TrainOptions

COUNTS = {"cpu": 20_000, "gpu": 120_000}
HELD_OUT = 1_000
SIZE, SMALL = 256, 128


def train(options: TrainOptions) -> None:
    """Render ``data/scenes-256``, as many held out beside it as are measured on, and a sheet.

    The held-out scenes come from another seed. Both are kept reduced to 128 px as well, which CLIP
    learns from. A stopped run goes on where it stopped.
    """
    parts = (("scenes", COUNTS[options.preset], 0), ("scenes held out", HELD_OUT, 1))
    with Progress() as bar:
        for name, count, offset in parts:
            suffix = "-heldout" if offset else ""
            folder = options.data / f"scenes-{SIZE}{suffix}"
            task = bar.add_task(name, total=count)
            render_dataset(
                folder, count, options.seed + offset, usable_cores(), size=SIZE,
                progress=partial(_show, bar, task),
            )  # fmt: skip
            reduce_dataset(folder, options.data / f"scenes-{SMALL}{suffix}", size=SMALL)
            bar.update(task, completed=count)
    contact_sheet(options.seed).save(options.data / "scenes.jpg", quality=88)


def _show(bar: Progress, task: TaskID, ready: int, _total: int) -> None:
    bar.update(task, completed=ready)
