"""Measured figures: a median of repeated runs and what it is held against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure: its median over ``runs``, and what it is held against.

    ``ratio`` is the median over the baseline; at or below 1 it is within the target. ``note`` says
    in a few words what a reader needs to know, or why nothing was measured (``runs`` is 0 then).
    """

    name: str
    unit: str
    median: float
    lowest: float
    highest: float
    runs: int
    against: str
    ratio: float
    note: str = ""


def figure(
    name: str, unit: str, values: Sequence[float], *, against: str, base: float, note: str = ""
) -> Figure:
    """Sum up repeated measurements; ``ratio`` is the median over the named baseline."""
    median = statistics.median(values)
    ratio = median / base if base else float("nan")
    return Figure(
        name, unit, median, min(values), max(values), len(values), against, ratio, note
    )  # fmt: skip


def skipped(name: str, why: str) -> Figure:
    """Stand in for a figure that could not be measured here."""
    nothing = float("nan")
    return Figure(name, "", nothing, nothing, nothing, 0, "", nothing, f"skipped: {why}")
