"""Roles: who and what a story is about, as tokens of their own, spelt when the prose is done.

The model writes ``<|H|>`` for its hero, ``<|he|>`` and ``<|his|>`` for the hero's pronouns,
``<|F|>`` for the friend, ``<|theX|>`` for the thing and ``<|did|>`` for the deed that the wish
names. So it learns plots and wording, and names, agreement and looks hold by construction
(delexicalisation, as in Wen et al. 2015 for dialogue).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.text.number import make_plural, make_singular
from engine.text.pointing import point_prompt, point_text
from engine.text.speaking import in_speech

CAP = "<|cap|>"
HERO_ROLES = ("H", "a-hero", "hero", "name", "he", "him", "his", "himself", "hero-looks")
FRIEND_ROLES = ("F", "a-friend", "friend", "fhe", "fhim", "fhis", "friend-looks")
HOME_ROLES = ("in-home", "home", "home-picture")
THING_ROLES = ("X", "aX", "theX")
DEED_ROLES = ("do", "did", "doing")
ROLES = (*HERO_ROLES, *FRIEND_ROLES, *HOME_ROLES, *THING_ROLES, *DEED_ROLES)
ROLE_TOKENS = tuple(f"<|{name}|>" for name in ROLES)

_TOKEN = re.compile(
    rf"(<\|cap\|>)?<\|({'|'.join(sorted(map(re.escape, ROLES), key=len, reverse=True))})\|>"
)
_CALLED = re.compile(r'(?<=,)<\|H\|>(?=[,.!?]+")|(?<=[Nn]ight,)<\|H\|>(?=[,.!?])')
_GOES_ON = re.compile(r",| (?:who|with|like|called)\b")
"""What follows a hero of whom enough is said: "a fox, who lived in the forest"."""
_LOOSE = re.compile(rf" (?={_TOKEN.pattern})")
_VOWEL = re.compile(r"(?!uni|use|one\b|eu)[aeiou]", re.IGNORECASE)
_ARTICLE = re.compile(r" ?\b[Aa]$")
_BARE = ("hero", "friend", "X")
_ONLY_ONE = frozenset(("sun", "wind", "tooth fairy", "north wind"))
_LOOKS = frozenset(
    """small little tiny big large huge giant old young red blue green yellow purple orange pink
    white black brown grey gray golden silver two three four five""".split()  # noqa: SIM905
)
PRONOUNS = {
    "he": ("he", "him", "his", "himself"),
    "she": ("she", "her", "her", "herself"),
    "it": ("it", "it", "its", "itself"),
    "they": ("they", "them", "their", "themselves"),
}


def with_article(phrase: str) -> str:
    """Put "a" or "an" before a phrase."""
    return f"an {phrase}" if _VOWEL.match(phrase) else f"a {phrase}"


@dataclass(frozen=True)
class Somebody:
    """Somebody in a story: ``described`` is "small fox", ``noun`` "fox"; ``many``: "two mice".

    ``trait`` is what else the wish says of them, once: "who was a vegetarian".
    """

    noun: str
    described: str = ""
    name: str = ""
    pronoun: str = "he"
    many: bool = False
    trait: str = ""

    @property
    def short(self) -> str:
        """Name, or "the fox": what the text says after the first time."""
        return self.name or f"the {self.noun}"

    @property
    def introduced(self) -> str:
        """What the text says the first time: "a small fox called Mia"."""
        words = self.described or self.noun
        if f"{self.name.lower()} ".startswith(
            f"{self.noun} "
        ):  # Princess Amina needs no explaining
            return self.name
        told = words if self.many else with_article(words)
        told = f"the {words}" if words in _ONLY_ONE else told
        return f"{told} called {self.name}" if self.name else told

    @property
    def looks(self) -> str:
        """How a picture prompt names them, the same on every page: "a small red fox"."""
        before = (self.described or self.noun).removesuffix(self.noun).split()
        seen = " ".join([word for word in before if word.lower() in _LOOKS] + [self.noun])
        return seen if self.many else with_article(seen)


@dataclass(frozen=True)
class Home:
    """Where the story begins and ends; ``picture`` is how a prompt says it."""

    inside: str = "in the forest"
    the: str = "the forest"
    picture: str = "in a forest"


@dataclass(frozen=True)
class Thing:
    """What the wish is about besides its people: ``bare`` "dark", ``definite`` "the dark"."""

    bare: str
    definite: str
    indefinite: str


@dataclass(frozen=True)
class Deed:
    """What the hero does or wants to do: "build a boat", "built a boat", "building a boat"."""

    base: str
    past: str
    doing: str


@dataclass(frozen=True)
class Cast:
    """All roles of one story; ``thing`` and ``deed`` where the wish names them."""

    hero: Somebody
    friend: Somebody
    home: Home = Home()
    thing: Thing | None = None
    deed: Deed | None = None

    @cached_property
    def words(self) -> Mapping[str, str]:
        """What each role is spelt like; roles that this story lacks are missing."""
        hero, friend = self.hero, self.friend
        he, him, his, himself = PRONOUNS[hero.pronoun]
        fhe, fhim, fhis, _ = PRONOUNS[friend.pronoun]
        spelt = {
            "H": hero.short, "a-hero": hero.introduced, "hero": hero.noun, "name": hero.name,
            "he": he, "him": him, "his": his, "himself": himself, "hero-looks": hero.looks,
            "F": friend.short, "a-friend": friend.introduced, "friend": friend.noun,
            "fhe": fhe, "fhim": fhim, "fhis": fhis, "friend-looks": friend.looks,
            "in-home": self.home.inside, "home": self.home.the, "home-picture": self.home.picture,
        }  # fmt: skip
        if self.thing:
            spelt |= {"X": self.thing.bare, "aX": self.thing.indefinite,
                      "theX": self.thing.definite}  # fmt: skip
        if self.deed:
            spelt |= {"do": self.deed.base, "did": self.deed.past, "doing": self.deed.doing}
        return {role: words for role, words in spelt.items() if words}

    def missing(self) -> tuple[str, ...]:
        """Name the role tokens that mean nothing in this story."""
        return tuple(f"<|{role}|>" for role in ROLES if role not in self.words)

    def spell(self, told: str) -> str:
        """Write prose with roles as plain prose; verbs and "I" agree with more than one hero."""
        if self.hero.many:
            told = make_plural(told)
        if not self.hero.name:  # "Thank you, fox," and not "Thank you, the fox,"
            told = _CALLED.sub("<|hero|>", told)
        out, end = "", 0
        for match in _TOKEN.finditer(told):
            out += told[end : match.start()]
            out = self._append(out, match)
            end = match.end()
        text = (out + told[end:]).replace(CAP, "")
        return re.sub(r"(?<=[^s]es)'s\b|(?<=\ws)'s\b(?= [a-z])", "'", text)

    def _append(self, out: str, match: re.Match[str]) -> str:
        words = self.words.get(match[2], "")
        untold = bool(self.hero.trait) and not _GOES_ON.match(match.string, match.end())
        if match[2] == "a-hero" and untold:
            beside = match.string.startswith(" and", match.end())
            words = f"{words}, {self.hero.trait}," if beside else f"{words} {self.hero.trait}"
        if match[2] in DEED_ROLES:
            words = in_speech(words, out)
        if match[1]:
            words = words[:1].upper() + words[1:]
        if match[2] in _BARE and (article := _ARTICLE.search(out)):
            if self.hero.many and match[2] == "hero":
                out = out[: article.start()]
            elif _VOWEL.match(words):
                out += "n"
        opened = out.endswith('"') and out.count('"') % 2 == 1
        joined = not out or out[-1] in " (-\n" or opened or not words
        return out + ("" if joined else " ") + words

    def point(self, text: str) -> str:
        """Write plain prose with roles: the inverse of ``spell`` as well as can be told."""
        if self.hero.trait:
            text = re.sub(rf"(,?) {re.escape(self.hero.trait)}\1", "", text, count=1)
        told = tighten(point_text(text, self.words, self.hero, self.friend))
        return make_singular(told) if self.hero.many else told

    def point_prompt(self, prompt: str) -> str:
        """Write a plain picture prompt with roles."""
        return tighten(point_prompt(prompt, self.words))


def tighten(told: str) -> str:
    """Drop the space before each role, which spelling puts back: a token saved."""
    return _LOOSE.sub("", told)
