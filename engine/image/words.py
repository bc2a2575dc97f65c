"""Words of a text and their numbers: splitting, singular and plural of English nouns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

IRREGULAR_PLURALS: dict[str, str] = {
    "mice": "mouse",
    "geese": "goose",
    "wolves": "wolf",
    "children": "child",
    "men": "man",
    "women": "woman",
    "people": "child",
    "oxen": "ox",
    "leaves": "leaf",
    "elves": "elf",
    "dwarves": "dwarf",
    "knives": "knife",
    "calves": "calf",
    "feet": "foot",
    "teeth": "tooth",
    "fairies": "fairy",
    "cacti": "cactus",
    "octopuses": "octopus",
    "loaves": "loaf",
    "firemen": "firefighter",
    "fishermen": "sailor",
    "thieves": "ninja",
    "hooves": "hoof",
}

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class Text:
    """A text, its letters reduced to those of English, with its words in lower case.

    ``spans`` are the words' places in ``plain``; ``joined`` says of each word whether only a space
    parts it from the one before, ``capital`` whether it begins with a capital letter.
    """

    plain: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    joined: tuple[bool, ...]
    capital: tuple[bool, ...]


def split_text(text: str) -> Text:
    """Split a text into words; a possessive "'s" parts two words as a comma does."""
    letters = unicodedata.normalize("NFKD", text.replace("\u2019", "'"))
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    plain = re.sub(r"\b\d\b", lambda m: _DIGITS[int(m[0])] if m[0] in "123456789" else m[0], plain)
    plain = re.sub(r"'s\b", " ,", plain)
    # Only letters of English count, and lower case keeps their places.
    lower = "".join(c.lower() if c.isascii() else c for c in plain)
    found = list(_WORD.finditer(lower))
    gaps = [plain[a.end() : b.start()] for a, b in pairwise(found)]
    return Text(
        plain,
        tuple(m[0] for m in found),
        tuple(m.span() for m in found),
        (False, *(gap.isspace() for gap in gaps))[: len(found)],
        tuple(plain[m.start()].isupper() for m in found),
    )


def singular(word: str) -> str:
    """Return the singular of an English noun, or the word itself where it looks like one."""
    if word in IRREGULAR_PLURALS:
        return IRREGULAR_PLURALS[word]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """Return the plural of an English noun or of the last word of a phrase."""
    for many, one in IRREGULAR_PLURALS.items():
        proper = many not in ("people", "thieves", "firemen", "fishermen", "octopuses")
        if proper and (noun == one or noun.endswith(" " + one)):
            return noun[: len(noun) - len(one)] + many
    if noun.endswith(("sheep", "deer", "fish", "moose", "bison", "shrimp", "grapes")):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in ("", *"aeiou"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh", "z")) else "s")
