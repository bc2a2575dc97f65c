"""Pictures as terminal text: two pixels a character, or the terminal's own image protocol."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from functools import lru_cache

from PIL import Image

from bot.console.terminal import Depth, Graphics

RESET = "\x1b[0m"
UPPER_HALF = "▀"
_CUBE = (0, 95, 135, 175, 215, 255)
_KITTY_CHUNK = 4096

RGB = tuple[int, int, int]


def open_picture(image: bytes) -> Image.Image | None:
    """Decode a picture to RGB; None where the bytes are none."""
    try:
        return Image.open(io.BytesIO(image)).convert("RGB")
    except (OSError, ValueError):
        return None


def fit(picture: Image.Image, columns: int, rows: int) -> tuple[int, int]:
    """Return the columns and rows a picture fills inside a box; a cell is twice as high as wide."""
    width, height = picture.size
    scale = min(columns / width, 2 * rows / height)
    return max(1, int(width * scale + 1e-6)), max(1, int(height * scale / 2 + 1e-6))


def half_blocks(picture: Image.Image, columns: int, rows: int, *, depth: Depth) -> tuple[str, ...]:
    """Draw a picture as ``rows`` lines of ``▀``: the upper pixel in front, the lower behind."""
    small = picture
    if picture.size != (columns, 2 * rows):
        small = picture.resize((columns, 2 * rows), Image.Resampling.LANCZOS)
    pixels = _rows_of_pixels(small)
    return tuple(_line(upper, lower, depth) for upper, lower in zip(pixels, pixels, strict=True))


@lru_cache(maxsize=4096)
def nearest_256(colour: RGB) -> int:
    """Return the nearest of the 240 fixed colours of a 256-colour terminal."""
    cube = tuple(min(range(6), key=lambda i: abs(_CUBE[i] - channel)) for channel in colour)
    grey = min(23, max(0, round((sum(colour) / 3 - 8) / 10)))
    in_cube = (_CUBE[cube[0]], _CUBE[cube[1]], _CUBE[cube[2]])
    level = 8 + 10 * grey
    if _distance(colour, (level, level, level)) < _distance(colour, in_cube):
        return 232 + grey
    return 16 + 36 * cube[0] + 6 * cube[1] + cube[2]


def protocol_image(
    picture: Image.Image, columns: int, rows: int, *, graphics: Graphics, number: int = 0
) -> str:
    """Return the escape sequence that draws a picture at the cursor, which stays where it is.

    ``number`` names the picture for kitty: the same number replaces the one drawn before; 0 names
    none, so that it stays.
    """
    encoded = base64.b64encode(_png(picture)).decode("ascii")
    if graphics == "iterm2":
        return (
            f"\x1b7\x1b]1337;File=inline=1;width={columns};height={rows};"
            f"preserveAspectRatio=0:{encoded}\x07\x1b8"
        )
    name = f"i={number},p=1," if number else ""
    head = f"a=T,f=100,{name}c={columns},r={rows},C=1,q=2,"
    chunks = [encoded[i : i + _KITTY_CHUNK] for i in range(0, len(encoded), _KITTY_CHUNK)]
    return "".join(
        f"\x1b_G{head if i == 0 else ''}m={int(i < len(chunks) - 1)};{chunk}\x1b\\"
        for i, chunk in enumerate(chunks)
    )


def _rows_of_pixels(picture: Image.Image) -> Iterator[list[RGB]]:
    data, stride = picture.tobytes(), 3 * picture.width
    for start in range(0, len(data), stride):
        row = data[start : start + stride]
        yield list(zip(row[0::3], row[1::3], row[2::3], strict=True))


def _line(upper: list[RGB], lower: list[RGB], depth: Depth) -> str:
    parts: list[str] = []
    front: RGB | None = None
    back: RGB | None = None
    for above, below in zip(upper, lower, strict=True):
        codes = []
        if above != front:
            codes.append(_colour(38, above, depth))
        if below != back:
            codes.append(_colour(48, below, depth))
        if codes:
            parts.append(f"\x1b[{';'.join(codes)}m")
        parts.append(UPPER_HALF)
        front, back = above, below
    return "".join(parts) + RESET


def _colour(plane: int, colour: RGB, depth: Depth) -> str:
    if depth == "256":
        return f"{plane};5;{nearest_256(colour)}"
    return f"{plane};2;{colour[0]};{colour[1]};{colour[2]}"


def _distance(one: RGB, other: RGB) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
