"""Who the hero meets, where the wish names nobody: a helper drawn for each story."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from engine.text import nouns
from engine.text.page import PageText
from engine.text.roles import Somebody

FRIENDS = (
    "owl", "fox", "bear", "rabbit", "mouse", "cat", "dog", "frog", "turtle", "hedgehog",
    "squirrel", "wolf", "deer", "lion", "elephant", "giraffe", "monkey", "penguin", "duck", "hen",
    "horse", "cow", "pig", "sheep", "goat", "donkey", "bee", "butterfly", "snail", "crab", "otter",
    "beaver", "badger", "mole", "panda", "camel", "snake", "parrot", "swan", "eagle", "crow",
    "bat", "robot", "ghost", "fairy", "wizard", "witch", "girl", "boy", "farmer", "knight", "elf",
)  # fmt: skip


def make_friend(noun: str, *, adjective: str = "", hero: Somebody) -> Somebody:
    """Make a helper: she where the hero is he, and he where she is, unless the noun says it."""
    if noun in nouns.SHE or noun in nouns.HE:
        pronoun = "she" if noun in nouns.SHE else "he"
    else:
        pronoun = "he" if hero.pronoun == "she" else "she"
    alone = noun in nouns.SHE | nouns.HE or noun.startswith("old ")
    return Somebody(noun, noun if alone else f"{adjective} {noun}".strip(), "", pronoun)


def choose_friend(*, hero: Somebody, wish: str, before: Sequence[PageText], seed: int) -> Somebody:
    """Choose the helper: the one met on the pages before, or one drawn by the seed."""
    free = [noun for noun in FRIENDS if noun not in f"{hero.noun} {hero.name} {wish}".lower()]
    told = " ".join(f"{page.text} {page.prompt} {page.prompt}" for page in before).lower()
    counts = {noun: len(re.findall(rf"\b{noun}\b", told)) for noun in free}
    met = max(counts, key=counts.__getitem__)
    noun = met if counts[met] >= 2 else random.Random(f"friend-{seed}").choice(free)
    return make_friend(noun, hero=hero)
