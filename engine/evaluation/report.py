"""Figures as people read them: a table on a terminal, plain lines elsewhere, JSON in a file."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from engine.evaluation.measures import Share
from engine.evaluation.pictures import JudgeFigures, PictureFigures

Line = tuple[str, str]


def picture_lines(figures: PictureFigures) -> list[Line]:
    """Return the figures of the pictures as pairs of what was measured and the value."""
    times = figures.times
    return [
        ("pictures", f"{figures.count} captions at {figures.side} px, {figures.steps} steps, "
                     f"seed {figures.seed}"),
        *(_judge_lines(figures.judge) if figures.judge else [("judge", "left out")]),
        ("PSNR of the VQGAN, held-out scenes", f"{figures.psnr:.2f} dB"),
        *_found_lines("CLIP (guide)", figures.found),
        ("seconds a draft", f"{times.draft:.2f}"),
        ("seconds a picture, four side by side", f"{times.picture:.1f}"),
        ("seconds for four pictures, the slowest", f"{times.book:.1f}"),
    ]  # fmt: skip


def _judge_lines(judge: JudgeFigures) -> Iterator[Line]:
    for name, way in judge.ways.items():
        yield f"R-precision@1 of {judge.captions}, {name}", share_text(way.right)
    for name, way in judge.ways.items():
        yield f"mean cosine by the judge, {name}", f"{way.score:.3f}"
    for name, way in judge.ways.items():
        yield f"Fréchet distance (judge's features, not Inception), {name}", _number(way.frechet)
    yield "Fréchet distance of as many held-out scenes", _number(judge.floor)
    yield "wrong drafts that optimisation mends", share_text(judge.mended)
    yield "right drafts that optimisation breaks", share_text(judge.broken)
    for name, effect in judge.effects.items():
        yield (
            f"optimisation of {name}, mean cosine",
            f"{effect.before:.3f} \u2192 {effect.after:.3f}, better: {share_text(effect.better)}",
        )
    yield from _found_lines("judge itself", judge.found)


def _found_lines(name: str, found: dict[str, float]) -> list[Line]:
    return [
        (f"{name}: R@1 of 256, text to picture", f"{found['text_to_image']:.3f}"),
        (f"{name}: R@1 of 256, picture to text", f"{found['image_to_text']:.3f}"),
        (f"{name}: the same with mush among the choices", f"{found['text_to_image_mush']:.3f}"),
    ]


def share_text(share: Share) -> str:
    """Say a share with its count and interval: "0.62 (62 of 100, 95 %: 0.52-0.71)"."""
    if not share.count:
        return "none to count"
    low, high = share.interval
    return f"{share.value:.2f} ({share.hits} of {share.count}, 95 %: {low:.2f}\u2013{high:.2f})"


def _number(value: float) -> str:
    return "too few pictures" if math.isnan(value) else f"{value:.4f}"


def text_lines(figures: Any) -> list[Line]:
    """Return the figures of the prose: each field of their dataclass by its name."""
    plain = as_plain(figures)
    return [(name.replace("_", " "), _plain_text(value)) for name, value in plain.items()]


def _plain_text(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_plain(value: Any) -> Any:
    """Turn figures into what JSON holds; shares tell their value and interval, too."""
    if isinstance(value, Share):
        return asdict(value) | {"value": value.value, "interval": list(value.interval)}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def show(lines: Sequence[Line], *, title: str) -> None:
    """Print lines: as a table on a terminal, else as "what: value"."""
    if not sys.stdout.isatty():
        for what, value in lines:
            print(f"{what}: {value}")
        return
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for what, value in lines:
        table.add_row(what, value)
    Console().print(table)


def write_json(figures: Any, path: Path) -> None:
    """Write figures as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    text = json.dumps(as_plain(figures), indent=2, ensure_ascii=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
