"""The book's own letters: clean text, what the font can print, and subsets for the page."""

from __future__ import annotations

import io
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

from bot.books.quotes import typographic

FONT_FAMILY = "EB Garamond"
REGULAR = Path(__file__).parent / "fonts" / "EBGaramond-Regular.ttf"
ITALIC = Path(__file__).parent / "fonts" / "EBGaramond-Italic.ttf"
FLEURON = "\N{ROTATED FLORAL HEART BULLET}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
# What a book may hold beside the letters that were written.
MARKS = FLEURON + "·–—…“”‘’"

_SPACES = re.compile(r"[^\S\n]+")
_BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTED = {"So", "Sk", "Sc", "Sm", "Cn", "Co", "Mn", "Me"}


def clean(text: str) -> str:
    """Return ``text`` in NFC without control characters, bidi overrides or lone surrogates.

    Noncharacters, which no HTML or XML may hold, are left out as well.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    text = unicodedata.normalize("NFC", re.sub(r"[\r\v\f\u2028\u2029]", "\n", text))
    kept = (c for c in text.replace("\t", " ") if c == "\n" or unicodedata.category(c) != "Cc")
    kept = (c for c in kept if c not in _BIDI_CONTROLS and not _is_noncharacter(ord(c)))
    return _SPACES.sub(" ", "".join(kept)).strip()


def paragraphs(text: str) -> list[str]:
    """Split prose, cleaned and in a printer's marks, at its line breaks; "" gives nothing."""
    parts = typographic(clean(text)).split("\n")
    return [part.strip() for part in parts if part.strip()]


def one_line(text: str) -> str:
    """Return ``text`` cleaned, with line breaks turned into spaces."""
    return " ".join(paragraphs(text))


def printable(text: str) -> str:
    """Return ``text`` in characters the font has.

    Emoji and other symbols are left out, letters are simplified where Unicode knows how, and
    a run of letters of a script that the font lacks becomes one ellipsis.
    """
    text = clean(text)
    printed = "".join(_printed(char) for char in text)
    if printed == text:
        return text
    printed = re.sub(r"\ufffc(?:[ \ufffc]*\ufffc)?", ELLIPSIS, printed)
    printed = re.sub(r" +([,.;:!?])", r"\1", _SPACES.sub(" ", printed))
    return re.sub(r" *\n *", "\n", printed).strip()


def has_words(text: str) -> bool:
    """Tell whether any letter or digit is left to read in ``text``."""
    return any(char.isalnum() for char in text)


@lru_cache(maxsize=4)
def subset_woff(font: Path, text: str) -> bytes:
    """Return a WOFF font with only the glyphs that ``text`` needs, kerning and ligatures kept."""
    options = Options(flavor="woff", layout_features=["kern", "liga", "mark", "mkmk", "ccmp"])
    options.hinting = False
    loaded = load_font(str(font), options)
    subsetter = Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(loaded)
    out = io.BytesIO()
    save_font(loaded, out, options)
    return out.getvalue()


def _is_noncharacter(code: int) -> bool:
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _printed(char: str) -> str:
    if unicodedata.category(char) == "Cf":  # joiners and marks that are meant to be invisible
        return ""
    if char in " \n" or ord(char) in _coverage():
        return char
    simpler = [c for c in unicodedata.normalize("NFKD", char) if ord(c) in _coverage()]
    if simpler:
        return "".join(simpler)
    return "" if unicodedata.category(char) in _UNPRINTED else "\ufffc"


@cache
def _coverage() -> frozenset[int]:
    """Return the code points that both the regular and the italic have."""
    fonts = (load_font(str(path), Options(), lazy=True) for path in (REGULAR, ITALIC))
    return frozenset.intersection(*(frozenset(font.getBestCmap()) for font in fonts))
