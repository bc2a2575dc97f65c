"""Sprites cut from the colour emoji font, which Debian packages as ``fonts-noto-color-emoji``."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from engine.errors import EngineError

FONT_FILE = "NotoColorEmoji.ttf"
FONT_SIZE = 109  # the only size of the font's bitmaps
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


class FontMissingError(EngineError):
    """The emoji font is not installed; says how to install it."""

    def __init__(self, message: str) -> None:
        super().__init__("font_missing", message)


@cache
def find_font() -> Path:
    """Find the colour emoji font; raise ``FontMissingError`` where it is not installed."""
    named = os.environ.get("PAGEWRIGHT_EMOJI_FONT")
    if named and Path(named).is_file():
        return Path(named)
    for folder in _FONT_FOLDERS:
        for path in sorted(Path(folder).expanduser().rglob(FONT_FILE)):
            return path
    raise FontMissingError(
        f"{FONT_FILE} not found in {', '.join(_FONT_FOLDERS)}: install the package "
        "fonts-noto-color-emoji, or set PAGEWRIGHT_EMOJI_FONT to the file"
    )


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(find_font()), FONT_SIZE)


@cache
def emoji_sprite(emoji: str) -> Image.Image:
    """Draw one emoji in colour and crop it to what is opaque (RGBA, about 128 pixels)."""
    image = Image.new("RGBA", (300, 180), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((8, 16), emoji, font=_font(), embedded_color=True)
    box = image.getchannel("A").point(lambda a: 255 if a > 24 else 0).getbbox()
    if box is None:
        raise ValueError(f"the emoji font has no figure for {emoji!r}")
    return image.crop(box)
