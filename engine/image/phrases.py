"""Small words around nouns: articles, adjectives, numbers, prepositions, colours; and a mention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.image.nearest import kin
from engine.image.vocabulary import COLOUR_WORDS, COLOURS, TIME_WORDS, WEATHER_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACE_LEADS = _words(
    "in on at by near under through into inside across over above along beside from to of around "
    "among behind beneath below outside towards toward within onto beyond"
)
LEADS_OF: dict[str, frozenset[str]] = {
    "castle": _words("in at by inside into near outside from of around"),
    "moon": frozenset(("on", "to")),
    "cloud": frozenset(("above", "among", "over", "in", "through")),
    "house": frozenset(("in", "inside", "into", "at")),
}
WORLDS = frozenset(("moon", "space", "underwater"))  # where there may be gardens and kitchens, too
SELDOM_NOUNS = frozenset(
    ("well", "rose", "bow", "ring", "duck", "present", "bat", "coach", "vet", "rainbow")
)
BACKDROPS = frozenset(("star", "rainbow"))  # "under the stars" tells a time, "under a rainbow"
ABOVE = frozenset(("under", "beneath", "below"))  # a weather, and neither a figure
ARTICLES = _words("a an the his her its their my our your this that these those some another each")
ADJECTIVES = _words(
    "old big small little dark deep green great tiny huge snowy sunny quiet lonely wide empty tall "
    "high misty foggy rainy busy cosy cozy pretty frozen rocky warm cold far away starry lovely "
    "wild enchanted magic magical haunted happy sad brave shy sleepy young friendly baby"
)
FILLERS = ARTICLES | ADJECTIVES
NUMBERS: dict[str, int] = {
    "one": 1, "two": 2, "both": 2, "pair": 2, "couple": 2, "twin": 2, "three": 3, "few": 3,
    "several": 3, "many": 3, "group": 3, "herd": 3, "flock": 3, "family": 3, "four": 4, "five": 5,
    "six": 5, "seven": 5, "eight": 5, "nine": 5, "ten": 5, "dozen": 5, "hundred": 5, "some": 2,
}  # fmt: skip
NO_NOUNS = FILLERS | PLACE_LEADS | frozenset(NUMBERS) | _words(
    "and or but with without while as is are was were be been who which that when where then than "
    "so too very not no his him they them he she it we you i me us have has had do does did for up "
    "down out off about like just there here now once upon time made make makes goes went come "
    "comes look looks looking sit sits sitting stand stands standing wait waits waiting next left "
    "right middle centre center front side top bottom end picture painting drawing photo image "
    "story page scene style illustration"
)  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A name found in a text: words ``start`` to ``end`` (exclusive) of its words.

    ``exact`` says whether the word itself is known, not only something near to it; a ``guess`` is
    a person of whom only a name or a trade is known. ``colour`` and ``count`` are a subject's.
    """

    name: str
    start: int
    end: int
    exact: bool = True
    guess: bool = False
    colour: str | None = None
    count: int = 1


def lead_of(words: Sequence[str], start: int) -> str:
    """Return the word before a noun at ``start``, its articles and adjectives skipped."""
    while start > 0 and is_adjective(words[start - 1]):
        start -= 1
    return words[start - 1] if start else ""


def is_adjective(word: str) -> bool:
    """Say whether a word may stand between an article and its noun and changes nothing."""
    tables = (WEATHER_WORDS, TIME_WORDS, kin().weathers, kin().times)
    seen = word.endswith(("y", "lit")) and any(word in table for table in tables)
    return seen or word in FILLERS or colour_of(word) is not None


def colour_of(word: str) -> str | None:
    """Return the colour that one word names ("red", "scarlet", "dark-red", "reddish"), or None."""
    plain = word.removesuffix("dish").removesuffix("ish")
    for said in (word, word.rpartition("-")[2], plain, plain + "e"):
        if said in COLOURS:
            return said
        found = COLOUR_WORDS.get(said) or kin().colours.get(said)
        if found and (said == word or "-" in word):
            return found
    return None
