"""Reads a wish: who it is about, with whom, where, which thing or deed it names."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.text import nouns
from engine.text.phrases import Phrase, head_of, is_plural
from engine.text.predicates import PredicateReader
from engine.text.rephrasing import plain_verbs, rephrase
from engine.text.roles import tighten
from engine.text.spelling import spell_right
from engine.text.taking import Wish, feels, guess_pronoun
from engine.text.verbs import VERBS

__all__ = ["Wish", "guess_pronoun", "read_wish", "strip_lead"]

_LEAD = re.compile(
    r"^(?:(?:please|hey|hi|hello|can you|could you|would you|i want|i would like|i'd like|"
    r"i wish for|tell|write|make|give|read|me|us|once upon a time|once|about|"
    r"how(?! (?:do|does|did|is|are|can)\b)|there (?:was|is|were|lived)|"
    r"(?:the )?(?:day|night|morning|time)(?: when| that)?(?= (?:it|the|an?|we|i|my) )|"
    r"(?:an?|the) (?:short |little |bedtime |good night |funny |nice )*"
    r"(?:story|tale|book|adventure)s?(?: about| of| with| where| in which| for)?|"
    r"(?:(?:short|little|bedtime|good night|funny|nice) )*stor(?:y|ies)(?: about| of| for)?|"
    r"(?:the )?adventures of)\b[\s,:]*)+",
    re.IGNORECASE,
)


_ASKING = frozenset("why where how what who when".split())  # noqa: SIM905
_ASKED = frozenset("do does did is are was were can made makes will".split())  # noqa: SIM905


def read_wish(text: str) -> Wish:
    """Read a wish, folded to plain letters; never fails: what is not understood is left out."""
    return _WishReader(rephrase(strip_lead(plain_verbs(spell_right(text.strip()))))).read()


def strip_lead(text: str) -> str:
    """Drop "tell me a story about" and the like, unless nothing would be left."""
    return _LEAD.sub("", text) or text


class _WishReader(PredicateReader):
    def read(self) -> Wish:
        i = self._question() or self._hero(0)
        self._rest(i)
        wish = self.wish
        if wish.hero is not None and wish.feminine is not None and not wish.hero.many:
            sure = wish.hero.noun in nouns.SHE | nouns.HE
            sure |= wish.hero.name in nouns.SHE_NAMES | nouns.HE_NAMES
            if not sure:
                wish.hero = replace(wish.hero, pronoun="she" if wish.feminine else "he")
        wish.marked = self._marked()
        return wish

    def _question(self) -> int:
        """Read what a question is about: "why does the moon follow me?"; 0 if it is none."""
        if self.word(0) not in _ASKING or self.word(1) not in _ASKED:
            return 0
        found = self.phrase(2)
        kind = found is not None and not found.det and is_plural(found.words[0])
        if found is None or (self.alive(found) and not kind):
            return 0
        words = [word.lower() for word in found.words]
        ends = VERBS | nouns.ADJECTIVES | nouns.ADVERBS
        count = next((i for i, word in enumerate(words) if i and word in ends), len(words))
        start = found.head_at
        found.words, found.end = found.words[:count], start + count
        self.take_thing(found, at=found.start)
        return found.end

    def _hero(self, i: int) -> int:
        """Find the hero; returns the word to read on from."""
        while self.word(i) in nouns.LEADING:
            i += 1
        first = self.phrase(i)
        if first is None or first.words[0].lower() in ("it", "we", "i"):
            return i + (first is not None)
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
        small = head in nouns.THING_HEROES and (
            first.det != "the" or after == "and" or feels(first.words[:-1])
        )
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
            elif (
                word in ("they", "he", "she")
                and self.wish.deed is None
                and self._base(self.word(i + 1)) in VERBS - {"be", "have"}
            ):
                nxt = self.predicate(i + 1)
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
        friendly = word in ("and", "with", "&", "meets") and found.words[0].lower() != "no"
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
