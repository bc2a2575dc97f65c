"""How a story is laid out as tokens: the wish, then each page's text and its picture prompt.

``<|wish|>A small dragon<|style|>storybook<|pages|>4<|page|>1/4<|text|>Once ...<|picture|>a dragon
in a cave<|page|>2/4 ... <|end|>``. A ``<|direction|>`` before a page says what happens from there.
"""

from __future__ import annotations

import re
import unicodedata

from tokenizers import Tokenizer

WISH, STYLE, PAGES = "<|wish|>", "<|style|>", "<|pages|>"
PAGE, TEXT, PICTURE = "<|page|>", "<|text|>", "<|picture|>"
DIRECTION, END, PAD = "<|direction|>", "<|end|>", "<|pad|>"
CONTROLS = (PAD, END, WISH, STYLE, PAGES, PAGE, TEXT, PICTURE, DIRECTION)

FEWEST_PAGES, MOST_PAGES = 2, 8
"""Lengths of story that the model has seen; others are shown to it as the nearest."""

STYLES = ("storybook", "tiny", "simple", "fable", "picturebook", "tale")
"""Kinds of prose the model was trained on; ``storybook`` is the project's own and the default."""

_PUNCTUATION = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00df": "ss", "\u00e6": "ae", "\u00f8": "o",
    "\u0153": "oe", "\u0142": "l", "\u00d8": "O", "\u00c6": "AE",
})  # fmt: skip


def token_id(tokenizer: Tokenizer, control: str) -> int:
    """Return a control token's number; the loader has made sure that there is one."""
    number = tokenizer.token_to_id(control)
    if number is None:
        raise KeyError(control)
    return number


def header(*, wish: str, style: str, pages: int) -> str:
    """Write what stands before the first page."""
    return f"{WISH}{wish}{STYLE}{style}{PAGES}{pages}"


def page_opening(*, number: int, pages: int, direction: str | None = None) -> str:
    """Write what stands before a page's text; ``direction`` says what shall happen now."""
    turn = f"{DIRECTION}{direction}" if direction else ""
    return f"{turn}{PAGE}{number}/{pages}{TEXT}"


def page_body(*, text: str, prompt: str) -> str:
    """Write a page's text and, where it has one, its picture prompt."""
    return f"{text}{PICTURE}{prompt}" if prompt else text


def fold(text: str, *, limit: int = 300) -> str:
    """Fold what a user typed to the plain letters the model knows, on one line, without controls.

    Accents and typographic quotes become ASCII, other scripts are dropped; at most ``limit``
    characters, cut at a word.
    """
    text = re.sub(r"<\|[^|]*\|>", " ", text.translate(_PUNCTUATION))
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    text = re.sub(r"\s+", " ", re.sub(r"[^\x20-\x7e]", " ", text)).strip()
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]
