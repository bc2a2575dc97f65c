"""Curves of a run: every figure of its log over time, as one PNG."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

Series = dict[str, list[tuple[float, float]]]


def read_series(log: Path) -> Series:
    """Read ``log.jsonl`` as points (minutes, value) of each figure; broken lines are left out."""
    series: Series = defaultdict(list)
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        minutes = float(row.pop("minutes", 0.0))
        for name, value in _figures(row):
            series[name].append((minutes, value))
    return dict(series)


def _figures(row: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _figures(value, f"{name} ")
        elif isinstance(value, int | float) and name not in ("step", "tokens", "done"):
            yield f"{prefix}{name}", float(value)


def draw_curves(log: Path, path: Path) -> bool:
    """Draw a log's curves beside each other; False where matplotlib or a curve is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    series = {name: points for name, points in read_series(log).items() if len(points) > 1}
    if not series:
        return False
    figure = Figure(figsize=(4 * len(series), 3), layout="constrained")
    for number, (name, points) in enumerate(sorted(series.items()), 1):
        axes = figure.add_subplot(1, len(series), number)
        axes.plot([x for x, _ in points], [y for _, y in points], linewidth=1)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("minutes", fontsize=8)
        axes.grid(alpha=0.3)
    part = path.with_name(f".{path.name}.part")
    figure.savefig(part, format="png", dpi=110)
    part.replace(path)
    return True
