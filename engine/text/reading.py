"""Reads a wish: who it is about, with whom, where, which thing or deed it names."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.text import nouns
from engine.text.phrases import Phrase, head_of, is_plural, singular
from engine.text.predicates import PredicateReader
from engine.text.roles import tighten
from engine.text.taking import Wish, guess_pronoun
from engine.text.verbs import VERBS

__all__ = ["Wish", "guess_pronoun", "read_wish", "strip_lead"]

_LEAD = re.compile(
    r"^(?:(?:please|hey|hi|hello|can you|could you|would you|i want|i would like|i'd like|"
    r"i wish for|tell|write|make|give|read|me|us|story|once upon a time|once|about|how|"
    r"there (?:was|is|were|lived)|"
    r"(?:an?|the) (?:short |little |bedtime |good night |funny |nice )*"
    r"(?:story|tale|book|adventure)s?(?: about| of| with| where| in which| for)?|"
    r"stor(?:y|ies)(?: about| of)?|"
    r"(?:the )?adventures of)\b[\s,:]*)+",
    re.IGNORECASE,
)


_POSSESSIVE = re.compile(
    r"(?:the |an? |my )?(?P<how>(?:[a-z-]+ ){0,2})(?P<owner>[a-z-]+)['’]s (?P<what>[a-z][a-z -]+)",
    re.IGNORECASE,
)
_CONTRACTED = frozenset("what who it that there here let where how he she".split())  # noqa: SIM905
_DOING = re.compile(r"(?!(?:some|any|no|every)?thing\b)[a-z]{2,}[a-z]ing")
_ARTICLES = frozenset("a an the my our your his her its their this that very so".split())  # noqa: SIM905
_CLAUSE = frozenset(
    """who that which is are was were to of by and or for from in on at with without likes loves
    wants hates dreams stops starts keeps goes""".split()  # noqa: SIM905
)
_MANY = frozenset("two three four five six seven some many".split())  # noqa: SIM905
_BEHIND_VERB = frozenset(
    """a an the his her its their my your for to in on at with up down over under through into out
    away home by from about around after across along behind towards like alone together""".split()  # noqa: SIM905
)


def read_wish(text: str) -> Wish:
    """Read a wish, folded to plain letters; never fails: what is not understood is left out."""
    return _WishReader(_with_who(_of_whom(strip_lead(text.strip())))).read()


def _of_whom(text: str) -> str:
    """Say "an elephant who has a party" for "the elephant's party", as wishes were learnt."""
    found = _POSSESSIVE.match(text)
    if found is None or found["owner"].lower() in _CONTRACTED:
        return text
    owner, what = found["owner"], found["what"]
    creature = head_of([owner]) in nouns.ANIMATE
    named = not creature and owner[0].isupper() and not found["how"]
    head = head_of(what.split()[:3])
    alive = bool({head, singular(head)} & nouns.ALIVE)
    if named:
        return f"{owner} {'and' if alive else 'who has'} {_article(what)} {what}"
    if not creature or alive:  # the king's dragon: it is about the dragon
        return text[0].lower() + text[1:]
    who = f"{found['how']}{owner}"
    return f"{_article(who)} {who} who has {_article(what)} {what}"


def _article(word: str) -> str:
    return "an" if word[0].lower() in "aeiou" else "a"


def _with_who(text: str) -> str:
    """Say "a cat who is looking for gold" for "a cat looking for gold", as wishes were learnt."""
    words = text.split(" ")
    for i, word in enumerate(words[1:6], 1):
        before = words[i - 1].lower()
        if before in _CLAUSE:
            break
        if _DOING.fullmatch(word) and before not in _ARTICLES and _follows(words[i + 1 :]):
            verb = "are" if words[0].lower() in _MANY else "is"
            return " ".join((*words[:i], "who", verb, *words[i:]))
    return text


def _follows(rest: list[str]) -> bool:
    """Say whether what comes behind a word in -ing belongs to it as to a verb."""
    return not rest or rest[0].lower() in _BEHIND_VERB


def strip_lead(text: str) -> str:
    """Drop "tell me a story about" and the like, unless nothing would be left."""
    return _LEAD.sub("", text) or text


class _WishReader(PredicateReader):
    def read(self) -> Wish:
        i = self._hero(0)
        self._rest(i)
        wish = self.wish
        if wish.hero is not None and wish.feminine is not None and not wish.hero.many:
            sure = wish.hero.noun in nouns.SHE | nouns.HE
            sure |= wish.hero.name in nouns.SHE_NAMES | nouns.HE_NAMES
            if not sure:
                wish.hero = replace(wish.hero, pronoun="she" if wish.feminine else "he")
        wish.marked = self._marked()
        return wish

    def _hero(self, i: int) -> int:
        """Find the hero; returns the word to read on from."""
        while self.word(i) in nouns.LEADING:
            i += 1
        first = self.phrase(i)
        if first is None:
            return i
        after = self.word(first.end)
        acts = after in ("who", "that", "called", "named", "whose") or self.verb(
            first.end, many=first.det in nouns.NUMBERS or is_plural(first.bare)
        )
        if self.alive(first) or acts:
            return self.take_hero(first)
        other = self._search_hero(first.end)
        if other is not None:
            if first.bare.lower() not in ("adventure", "story", "day", "night", "friends"):
                self.take_thing(first, at=first.head_at)
            return self.take_hero(other)
        head = head_of(first.words)
        small = head in nouns.THING_HEROES and (first.det != "the" or after == "and")
        unknown = head not in nouns.THINGS and head not in nouns.PLACES and first.det != "the"
        if small or (unknown and len(first.words) <= 3):
            return self.take_hero(first)
        if head not in nouns.PLACES:
            self.take_thing(first, at=first.head_at)
        return first.end

    def _search_hero(self, i: int) -> Phrase | None:
        for at in range(i, len(self.words)):
            leads = ("with", "of", "for", "between", "about", "and", "where", "when", "which", "in")
            if self.word(at) in leads:
                found = self.phrase(at + 1)
                if found is not None and self.alive(found) and found.det not in nouns.OWN:
                    return found
        return None

    def _rest(self, i: int) -> None:
        acted = False
        while i < len(self.words):
            word = self.word(i)
            nxt = i + 1
            if word in ("called", "named") and self._unnamed():
                nxt = self._name_hero(i)
            elif word in ("and", "with", "&", "without", "whose", "meets", "of", "for"):
                nxt = self._companion(i, word)
            elif word == "to" and self.word(i - 1) in ("journey", "trip", "way", "voyage"):
                self._goal(i + 1)
            elif word in nouns.WHERE:
                nxt = self.place(i) or i + 1
            elif not acted and (word in ("who", "that", "which") or self._acts(i)):
                acted = True
                nxt = self.predicate(i + (word in ("who", "that", "which")))
            i = max(nxt, i + 1)
        told = set(self.low)
        if "her" in told or "she" in told:
            self.wish.feminine = True
        elif "his" in told or "he" in told:
            self.wish.feminine = False

    def _unnamed(self) -> bool:
        hero = self.wish.hero
        return hero is not None and not hero.name and not hero.many

    def _name_hero(self, i: int) -> int:
        """Read "The fox is called Pip." after the wish itself."""
        name, end = self._name_after(i)
        hero = self.wish.hero
        if hero is not None:
            self.wish.hero = replace(hero, name=name, pronoun=guess_pronoun(hero.noun, name))
        return end

    def _goal(self, i: int) -> None:
        """Read where a journey goes."""
        end = self.clause_end(i)
        found = self.phrase(i)
        if found is None:
            return
        found.words, found.end = self.words[found.head_at : end], end
        self.marks = {at: mark for at, mark in self.marks.items() if mark != "<|X|>"}
        self.wish.thing = None
        found.name = False
        self.take_thing(found, at=found.head_at)

    def _acts(self, i: int) -> bool:
        hero = self.wish.hero
        return hero is not None and self.verb(i, many=hero.many or self.wish.friend is not None)

    def _companion(self, i: int, word: str) -> int:
        at = i + 1
        if self.word(at) in nouns.OWN and "friend" in (self.word(at + 1), self.word(at + 2)):
            at = self.low.index("friend", at) + 1
            at += self.word(at) in (",", ":")
        found = self.phrase(at)
        if found is None:
            return i + 1
        friendly = word in ("and", "with", "&", "meets") and found.det not in ("no",)
        if friendly and self.alive(found) and self.wish.hero is not None:
            return self.take_friend(found)
        if word in ("and", "with", "without", "whose", "&") and not found.name:
            if self._act_after_and(i, word):
                return i + 1
            self.take_thing(found, at=found.head_at)
            return found.end
        return i + 1

    def _act_after_and(self, i: int, word: str) -> bool:
        return word == "and" and (self.verb(i + 1) or self.word(i + 1) in VERBS)

    def _marked(self) -> str:
        out, end = "", 0
        for i in sorted(self.marks):
            out += self.text[end : self.at[i]] + self.marks[i]
            end = self.at[i]
        marked = out + self.text[end:]
        for name in self.names:
            marked = re.sub(rf"(?<![\w|]){re.escape(name)}(?![\w|])", "<|name|>", marked)
        return tighten(marked)
