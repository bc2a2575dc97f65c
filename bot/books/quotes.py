"""Typewriter's marks turned into a printer's: quotation marks, apostrophes, dashes, ellipses."""

from __future__ import annotations

import re

_STRAIGHT = re.compile("[\"']")
# What a quotation mark follows that opens something.
_OPENS_BEHIND = frozenset(" \n\u00a0([{<\u2014\u2013-/\u201c\u2018\u00ab\u201e")
# Words that begin with an apostrophe.
_CUT_OFF = re.compile(r"(?:tis|twas|twere|em|til|cause|bout|round|neath|n)\b|\d", re.IGNORECASE)
_DASHES = ((re.compile(r"(?<!-)--(?!-)"), "\u2014"), (re.compile(r"(?<= )-(?= )"), "\u2013"))
_DOTS = re.compile(r"(?<!\.)\.\.\.(?!\.)")


def typographic(text: str) -> str:
    """Return ``text`` with English quotation marks, apostrophes, dashes and ellipses.

    Marks that are typographic already stay; so do inch and foot marks behind a figure where no
    quotation is open.
    """
    for pattern, dash in _DASHES:
        text = pattern.sub(dash, text)
    text = _DOTS.sub("\u2026", text)
    if not _STRAIGHT.search(text):
        return text
    set_so_far: list[str] = []
    is_open = False
    for place, mark in enumerate(text):
        before = set_so_far[-1] if set_so_far else " "
        if mark == '"':
            mark = _double(before, is_open=is_open)
            is_open = mark == "\u201c" or (is_open and mark == '"')
        elif mark == "'":
            mark = _single(before, text[place + 1 :], is_open=is_open)
        set_so_far.append(mark)
    return "".join(set_so_far)


def _double(before: str, *, is_open: bool) -> str:
    if before in _OPENS_BEHIND:
        return "\u201c"
    return '"' if before.isdigit() and not is_open else "\u201d"


def _single(before: str, after: str, *, is_open: bool) -> str:
    if before.isdigit() and not is_open and not after[:1].isalpha():
        return "'"
    if before not in _OPENS_BEHIND or _CUT_OFF.match(after):
        return "\u2019"
    return "\u2018" if after[:1].strip() else "\u2019"
