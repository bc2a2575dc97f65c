"""The picture that stands where one is not shown: plain paper with a closed eye."""

from __future__ import annotations

import io
import warnings
from functools import lru_cache

from PIL import Image, ImageDraw

_USUAL_SIDE = 256
_MOST_SIDE = 2048
_PAPER = (233, 226, 212)
_INK = (146, 134, 114)
_FINER = 4  # drawn larger, then reduced, for smooth lines


def blank_picture(instead_of: bytes) -> bytes:
    """Return a blank PNG of the size that a picture has, or of the usual one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(instead_of)) as picture:
                width, height = picture.size
    except Exception:  # decoders raise whatever a damaged file makes them raise
        width = height = _USUAL_SIDE
    return _drawn(min(width, _MOST_SIDE), min(height, _MOST_SIDE))


@lru_cache(maxsize=4)
def _drawn(width: int, height: int) -> bytes:
    sheet = Image.new("RGB", (width, height), _PAPER)
    side = max(8, min(width, height) // 3)
    eye = Image.new("RGB", (side * _FINER, side * _FINER), _PAPER)
    draw, unit = ImageDraw.Draw(eye), side * _FINER / 24
    line = max(1, round(1.4 * unit))
    draw.arc((2 * unit, -4 * unit, 22 * unit, 14 * unit), 25, 155, _INK, line)
    for x, y, dx, dy in ((5.5, 11.5, -2, 3), (12, 14, 0, 3.6), (18.5, 11.5, 2, 3)):
        draw.line((x * unit, y * unit, (x + dx) * unit, (y + dy) * unit), _INK, line)
    eye = eye.resize((side, side), Image.Resampling.LANCZOS)
    sheet.paste(eye, ((width - side) // 2, (height - side) // 2))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
