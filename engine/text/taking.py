"""Takes what a wish's phrases name into its roles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.text import nouns
from engine.text.phrases import Phrase, PhraseReader, head_of, is_plural, singular
from engine.text.roles import Deed, Home, Somebody, Thing, with_article

_BOTH = frozenset("fish goldfish sheep deer moose bison squid".split())  # noqa: SIM905
"""Words for one as well as for many: the fish is one where no number says otherwise."""
_SINGLES_OUT = re.compile(r"(?:last|first|only|lost|\w{3,}est)$")
"""Words that go with "the" alone: nobody says "a smallest owl"."""

_FEELINGS = frozenset(
    """angry bored brave cheerful clever clumsy curious forgetful friendly greedy grumpy happy
    homesick hungry jealous kind lazy lonely merry naughty nervous patient polite proud sad scared
    shy sleepy stubborn timid tired""".split()  # noqa: SIM905
)

_NAMED = frozenset(("santa", "santa claus"))


@dataclass
class Wish:
    """What a wish says; ``marked`` has the roles' marks before their words, as the model reads."""

    text: str
    marked: str = ""
    hero: Somebody | None = None
    friend: Somebody | None = None
    home: Home | None = None
    thing: Thing | None = None
    deed: Deed | None = None
    feminine: bool | None = None


def _plain(word: str) -> str:
    """Say "lonely" for "loneliest"; "" for what goes with "the" alone."""
    for end, base in (("iest", "y"), ("est", ""), ("est", "e")):
        if word.endswith(end) and word.removesuffix(end) + base in nouns.ADJECTIVES:
            return word.removesuffix(end) + base
    return "" if _SINGLES_OUT.match(word) else word


def feels(words: list[str]) -> bool:
    """Say whether words before a noun speak of its heart: "the loneliest tree" is somebody."""
    return any(_plain(word.lower()) in _FEELINGS for word in words)


def make_thing(det: str, bare: str) -> Thing:
    """Make the forms of a thing from how the wish names it: "the dark", "a hat", "loud noises"."""
    many = is_plural(bare)
    if det == "the":
        return Thing(bare, f"the {bare}", f"the {bare}")
    if det in nouns.OWN:
        return Thing(bare, f"the {bare}", bare if many else with_article(bare))
    if det:
        return Thing(bare, f"the {bare}", bare if many else with_article(bare))
    return Thing(bare, bare, bare)


def make_home(preposition: str, det: str, bare: str) -> Home:
    """Make the forms of a place: "in the attic", "the attic", and "in the attic" for pictures."""
    article = det if det in ("the", "") or not det else "the"
    the = f"{article} {bare}".strip()
    indefinite = with_article(bare) if det in ("a", "an") else the
    return Home(f"{preposition} {the}", the, f"{preposition} {indefinite}".lower())


def _feminine(name: str, told: list[str]) -> bool:
    first = name.split()[0]
    if first in nouns.SHE_NAMES or first in nouns.HE_NAMES:
        return first in nouns.SHE_NAMES
    if {"she", "her"} & set(told):
        return True
    return not {"he", "his"} & set(told) and first[-1:].lower() in "aeiy"


def guess_pronoun(noun: str, name: str) -> str:
    """Choose he or she: by name, by noun, else always the same for the same noun."""
    for word in name.split()[:1]:
        if word in nouns.SHE_NAMES or word in nouns.HE_NAMES:
            return "she" if word in nouns.SHE_NAMES else "he"
    if noun in nouns.SHE or noun in nouns.HE:
        return "she" if noun in nouns.SHE else "he"
    if name:
        return "she" if _feminine(name, []) else "he"
    return "she" if sum(map(ord, noun)) % 2 else "he"


def _somebody(described: str, noun: str, name: str, *, many: bool = False) -> Somebody:
    name = name[:1].upper() + name[1:]
    pronoun = "they" if many else guess_pronoun(noun, name)
    return Somebody(noun, described, name, pronoun, many)


