"""Who the hero meets, where the wish names nobody: a helper drawn for each story."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from engine.text import nouns
from engine.text.page import PageText
from engine.text.phrases import singular
from engine.text.roles import Home, Somebody

FRIENDS = (
    "owl", "fox", "bear", "rabbit", "mouse", "cat", "dog", "frog", "turtle", "hedgehog",
    "squirrel", "wolf", "deer", "lion", "elephant", "giraffe", "monkey", "penguin", "duck", "hen",
    "horse", "cow", "pig", "sheep", "goat", "donkey", "bee", "butterfly", "snail", "crab", "otter",
    "beaver", "badger", "mole", "panda", "camel", "snake", "parrot", "swan", "eagle", "crow",
    "bat", "robot", "ghost", "fairy", "wizard", "witch", "girl", "boy", "farmer", "knight", "elf",
)  # fmt: skip

_IN_SEA = ("crab", "turtle", "whale", "dolphin", "octopus", "seahorse", "seal", "goldfish",
           "starfish", "jellyfish")  # fmt: skip


def make_friend(noun: str, *, adjective: str = "", hero: Somebody) -> Somebody:
    """Make a helper: she where the hero is he, and he where she is, unless the noun says it."""
    if noun in nouns.SHE or noun in nouns.HE:
        pronoun = "she" if noun in nouns.SHE else "he"
    else:
        pronoun = "he" if hero.pronoun == "she" else "she"
    alone = noun in nouns.SHE | nouns.HE or noun.startswith("old ")
    return Somebody(noun, noun if alone else f"{adjective} {noun}".strip(), "", pronoun)


def choose_friend(
    *, hero: Somebody, wish: str, before: Sequence[PageText], seed: int, home: Home | None = None
) -> Somebody:
    """Choose the helper: the one met on the pages before, or one drawn by the seed.

    Under the sea, their ``home``, they are of the sea.
    """
    known = f"{hero.noun} {singular(hero.noun)} {hero.name} {hero.trait} {wish}".lower()
    around = _IN_SEA if home and home.inside == "under the sea" else FRIENDS
    free = [noun for noun in around if noun not in known]
    told = " ".join(f"{page.text} {page.prompt} {page.prompt}" for page in before).lower()
    counts = {noun: len(re.findall(rf"\b{noun}\b", told)) for noun in free}
    met = max(counts, key=counts.__getitem__)
    noun = met if counts[met] >= 2 else random.Random(f"friend-{seed}").choice(free)
    return make_friend(noun, hero=hero)
