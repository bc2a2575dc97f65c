"""Reads what happens in a wish: deeds, fears and what they are about."""

from __future__ import annotations

from dataclasses import replace

from engine.text import nouns
from engine.text.number import verb_base
from engine.text.phrases import PASTS, Phrase, head_of, is_plural
from engine.text.roles import Deed, Thing
from engine.text.taking import RoleTaker
from engine.text.verbs import VERBS, base_of_doing, compound_base, doing, past

_KNOWING = frozenset("forget know remember learn ask wonder see tell out".split())  # noqa: SIM905
_OF_STUFF = frozenset(("eat", "drink", "taste", "bake", "cook", "hate", "love", "like"))
_LOVING = frozenset(("love", "like", "adore"))
_ASKED = frozenset(("where", "who", "which", "when"))


class PredicateReader(RoleTaker):
    """Reads the part of a wish that begins with "who" or with a verb."""

    def predicate(self, i: int) -> int:
        """Read what follows "who"; returns the word to read on from."""
        while self.word(i) in nouns.ADVERBS:
            i += 1
        word = self.word(i)
        if word in ("is", "are", "was", "were"):
            return self._being(i + 1)
        if word in ("fears", "fear", "feared"):
            return self._fear(i + 1)
        if word in ("has", "have", "had") and not self._has_done(i + 1):
            return self._having(i + 1)
        if word == "never":
            return self.take_deed(i + 1, never=True)
        while (
            self.word(i) in nouns.AUXILIARIES | nouns.ADVERBS | {"not", "rather"}
            and self.word(i) != "wants"
        ):
            i += 1
        base = self._base(self.word(i))
        if base in nouns.WANTING and self.word(i + 1) == "to":
            return self.take_deed(i + 2)
        if base in nouns.WANTING and self.word(i + 1).endswith("ing"):
            return self.take_deed(i + 1)
        if base in ("know", "forget", "forgotten") and self.low[i + 1 : i + 3] == ["how", "to"]:
            return self.take_deed(i + 3)
        if base == "dream" and self.word(i + 1) in ("of", "about"):
            return self.take_deed(i + 2)
        if base in _LOVING and self._loves(i + 1):
            return self.clause_end(i + 1)
        if self.word(i) in ("would", "like", "love") and self.word(i + 1) == "to":
            return self.take_deed(i + 2)
        return self.take_deed(i)

    def _loves(self, i: int) -> bool:
        """Read what the hero loves: no deed to dream of, but what the story may be about."""
        hero, found = self.wish.hero, self.phrase(i)
        if hero is None or found is None or self.alive(found) or self.word(i) == "to":
            return False
        words = " ".join(self.words[i : self.clause_end(i)])
        self.wish.hero = replace(hero, trait=hero.trait or f"who loved {words}")
        self.take_thing(found, at=found.head_at)
        return True

    def _has_done(self, i: int) -> bool:
        """Say whether "has" goes on with a verb, as in "has run away"."""
        word, after = self.word(i), self.word(i + 1)
        away = after in ("away", "off", "out", "up", "back")
        return word in ("lost", "to", "forgotten", "gone") or (self._base(word) in VERBS and away)

    def take_thing(self, phrase: Phrase, *, at: int) -> None:
        """Take what the wish is about; of "a fear of bees" the bees."""
        if phrase.bare.lower() == "fear" and self.word(phrase.end) == "of":
            self._fear(phrase.end + 1)
        else:
            super().take_thing(phrase, at=at)

    def _being(self, i: int) -> int:
        while self.word(i) in nouns.ADVERBS | {"too", "much", "not", "always"}:
            i += 1
        if self.word(i) in nouns.AFRAID and self.word(i + 1) in ("of", "to"):
            return self._fear(i + 2)
        if self.word(i).endswith("ing") and base_of_doing(self.word(i)) in VERBS:
            return self.take_deed(i)
        return self._what(i)

    def _what(self, i: int) -> int:
        """Read what the hero is: "my boss is a dragon", "a bee who is allergic to flowers"."""
        hero, end = self.wish.hero, self.clause_end(i)
        if hero is None or hero.trait or i >= len(self.words):
            return i
        found = self.phrase(i) if self.word(i) in ("a", "an") else None
        if found is None and self.word(i + 1) != "to":
            return i
        trait = f"who {'were' if hero.many else 'was'} {' '.join(self.words[i:end])}"
        noun = head_of(found.words) if found and self.alive(found) else hero.noun
        self.wish.hero = replace(hero, described=hero.described or hero.noun, noun=noun,
                                 trait=trait)  # fmt: skip
        return end

    def _fear(self, i: int) -> int:
        to_do = self.word(i - 1) == "to" and self.word(i) in VERBS
        if self.word(i).endswith("ing") or to_do:
            end = self.clause_end(i)
            text = " ".join(self.low[i:end])
            text = text if self.word(i).endswith("ing") else doing(text)
            self.marks.setdefault(i, "<|X|>")
            self.wish.thing = Thing(text, text, text)
            return end
        found = self.phrase(i)
        if found is None:
            return i
        end = self.clause_end(found.end) if self.word(found.end) == "of" else found.end
        found.words = self.words[found.head_at : end]
        many = found.det in ("", "the", *nouns.OWN)
        self.take_thing(found, at=found.start if many else found.head_at)
        return end

    def _having(self, i: int) -> int:
        found = self.phrase(i)
        if found is None or found.name:
            return i
        if self.alive(found) and self.wish.friend is None:
            return self.take_friend(found)
        self.take_thing(found, at=found.head_at)
        return found.end

    def _base(self, word: str) -> str:
        if word.endswith("ing") and base_of_doing(word) in VERBS:
            return base_of_doing(word)
        if word in PASTS and word not in VERBS:
            return PASTS[word]
        if compound := compound_base(word):
            return compound
        return word if word in VERBS or word == "not" else verb_base(word)

    def clause_end(self, i: int) -> int:
        """Find where the clause that begins at word ``i`` ends."""
        end = i
        while end < len(self.words):
            word = self.word(end)
            asked = word in _ASKED and self._base(self.word(end - 1)) in _KNOWING
            if not word[0].isalnum() or (word in nouns.CLAUSE and end > i and not asked):
                break
            if word == "one" and self.word(end + 1) in ("day", "night"):
                break
            place = self._place_at(end) if end > i else None
            if place is not None or (end > i and self._sets_scene(end)):
                break
            end += 1
        return end

    def _sets_scene(self, i: int) -> bool:
        """Say whether "at night" or "in the rain" stands here."""
        at = self.word(i) == "at" and self.word(i + 1) in ("night", "dawn", "sunset")
        weather = self.word(i + 2) in ("rain", "fog", "snow")
        return at or (self.word(i) == "in" and self.word(i + 1) == "the" and weather)

    def _place_at(self, i: int) -> int | None:
        """Say whether "on the moon" or the like ends the clause here, and is where all happens."""
        if self.word(i) not in nouns.WHERE:
            return None
        found = self.phrase(i + 1)
        if found is None or found.det in nouns.OWN or self.word(i - 1) in ("live", "lives"):
            return None
        head = head_of(found.words)
        placed = head in nouns.PLACES or found.words[-1][0].isupper()
        return found.end if placed and found.end >= len(self.words) else None

    def take_deed(self, i: int, *, never: bool = False) -> int:
        """Take a verb phrase from word ``i`` on, and the thing or the friend in it."""
        if i >= len(self.words) or not self.words[i][0].isalpha():
            return i
        end = self.clause_end(i)
        verb = self._base(self.word(i))
        if verb == "learn" and self.word(i + 1) == "to" and self.word(i + 2) in VERBS:
            return self.take_deed(i + 2)
        if self.word(i + 1) in ("himself", "herself", "themselves") and self.word(i + 2) == "to":
            return self.take_deed(i + 3)
        if verb in ("teach", "show") and (taught := self._taught(i + 1)):
            return self.take_deed(taught)
        rest = " ".join(self.words[i + 1 : end])
        phrase = f"{verb} {rest}".strip()
        lead = "never " if never else ""
        self.marks.setdefault(i - never, "<|do|>")
        self.wish.deed = Deed(lead + phrase, lead + past(phrase), lead + doing(phrase))
        self._object(i + 1, end, verb)
        return end

    def _taught(self, i: int) -> int:
        """Read whom a hero teaches; returns where what is taught begins, 0 if nothing is."""
        found = self.phrase(i)
        if found is None or not self.alive(found) or self.wish.hero is None:
            return 0
        at = found.end + (self.word(found.end) == "how")
        if self.word(at) != "to" or self.word(at + 1) not in VERBS:
            return 0
        self.take_friend(found)
        return at + 1

    def _object(self, i: int, end: int, verb: str) -> None:
        i += self.word(i) in ("stuck", "trapped")
        for at in range(i, min(end, i + 3)):
            found = self.phrase(at)
            if found is None or not (found.det or found.name or at == i):
                continue
            if head_of(found.words) == "fear" and self.word(found.end) == "of":
                self._fear(found.end + 1)
                return
            if self.word(found.end) == "of" and not found.name:
                more = self.phrase(found.end + 1)
                if more is not None and more.end <= end:
                    found.words, found.end = self.words[found.head_at : more.end], more.end
            if found.name and (self.word(at - 1) == "to" or verb in ("visit", "explore", "see")):
                found.name, found.det = False, ""
                self.take_thing(found, at=at)
                return
            small = {"lost", "little", "baby"} & {word.lower() for word in found.words}
            if not self.alive(found) or verb in ("be", "become") or (small and not found.name):
                plain = found.det or is_plural(found.bare) or found.bare.lower() in nouns.THINGS
                plain = plain or verb in _OF_STUFF
                if plain:
                    self.take_thing(found, at=found.head_at)
            elif self.wish.hero is not None:
                self.take_friend(found)
            return
