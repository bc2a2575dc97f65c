"""Spelling: what is a word, and which known noun somebody meant who typed "elefant"."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path

from engine.text import nouns

_WORD = re.compile(r"[a-z]+")
_TYPED = re.compile(r"(?<![\w'-])[a-z]{5,}(?![\w'-])")
_LONG, _NEAR, _NEARER = 7, 0.8, 0.85


def words_of(*texts: str) -> frozenset[str]:
    """List the words of texts in lower case; "don't" is two."""
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


def is_word(word: str) -> bool:
    """Say whether a word in lower case is one that stories for children use."""
    plural = word.endswith("s") and not word.endswith("ss")
    return word in _known() or (plural and word[:-1] in _known())


@cache
def _known() -> frozenset[str]:
    text = Path(__file__).with_name("lexicon.txt").read_text("utf-8")
    listed = (line for line in text.splitlines() if not line.startswith("#"))
    return words_of(*listed, *nouns.KNOWN)


def spell_right(text: str) -> str:
    """Write the creatures and people of a wish as they are spelt: "elefant" -> "elephant".

    Only words that are none are touched, and only where one known noun begins alike and is near.
    """
    return _TYPED.sub(lambda match: _meant(match.group()), text)


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    if is_word(word):
        return word
    alike = sorted(noun for noun in nouns.ALIVE if noun[0] == word[0] and " " not in noun)
    cutoff = _NEAR if len(word) >= _LONG else _NEARER
    return next(iter(get_close_matches(word, alike, n=1, cutoff=cutoff)), word)
