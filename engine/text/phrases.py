"""Reads noun phrases and names in a wish, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.text import nouns
from engine.text.number import verb_base
from engine.text.verbs import VERBS, compound_base, past

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z]+)*|[^\sA-Za-z0-9]")
PASTS = {past(verb): verb for verb in sorted(VERBS)}


@dataclass
class Phrase:
    """A noun phrase: words ``start`` to ``end``, its determiner, the words after that."""

    start: int
    end: int
    det: str
    words: list[str] = field(default_factory=list)
    name: bool = False

    @property
    def bare(self) -> str:
        """The words without the determiner."""
        return " ".join(self.words)

    @property
    def head_at(self) -> int:
        """The place of the first word after the determiner."""
        return self.end - len(self.words)


def head_of(words: list[str]) -> str:
    """Find the longest known noun that ends a phrase, or its last word."""
    for size in (3, 2, 1):
        tail = " ".join(words[-size:]).lower()
        if len(words) >= size and (tail in nouns.ALIVE or singular(tail) in nouns.ALIVE):
            return tail
    return words[-1].lower()


nouns.ALIVE = nouns.ANIMATE | nouns.THING_HEROES


def singular(noun: str) -> str:
    """Give the singular of a noun, or the noun itself."""
    known = {"mice": "mouse", "geese": "goose", "children": "child", "wolves": "wolf",
             "elves": "elf", "people": "child", "men": "man", "women": "woman",
             "snowmen": "snowman"}  # fmt: skip
    if noun in known:
        return known[noun]
    if noun.endswith("ies") and len(noun) > 4 and noun[:-3] + "y" in nouns.KNOWN:
        return noun[:-3] + "y"
    for end in ("s", "es"):
        if noun.endswith(end) and noun.removesuffix(end) in nouns.KNOWN:
            return noun.removesuffix(end)
    return noun


def is_plural(bare: str) -> bool:
    """Say whether a phrase names more than one."""
    head = bare.split()[-1].lower() if bare else ""
    ends = head.endswith("s") and not head.endswith(("ss", "us", "is"))
    return (
        head in nouns.PLURAL_HEADS or (ends and len(head) > 3) or bare.split()[0] in nouns.NUMBERS
    )


class PhraseReader:
    """The words of a text, and the phrases they make."""

    def __init__(self, text: str) -> None:
        self.text = text
        matches = list(_TOKEN.finditer(self.text))
        self.words = [match.group() for match in matches]
        self.low = [word.lower() for word in self.words]
        self.at = [match.start() for match in matches]

    def word(self, i: int) -> str:
        """Return word ``i`` in lower case, "" outside the text."""
        return self.low[i] if 0 <= i < len(self.low) else ""

    def is_name(self, i: int) -> bool:
        """Say whether word ``i`` is somebody's name."""
        if not 0 <= i < len(self.words) or not self.words[i][0].isalpha():
            return False
        word, low = self.words[i], self.low[i]
        named = word.capitalize() in nouns.HE_NAMES | nouns.SHE_NAMES
        fits = self.word(i + 1) in ("the", "and", ",", "", "who") or self.verb(i + 1)
        if not word[0].isupper():
            return named and i == 0 and fits and low not in nouns.KNOWN | VERBS
        if low in nouns.TITLES and i + 1 < len(self.words) and self.words[i + 1][0].isupper():
            return True
        plain = nouns.KNOWN | nouns.STOPS | nouns.DETERMINERS | nouns.NUMBERS | VERBS
        known = bool({low, singular(low), verb_base(low)} & plain)
        if named:
            return not known or fits
        leads = i == 0 and low in nouns.LEADING
        return not known and not leads and not low.endswith("ing")

    def verb(self, i: int, *, many: bool = False) -> bool:
        """Say whether word ``i`` is a verb, after one or (``many``) after more than one."""
        word = self.word(i)
        if word in nouns.AUXILIARIES:
            return True
        if word.endswith("s") and verb_base(word) in VERBS and verb_base(word) != word:
            return True
        if compound_base(word) and word not in nouns.KNOWN:
            return True
        return (many and word in VERBS) or (word in PASTS and word not in VERBS)

    def phrase(self, i: int) -> Phrase | None:
        """Read a noun phrase or a name at word ``i``."""
        if self.is_name(i):
            end = i + 1
            titled = self.low[i] in nouns.TITLES
            while (
                end < len(self.words)
                and self.words[end][0].isupper()
                and (titled or self.is_name(end))
            ):
                end, titled = end + 1, False
            return Phrase(i, end, "", self.words[i:end], name=True)
        det = self.word(i) if self.word(i) in nouns.DETERMINERS | nouns.NUMBERS else ""
        start = i + bool(det)
        end = start
        while end < len(self.words) and self._goes_on(start, end, det):
            end += 1
        found = self.words[start:end]
        return Phrase(i, end, det, found) if found else None

    def _goes_on(self, start: int, end: int, det: str) -> bool:
        word = self.word(end)
        if not word[:1].isalnum() or word in nouns.STOPS:
            return False
        before = self.word(end - 1) if end > start else ""
        if not before or before in nouns.ADJECTIVES or before == "very":
            return word not in nouns.DETERMINERS
        if before.endswith("'s"):
            return word not in nouns.DETERMINERS
        many = (
            det in nouns.NUMBERS or is_plural(before) or self.word(start - bool(det) - 1) == "and"
        )
        pair = f"{before} {word}"
        known = pair in nouns.ALIVE or singular(pair) in nouns.ALIVE
        if known:
            return True
        if self.verb(end, many=many) or (end > start and self.is_name(end)):
            return False
        return word not in nouns.DETERMINERS and word not in nouns.OWN

    def alive(self, phrase: Phrase) -> bool:
        """Say whether a phrase names somebody."""
        if phrase.name:
            return True
        head = head_of(phrase.words)
        return head in nouns.ANIMATE or singular(head) in nouns.ANIMATE
