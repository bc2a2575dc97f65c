"""Pictures as they are sent: a blank sheet to begin with, small previews, finals within limits.

All of it is CPU work of some milliseconds: call it off the event loop.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFilter

PREVIEW_SIDE = 384
PREVIEW_BYTES = 64 * 1024
# Discord shows a small picture small; enlarged it is looked at, and a page keeps its size from the
# blank sheet to the end.
FINAL_LEAST = 512
_ENLARGED_QUALITY = 95
# What a picture that is too large becomes, one after the other: longest side, WebP quality.
_SMALLER = ((1024, 88), (640, 80), (384, 70))
_SHEET_SIDE = 384
_PAPER, _INK = (249, 244, 232), (196, 184, 158)


@dataclass(frozen=True)
class Art:
    """A picture to send; ``suffix`` names its kind, "png", "webp" or "jpg"."""

    data: bytes
    suffix: str


@cache
def blank_sheet() -> Art:
    """Return the picture of an empty page: what stands where a painting will be."""
    side = _SHEET_SIDE
    sheet = Image.new("RGB", (side, side), _PAPER)
    shade = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(shade)
    draw.rectangle((side // 12, side // 12, side * 11 // 12, side * 11 // 12), outline=150, width=2)
    for line in range(3):
        y = side * (5 + line) // 12
        draw.line((side // 4, y, side * (3 - line % 2) // 4 + line % 2 * side // 8, y), 130, 5)
    shade = shade.filter(ImageFilter.GaussianBlur(1.2))
    sheet.paste(Image.new("RGB", sheet.size, _INK), mask=shade)
    return Art(_webp(sheet, 82), "webp")


def preview(picture: bytes) -> Art:
    """Return a look at a painting that is at work, of one size however large that is."""
    with Image.open(io.BytesIO(picture)) as opened:
        fits = max(opened.size) == PREVIEW_SIDE and len(picture) <= PREVIEW_BYTES
        if fits and opened.format in ("WEBP", "JPEG"):
            return Art(picture, "webp" if opened.format == "WEBP" else "jpg")
        if max(opened.size) < PREVIEW_SIDE:
            return Art(_enlarged(opened, PREVIEW_SIDE, 80), "webp")
        return Art(_reduced(opened, PREVIEW_SIDE, 80), "webp")


def final(picture: bytes, *, limit: int, step: int = 0) -> Art | None:
    """Return a finished painting: as it is where it fits into ``limit`` bytes, else smaller.

    One below ``FINAL_LEAST`` pixels is enlarged. With each ``step`` it is smaller still; None where
    there is no smaller one.
    """
    if step == 0 and len(picture) <= limit:
        with Image.open(io.BytesIO(picture)) as opened:
            if max(opened.size) >= FINAL_LEAST:
                return Art(picture, _suffix(opened.format))
            enlarged = _enlarged(opened, FINAL_LEAST, _ENLARGED_QUALITY)
            kept = Art(picture, _suffix(opened.format))
            return Art(enlarged, "webp") if len(enlarged) <= limit else kept
    for side, quality in _SMALLER[max(0, step - 1) :]:
        with Image.open(io.BytesIO(picture)) as opened:
            data = _reduced(opened, side, quality)
        if len(data) <= limit:
            return Art(data, "webp")
    return None


def _enlarged(opened: Image.Image, side: int, quality: int) -> bytes:
    scale = side / max(opened.size)
    size = (max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))
    return _webp(opened.convert("RGB").resize(size, Image.Resampling.LANCZOS), quality)


def _reduced(opened: Image.Image, side: int, quality: int) -> bytes:
    image = opened.convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return _webp(image, quality)


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()


def _suffix(kind: str | None) -> str:
    return {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}.get(kind or "", "png")
