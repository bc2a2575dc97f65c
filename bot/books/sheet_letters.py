"""Letters on a contact sheet: a font that has them, and lines that fit."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError
from PIL import ImageFont, features

from bot.books.lettering import ELLIPSIS, REGULAR, clean, has_words, one_line, printable

# Fonts of the system are only looked at for scripts that the book's own font lacks.
MOST_FONTS = 300
_WIDE_FONTS = ("notosanscjk", "dejavusans.", "notosans-regular", "unifont", "arialuni", "pingfang")
_RIGHT_TO_LEFT = {"R", "AL"}


@dataclass(frozen=True)
class Letters:
    """A text as it can be drawn, and the font file (with its face's number) that has it all."""

    text: str
    path: Path = REGULAR
    face: int = 0

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        """Return the font in a size, in pixels."""
        return load_font(self.path, self.face, size)


@lru_cache(maxsize=64)
def load_font(path: Path, face: int, size: int) -> ImageFont.FreeTypeFont:
    """Return a font ready to draw with."""
    return ImageFont.truetype(str(path), size, index=face)


def letters_for(text: str, *, instead: str) -> Letters:
    """Return ``text`` in the book's font, in one of the system's, or ``instead`` of it.

    Symbols such as emoji are left out where the font lacks them.
    """
    line = one_line(text)
    printed = printable(line)
    wanted = {ord(char) for char in line if char.isalnum()}
    # An ellipsis that was not there before stands for words that the book's font cannot print.
    if has_words(printed) and printed.count(ELLIPSIS) <= line.count(ELLIPSIS):
        return Letters(printed)
    for path, face in _system_faces() if _can_shape(line) else ():
        if wanted and wanted <= (glyphs := _glyphs(path, face)):
            kept = "".join(char for char in line if ord(char) in glyphs)
            return Letters(clean(kept), path, face)
    return Letters(printed if has_words(printed) else printable(instead))


def wrap(letters: Letters, *, size: int, width: int, lines: int) -> list[str]:
    """Return up to ``lines`` lines at most ``width`` pixels wide; what is too much ends in "…"."""
    font = letters.font(size)
    wrapped: list[str] = []
    rest = letters.text.strip()
    while rest and len(wrapped) < lines:
        line, rest = _split(rest, font, width)
        wrapped.append(line)
    if rest:
        wrapped[-1] = _shortened(f"{wrapped[-1]} {rest}", font, width)
    return wrapped


def _split(text: str, font: ImageFont.FreeTypeFont, width: int) -> tuple[str, str]:
    """Return a line that fits, broken at a space if it can be, and what is left."""
    if font.getlength(text) <= width:
        return text, ""
    fits = _longest(text, font, width)
    space = text.rfind(" ", 0, fits + 1)
    end = space if space > 0 else fits
    return text[:end].rstrip(), text[end:].lstrip()


def _shortened(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    room = width - int(font.getlength(ELLIPSIS)) - 1
    return text[: _longest(text, font, room)].rstrip(" ,.;:-") + ELLIPSIS


def _longest(text: str, font: ImageFont.FreeTypeFont, width: int) -> int:
    """Return how many characters fit, one at least; a mark stays with its letter."""
    low, high = 1, min(len(text), 400)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= width else (low, middle - 1)
    while 1 < low < len(text) and unicodedata.category(text[low]).startswith("M"):
        low -= 1
    return low


def _can_shape(text: str) -> bool:
    # Without Raqm, Pillow would draw Arabic or Hebrew from the wrong end.
    turns = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
    return not turns or bool(features.check("raqm"))


@cache
def _system_faces() -> tuple[tuple[Path, int], ...]:
    """Return the system's plain faces, those with many scripts first."""
    found = [path for folder in _font_folders() for path in _font_files(folder)]
    plain = (p for p in found if not any(w in p.stem.lower() for w in ("bold", "italic", "obliq")))
    ranked = sorted(plain, key=lambda path: (_rank(path.name.lower()), path.name))
    return tuple((path, 0) for path in ranked[:MOST_FONTS])


def _rank(name: str) -> int:
    return next((n for n, wide in enumerate(_WIDE_FONTS) if name.startswith(wide)), 99)


def _font_files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith((".ttf", ".otf", ".ttc")):
                yield Path(root) / name


def _font_folders() -> tuple[Path, ...]:
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts"), Path("/Library/Fonts"))
    if sys.platform == "win32":
        return (Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",)
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / "fonts")


@cache
def _glyphs(path: Path, face: int) -> frozenset[int]:
    """Return the code points of a face; none for a file that is no sound font."""
    try:
        if path.suffix.lower() == ".ttc":
            with TTCollection(str(path), lazy=True) as collection:
                return frozenset(collection.fonts[face].getBestCmap() or {})
        with TTFont(str(path), lazy=True) as font:
            return frozenset(font.getBestCmap() or {})
    except (OSError, TTLibError, KeyError, AssertionError, ValueError):
        return frozenset()
