"""Titles for books, made from the wish."""

from __future__ import annotations

import re

_LEADS = re.compile(
    r"^(?:(?:please|hey|hi|hello|can you|could you|would you|i want|i would like|i'd like|"
    r"i wish for|tell|write|make|give|me|us|once upon a time|once|about|"
    r"there (?:was|is|were|lived)|"
    r"(?:an?|the) (?:short |little |bedtime |good night |funny |nice )?(?:story|tale|book)"
    r"(?: about| of| with| where| in which)?|stor(?:y|ies)(?: about| of)?)\b[\s,:]*)+",
    re.IGNORECASE,
)
_SMALL = frozenset(
    (
        "a",
        "an",
        "and",
        "as",
        "at",
        "but",
        "by",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
    )
)
_PAST = {"is": "Was", "are": "Were", "has": "Had", "wants": "Wanted", "cannot": "Could Not",
         "can't": "Couldn't", "does": "Did", "have": "Had"}  # fmt: skip
_LONGEST = 64


def make_title(idea: str) -> str:
    """Make a short title: "A small dragon who is afraid" -> "The Small Dragon Who Was Afraid".

    Never empty; any script is kept as it was typed, cut at a word after 64 characters.
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in idea).split())
    text = re.split(r"(?<=\w[.!?]) +", _LEADS.sub("", text) or text)[0]
    text = text.strip(" .,!;:-\"'")
    words = text.split(" ")
    if words[0].lower() in ("a", "an") and len(words) > 1:
        words[0] = "The"
    elif len(words) == 1 and words[0].isascii() and words[0].islower():
        words = ["The", *words]
    titled = [_titled(words, i) for i in range(len(words))]
    return _cut(" ".join(word for word in titled if word)) or "A Story"


def _titled(words: list[str], i: int) -> str:
    word = words[i]
    if i and words[i - 1].lower() == "who" and word.lower() in _PAST:
        return _PAST[word.lower()]
    if 0 < i < len(words) - 1 and word.lower() in _SMALL:
        return word.lower()
    return word[:1].upper() + word[1:]


def _cut(title: str) -> str:
    if len(title) <= _LONGEST:
        return title
    kept = title[:_LONGEST].rsplit(" ", 1)[0]
    while kept.split(" ")[-1].lower() in _SMALL and " " in kept:
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip(" ,;:-") + "..."
