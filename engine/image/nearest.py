"""The nearest known thing to a word outside the vocabulary, without any model.

A table by hand leads from some two thousand everyday words to what is drawn for them; then comes
what a word ends in ("swordfish" is a fish), then its spelling ("drgon"), then whether it may name a
person ("drummer"). What is drawn is then not the thing itself, but nearer to it than a hero by lot.
"""

from __future__ import annotations

import difflib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from engine.image.vocabulary import SUBJECTS, place_words, synonyms
from engine.image.words import singular

TABLE = Path(__file__).with_name("nearest.txt")
_ALIKE = 0.8  # share of letters in common, below which nothing is a misspelling
_NO_NOUN_ENDINGS = ("ed", "ing", "ly", "est")
_SHORTEST_ENDING = 4
_SHORT_ENDINGS = ("cat", "dog", "hen", "bee", "pig", "cow", "fox")
_ENDINGS = {
    "saurus": "dinosaur", "ceratops": "rhino", "dactyl": "dragon", "berry": "strawberry",
    "flower": "flower", "fish": "fish", "bird": "bird", "tree": "tree", "boat": "boat",
    "ship": "ship", "house": "house", "snake": "snake", "plane": "airplane", "bike": "bicycle",
    "fly": "butterfly", "worm": "worm", "cake": "cake", "book": "book", "bug": "beetle",
}  # fmt: skip
_WOMEN = ("woman", "lady", "girl", "mistress", "queen")
_MEN = ("man", "master", "boy", "father")
_PERSON_ENDINGS = (
    "er", "or", "ist", "ian", "eer", "smith", "keeper", "maker", "monger", "wright", "ant",
)  # fmt: skip


@dataclass(frozen=True)
class Kin:
    """Words outside the vocabulary, each with the name of what is nearest to it.

    ``correct`` are ordinary words that only look like misspelt names.
    """

    subjects: Mapping[str, str]
    places: Mapping[str, str]
    times: Mapping[str, str]
    weathers: Mapping[str, str]
    colours: Mapping[str, str]
    needs_article: frozenset[str]
    correct: frozenset[str]


@cache
def kin() -> Kin:
    """Read the table, once."""
    tables: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = tables.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            name, _, words = line.rpartition(":")
            section |= {word.strip(): name for word in words.split(",") if word.strip()}
    names = ("subjects", "places", "times", "weathers", "colours")
    subjects, places, times, weathers, colours = (tables[name] for name in names)
    needs_article = frozenset(tables["need an article"])
    correct = frozenset(tables["not misspelt"])
    return Kin(subjects, places, times, weathers, colours, needs_article, correct)


def subject_by_ending(word: str) -> str | None:
    """Return the subject that an unknown word ends in: "swordfish" -> "fish"."""
    for ending, name in _ENDINGS.items():
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return name
    for at in range(2, len(word) - 2):
        part = word[at:].strip("-")
        long = len(part) >= _SHORTEST_ENDING or (part in _SHORT_ENDINGS and at > 2)
        if long and part in synonyms():
            return synonyms()[part]
    return None


def person_by_ending(word: str) -> str | None:
    """Return "woman" or "man" for a word made like those for people and their work."""
    if word.endswith(_WOMEN) or (word.endswith("ess") and not word.endswith("ness")):
        return "woman"
    if word.endswith(_MEN):
        return "man"
    if len(word) > 4 and word.endswith(_PERSON_ENDINGS):
        return ("woman", "man")[zlib.crc32(word.encode()) % 2]
    return None


def person_by_name(name: str) -> str:
    """Return who is drawn for a proper name: nobody knows, so a girl for "Mira", else a child."""
    return "girl" if name.endswith("a") else "child"


@cache
def _spellings() -> dict[str, list[str]]:
    """Return all single words that may be misspelt, by their first letter."""
    words = {*synonyms(), *place_words(), *kin().subjects, *kin().places}
    first: dict[str, list[str]] = {}
    for word in sorted(w for w in words if w.isalpha() and len(w) >= 4):
        first.setdefault(word[0], []).append(word)
    return first


@lru_cache(maxsize=4096)
def by_spelling(word: str) -> str | None:
    """Return the one word of the vocabulary or the table that a misspelt word must mean, or None.

    The first letter must be right, and one letter wrong, missing, too many or swapped with the next
    (two from eight letters on); words of four letters may only have two letters swapped, for too
    many others are like them.
    """
    base = singular(word)
    if {word, base} & kin().correct or len(base) < 4 or word.endswith(_NO_NOUN_ENDINGS):
        return None
    pool = _spellings().get(base[0], [])
    close = difflib.get_close_matches(base, pool, n=4, cutoff=_ALIKE)
    allowed = 2 if len(base) >= 8 else 1
    fitting = [w for w in close if w != base and _edits(base, w) <= allowed]
    if len(base) == 4:
        fitting = [w for w in pool if sorted(w) == sorted(base) and _edits(base, w) == 1]
    known = [w for w in fitting if w in SUBJECTS] or fitting
    return known[0] if known else None


def _edits(first: str, second: str) -> int:
    """Count letters wrong, missing, too many or swapped (optimal string alignment distance)."""
    last: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        before, last, row = last, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
    return row[-1]
