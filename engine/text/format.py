"""How a story is laid out as tokens: the wish, then each page's text and its picture prompt.

``<|wish|><|H|>a fox who is afraid of<|X|>the dark<|plot-fear|><|pages|>4<|page|>1/4<|plot-fear|>
<|beat-begin|><|text|>Once ...<|picture|><|hero-looks|> in a cave<|page|>2/4 ... <|end|>``, with
roles for who and what the story is about. The plot stays the same and is said again at each page.
A ``<|direction|>`` before a page says what happens from there.
"""

from __future__ import annotations

import re
import unicodedata

from tokenizers import Tokenizer

WISH, PAGES = "<|wish|>", "<|pages|>"
PAGE, TEXT, PICTURE = "<|page|>", "<|text|>", "<|picture|>"
DIRECTION, END, PAD = "<|direction|>", "<|end|>", "<|pad|>"
CONTROLS = (PAD, END, WISH, PAGES, PAGE, TEXT, PICTURE, DIRECTION)

MOST_PAGES = 8
"""The longest story that the model has seen; longer ones are shown to it as this long."""

STYLES = ("tiny", "simple", "fable", "picturebook", "tale")
"""Kinds of prose of the corpus; they stand where the project's own stories name their plot."""

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


def plot_token(name: str) -> str:
    """Return the control token of a plot, or of a kind of prose."""
    return f"<|plot-{name}|>"


def header(*, wish: str, plot: str, pages: int) -> str:
    """Write what stands before the first page; ``wish`` is marked with roles or pointers."""
    return f"{WISH}{wish}{plot_token(plot)}{PAGES}{pages}"


def page_opening(
    *, number: int, pages: int, plot: str = "", beat: str = "", direction: str | None = None
) -> str:
    """Write what stands before a page's text; ``direction`` says what shall happen now.

    Pages that are only read again have neither ``plot`` nor ``beat``: nobody knows them any more.
    """
    turn = f"{DIRECTION}{direction}" if direction else ""
    named = plot_token(plot) if plot else ""
    return f"{turn}{PAGE}{number}/{pages}{named}{f'<|beat-{beat}|>' if beat else ''}{TEXT}"


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
