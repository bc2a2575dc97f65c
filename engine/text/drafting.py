"""A page in the making: what it is written with, its sentences, and how they are spelt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from engine.text.reading import Wish
from engine.text.roles import Cast
from engine.text.sampling import BannedWords, Decoder
from engine.text.sentences import is_sound, is_told
from engine.text.spelling import is_word, words_of
from engine.text.wish import WishWords


class Stopped(Exception):  # noqa: N818
    """The caller asked the writer to stop."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, its tokens, whether the page ends with it, and how sure the model was of it.

    ``surety`` is the mean log-probability of its tokens.
    """

    text: str
    tokens: tuple[int, ...]
    last: bool
    surety: float


@dataclass
class Draft:
    """What one page is written with; ``said`` is the sentence before, as it was told in roles."""

    decoder: Decoder
    generator: torch.Generator
    bans: BannedWords
    words: WishWords
    wish: Wish
    cast: Cast
    barred: frozenset[int]
    seen: set[str]
    should_stop: Callable[[], bool]
    said: str = ""
    own: frozenset[str] = frozenset()
    """Words of this story's own, which no list need know: of its wish, its people, its pages."""

    def may_say(self, sentence: str) -> bool:
        """Say whether a sentence is whole, says nothing twice over and no word that is banned."""
        if not is_sound(sentence) or self.bans.spoil(sentence):
            return False
        return not is_told(sentence, self.seen)

    def knows(self, sentence: str) -> bool:
        """Say whether all of a sentence's words are words, and none is a slip like "banas"."""
        return all(is_word(word) for word in words_of(sentence) - self.own)

    def spell(self, told: str) -> str:
        """Write roles and pointers as plain words.

        With more than one hero, whose words a quotation is may stand in the sentence before.
        """
        told = self.words.spell(told)
        if not (self.cast.hero.many and self.said and told.strip()):
            return self.cast.spell(told)
        before = self.words.spell(self.said)
        both, first = self.cast.spell(before + told), self.cast.spell(before)
        return both.removeprefix(first) if both.startswith(first) else self.cast.spell(told)