class RoleTaker(PhraseReader):
    """Fills a wish's roles, and remembers where their words stand."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.marks: dict[int, str] = {}
        self.names: list[str] = []
        self.wish = Wish(text)

    def take_hero(self, phrase: Phrase) -> int:
        """Let a phrase be the hero; returns the word to read on from."""
        self.marks[phrase.start] = "<|H|>"
        self.wish.hero, end = self._introduce(phrase)
        return end

    def take_friend(self, phrase: Phrase) -> int:
        """Let a phrase be the friend, where there is none yet."""
        if self.wish.friend is not None or head_of(phrase.words) in ("friend", "friends"):
            return phrase.end
        self.marks.setdefault(phrase.start, "<|F|>")
        self.wish.friend, end = self._introduce(phrase)
        return end

    def _introduce(self, phrase: Phrase) -> tuple[Somebody, int]:
        """Read who a phrase and what stands after it name, and where that ends."""
        if phrase.name:
            self.names.append(phrase.bare)
            noun, described, end = self.kind_of_name(phrase)
            return _somebody(described, noun, phrase.bare), end
        same = head_of(phrase.words) in _BOTH and phrase.det not in ("", *nouns.NUMBERS)
        one = phrase.det in ("a", "an") or same
        many = phrase.det in nouns.NUMBERS or (is_plural(phrase.bare) and not one)
        words = [word.lower() for word in phrase.words]
        described = " ".join(filter(None, map(_plain, words[:-1])))
        described = f"{described} {words[-1]}".strip()
        described = f"{phrase.det} {described}" if phrase.det in nouns.NUMBERS else described
        name, end = self._name_after(phrase.end)
        if not name and head_of(phrase.words) in _NAMED:
            name = " ".join(phrase.words).title()
            self.names.append(phrase.bare)
        return _somebody(described, head_of(phrase.words), name, many=many), end

    def _name_after(self, i: int) -> tuple[str, int]:
        """Read "called Mia Moon", or a name on its own; "" when there is none."""
        called = self.word(i) in ("called", "named") and i + 1 < len(self.words)
        if not called and not self.is_name(i):
            return "", i
        start = i + called
        stop = start + 1
        while called and stop < len(self.words) and self.words[stop][0].isupper():
            stop += 1
        name = " ".join(self.words[start:stop])
        self.names.append(name)
        return name, stop

    def kind_of_name(self, phrase: Phrase) -> tuple[str, str, int]:
        """Read what somebody with a name is: "Mia the owl", "Tom, a small mouse"."""
        at = phrase.end
        if self.word(at) == "," and self.word(at + 1) in ("a", "an", "the"):
            at += 1
        if self.word(at) in ("the", "a", "an"):
            kind = self.phrase(at)
            if kind is not None and not kind.name:
                return head_of(kind.words), kind.bare.lower(), kind.end
        title = phrase.words[0].lower()
        if title in nouns.ANIMATE and len(phrase.words) > 1:
            return title, title, phrase.end
        noun = "girl" if _feminine(phrase.bare, self.low) else "boy"
        return noun, noun, phrase.end

    def take_thing(self, phrase: Phrase, *, at: int) -> None:
        """Take what the wish is about; that it is lost is no part of what it is called."""
        while len(phrase.words) > 1 and phrase.words[0].lower() in ("lost", "missing", "last"):
            phrase.words, at = phrase.words[1:], phrase.head_at + 1
        bare = phrase.bare if phrase.name else phrase.bare.lower()
        if self.wish.thing is None and bare not in ("friend", "friends", "adventure"):
            self.marks.setdefault(at, "<|X|>")
            self.wish.thing = make_thing("" if phrase.det in nouns.NUMBERS else phrase.det, bare)

    def place(self, i: int) -> int | None:
        """Read "in the attic"; returns the word after it."""
        found = self.phrase(i + 1)
        if found is None or found.det in nouns.OWN:
            return None
        head = head_of(found.words)
        pair = " ".join(found.words[-2:]).lower()
        if not ({head, pair, singular(head)} & nouns.PLACES or found.words[-1][0].isupper()):
            return None
        if self.wish.home is None and not found.words[-1].lower().endswith("day"):
            self.wish.home = make_home(self.word(i), found.det, found.bare)
            self.marks.setdefault(i, "<|in-home|>")
        return found.end
