"""A sheet of pictures: drafts above, what optimisation makes of them below, with their captions."""

from __future__ import annotations

import textwrap
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine.evaluation.pictures import Outcome
from engine.image.picture import Pixels

_COLUMNS, _SIDE, _GAP, _TEXT = 5, 192, 8, 62
_PAPER, _INK, _WRONG = (250, 248, 244), (40, 40, 44), (176, 40, 40)


def make_sheet(outcome: Outcome, *, most: int = 40) -> Image.Image:
    """Return a sheet of at most ``most`` captions, in their order, with the judge's ranks."""
    count = min(most, len(outcome.painted))
    rows = -(-count // _COLUMNS)
    cell = _SIDE * 2 + _TEXT + _GAP
    size = (_COLUMNS * (_SIDE + _GAP) + _GAP, rows * (cell + _GAP) + _GAP)
    sheet = Image.new("RGB", size, _PAPER)
    for n in range(count):
        corner = (_GAP + n % _COLUMNS * (_SIDE + _GAP), _GAP + n // _COLUMNS * (cell + _GAP))
        _draw_cell(sheet, corner, outcome, n)
    return sheet


def save_sheet(outcome: Outcome, path: Path) -> None:
    """Write the sheet as PNG, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    make_sheet(outcome).save(part, format="PNG", optimize=True)
    part.replace(path)


def _draw_cell(sheet: Image.Image, corner: tuple[int, int], outcome: Outcome, n: int) -> None:
    x, y = corner
    painted = outcome.painted[n]
    for k, pixels in enumerate((painted.draft, painted.final)):
        sheet.paste(_small(pixels), (x, y + k * _SIDE))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=12)
    below = y + 2 * _SIDE + 4
    for line in textwrap.wrap(painted.caption, 31)[:3]:
        draw.text((x, below), line, fill=_INK, font=font)
        below += 14
    if outcome.drafts is not None and outcome.finals is not None:
        ranks = (int(outcome.drafts.rank[n]), int(outcome.finals.rank[n]))
        colour = _INK if ranks[1] == 1 else _WRONG
        draw.text((x, below), f"rank {ranks[0]}, then {ranks[1]}", fill=colour, font=font)


def _small(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels).resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
