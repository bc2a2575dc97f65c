"""A deed as its hero says it: "I lost my hat", and "you", of a wish's "loses her hat"."""

from __future__ import annotations

import re

_SPEAKER = re.compile(r"\b(I|[Ww]e|[Yy]ou)\b[^.!?,:;\"]*$")
_OWN = re.compile(r"\b(he|she|they|his|her|their|him|them|himself|herself|themselves)\b")
_FORMS = {
    "i": ("I", "my", "me", "myself"),
    "we": ("we", "our", "us", "ourselves"),
    "you": ("you", "your", "you", "yourself"),
}
_PLACE = {"he": 0, "she": 0, "they": 0, "his": 1, "her": 1, "their": 1, "him": 2, "them": 2,
          "himself": 3, "herself": 3, "themselves": 3}  # fmt: skip


def in_speech(deed: str, before: str) -> str:
    """Write a deed as whoever speaks ``before`` it means it, in an open quotation of I, we or you.

    "lost her hat" after '"I have' is "lost my hat"; outside of quotations nothing changes.
    """
    speaker = _SPEAKER.search(before)
    if speaker is None or before.count('"') % 2 == 0:
        return deed
    forms = _FORMS[speaker[1].lower()]

    def swapped(match: re.Match[str]) -> str:
        ends = match.end() == len(deed)
        return forms[2 if match[1] == "her" and ends else _PLACE[match[1]]]

    return _OWN.sub(swapped, deed)
