"""Draws who is in a story: hero and friend, as the roles that the templates speak of."""

from __future__ import annotations

import random

from engine.data.stories.grammar import plural
from engine.data.stories.lexicon import words
from engine.text import nouns
from engine.text.friends import make_friend
from engine.text.roles import Somebody

_PLAIN_NAMES = {kind: tuple(sorted(names)) for kind, names in
                (("he", nouns.HE_NAMES), ("she", nouns.SHE_NAMES))}  # fmt: skip


def invent_word(rng: random.Random) -> str:
    """Make up a word, so that the model learns to copy words that it has never seen."""
    parts = ("pseudo_start", "pseudo_middle", "pseudo_end")
    word = "".join(rng.choice(words()[part]) for part in parts)
    return word + rng.choice(words()["pseudo_middle"]) if rng.random() < 0.2 else word


def draw_noun(rng: random.Random) -> str:
    """Draw what a hero is: mostly an animal, sometimes a made-up word."""
    kind = rng.choices(
        ("animals", "people", "fantasy", "machines", "friends", "pseudo"), (48, 16, 12, 7, 12, 5)
    )[0]
    return invent_word(rng) if kind == "pseudo" else rng.choice(words()[kind])


def draw_name(pronoun: str, rng: random.Random) -> str:
    """Draw a name; one in ten is made up."""
    if rng.random() < 0.1:
        return invent_word(rng).capitalize()
    return rng.choice(_PLAIN_NAMES.get(pronoun, _PLAIN_NAMES["he"]))


def draw_pronoun(noun: str, rng: random.Random) -> str:
    """Choose he or she for a noun, by chance where both will do."""
    if noun in nouns.SHE:
        return "she"
    return "he" if noun in nouns.HE else rng.choice(("he", "she"))


def _adjectives(noun: str, rng: random.Random) -> tuple[str, str, str]:
    size = rng.choice(words()["sizes"]) if rng.random() < 0.5 else ""
    nature = rng.choice(words()["natures"]) if rng.random() < (0.15 if size else 0.6) else ""
    person = noun in words()["people"]
    colour = rng.choice(words()["colours"]) if rng.random() < 0.3 and not person else ""
    return size, nature, colour


def draw_hero(rng: random.Random) -> Somebody:
    """Draw a hero; one in ten is two or three of a kind."""
    noun = draw_noun(rng)
    adjectives = _adjectives(noun, rng)
    if rng.random() < 0.1:
        many = plural(noun)
        described = " ".join(filter(None, (rng.choice(("two", "two", "three")), *adjectives, many)))
        return Somebody(many, described, "", "they", many=True)
    described = " ".join(filter(None, (*adjectives, noun))) if rng.random() < 0.7 else noun
    pronoun = draw_pronoun(noun, rng)
    name = draw_name(pronoun, rng) if rng.random() < 0.3 else ""
    return Somebody(noun, described, name, pronoun)


def draw_friend(rng: random.Random, hero: Somebody) -> Somebody:
    """Draw the helper, never of the hero's kind; some have a name."""
    every = [*words()["friends"], *words()["animals"]]
    noun = rng.choice(every)
    while noun in hero.noun or plural(noun) in hero.noun:
        noun = rng.choice(every)
    adjective = rng.choice((*words()["natures"], *words()["sizes"])) if rng.random() < 0.4 else ""
    friend = make_friend(noun, adjective=adjective, hero=hero)
    name = draw_name(friend.pronoun, rng) if rng.random() < 0.15 else ""
    return Somebody(friend.noun, friend.described, name, friend.pronoun)
