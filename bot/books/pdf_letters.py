"""Letters of a PDF: the book's own font, or one of the system's for scripts that it lacks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont, TTLibError
from fpdf import FPDF

from bot.books.lettering import FONT_FAMILY, ITALIC, REGULAR, has_words, one_line, printable
from bot.books.sheet_letters import Letters, letters_for

PLAIN = Letters("")


class LetteredPDF(FPDF):  # type: ignore[misc]  # fpdf2 has no types
    """A document that knows in which letters the text at hand is set."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.add_font(FONT_FAMILY, "", REGULAR)
        self.add_font(FONT_FAMILY, "I", ITALIC)
        self._families = {REGULAR: FONT_FAMILY}
        self._family = FONT_FAMILY

    @contextmanager
    def written_in(self, letters: Letters) -> Iterator[None]:
        """Set all text in the font of ``letters`` as long as the context lasts."""
        before, self._family = self._family, self._family_of(letters.path)
        try:
            yield
        finally:
            self._family = before

    def set_letters(self, style: str, size: float) -> None:
        """Choose a size in points; italics are there in the book's own font alone."""
        own = self._family == FONT_FAMILY
        self.set_font(self._family, style if own else "", size)

    def _family_of(self, path: Path) -> str:
        if path not in self._families:
            self._families[path] = f"System {len(self._families)}"
            self.add_font(self._families[path], "", path)
        return self._families[path]


def pdf_letters(text: str, *, instead: str = "") -> Letters:
    """Return ``text`` in the book's font, in one of the system's, or ``instead`` of it."""
    letters = letters_for(text, instead=instead)
    if letters.path == REGULAR or _embeddable(letters.path):
        return letters
    printed = printable(one_line(text))
    return Letters(printed if has_words(printed) else printable(instead))


def runs_leftwards(text: str) -> bool:
    """Tell whether the first letter with a direction is of a script written right to left."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


@cache
def _embeddable(path: Path) -> bool:
    """Tell whether a font has TrueType outlines, the only ones that can be embedded as a subset."""
    try:
        with TTFont(str(path), lazy=True) as font:
            return path.suffix.lower() != ".ttc" and "glyf" in font
    except (OSError, TTLibError):
        return False
