"""Who the hero meets: a helper drawn for each story, told to the model along with the wish."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from engine.text.page import PageText

FRIENDS = (
    "owl", "fox", "bear", "rabbit", "mouse", "cat", "dog", "frog", "turtle", "hedgehog",
    "squirrel", "wolf", "deer", "lion", "elephant", "giraffe", "monkey", "penguin", "duck", "hen",
    "horse", "cow", "pig", "sheep", "goat", "donkey", "bee", "butterfly", "snail", "crab", "otter",
    "beaver", "badger", "mole", "panda", "camel", "snake", "parrot", "swan", "eagle", "crow",
    "bat", "robot", "ghost", "fairy", "wizard", "witch", "girl", "boy", "farmer", "knight", "elf",
)  # fmt: skip


def with_friend(wish: str, friend: str) -> str:
    """Add a helper to a wish: "a bear" -> "a bear. With an owl."."""
    if not friend:
        return wish
    article = "an" if friend[0] in "aeiou" else "a"
    lead = f"{wish.rstrip('.!? ')}. " if wish else ""
    return f"{lead}With {article} {friend}."


def choose_friend(*, wish: str, before: Sequence[PageText], seed: int) -> str:
    """Choose the helper: the one met on the pages before, or one drawn by the seed.

    Returns "" where the wish itself names somebody to be with.
    """
    if re.search(r"\b(?:with|and|two|three|friends?)\b", wish, re.IGNORECASE):
        return ""
    taken = _nouns(wish)
    if before:
        taken |= _nouns(re.split(r",| and ", before[0].prompt)[0])
    free = [friend for friend in FRIENDS if friend not in taken]
    told = " ".join(f"{page.text} {page.prompt}" for page in before).lower()
    counts = {friend: len(re.findall(rf"\b{friend}\b", told)) for friend in free}
    met = max(counts, key=counts.__getitem__)
    return met if counts[met] >= 2 else random.Random(f"{wish}-{seed}").choice(free)


def _nouns(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))
