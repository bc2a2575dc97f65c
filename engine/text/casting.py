"""Casts a story: roles from the wish, from the pages so far, and the rest drawn by the seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from engine.text import nouns
from engine.text.friends import FRIENDS, choose_friend, make_friend
from engine.text.page import PageText
from engine.text.reading import Wish, guess_pronoun, read_wish
from engine.text.roles import Cast, Home, Somebody
from engine.text.sampling import BannedWords

HOMES = tuple(
    Home(inside, inside.partition(" ")[2], picture)
    for inside, picture in (
        ("in the forest", "in a forest"), ("in the meadow", "in a meadow"),
        ("on the snowy field", "on a snowy field"), ("in the mountains", "in the mountains"),
        ("on the beach", "on a beach"), ("in a cave", "in a cave"),
        ("in the desert", "in a desert"), ("in the village", "in a village street"),
        ("by the castle", "by a castle"), ("in the city", "in a city"),
        ("on the farm", "on a farm"), ("in the garden", "in a garden"),
        ("by the river", "by a river"), ("by the lake", "by a lake"),
        ("in the swamp", "in a swamp"), ("in the jungle", "in a jungle"),
        ("on the moon", "on the moon"), ("in the library", "in a library"),
        ("on the island", "on an island"), ("on the hill", "on a hill"),
        ("by the pond", "by a pond"), ("in the harbour", "in a harbour"),
        ("in the bedroom", "in a bedroom"), ("in the kitchen", "in a kitchen"),
        ("on the road", "on a road"), ("by the waterfall", "by a waterfall"),
        ("under the sea", "under the sea"), ("on the sea", "on the sea"),
        ("in space", "in space"), ("above the clouds", "above the clouds"),
        ("in the playground", "in a playground"), ("on the bridge", "on a bridge"),
    )
)  # fmt: skip
"""Places in the words of picture prompts; a story without a place of its own begins in one."""
_USUAL = 22  # the first of them are where somebody may live

_WHO = re.compile(r"^(.+?)(?=,| and | in | on | by | at | under | above | with )")


def cast_story(wish: Wish, *, before: Sequence[PageText], seed: int) -> Cast:
    """Say who is who; what the wish leaves open is taken from the pages so far, or drawn."""
    hero = wish.hero or _hero(before, seed)
    friend = _other_pronoun(wish.friend, hero) if wish.friend else None
    friend = friend or choose_friend(hero=hero, wish=wish.text, before=before, seed=seed)
    return Cast(hero, friend, wish.home or _home(before, seed), wish.thing, wish.deed)


def _hero(before: Sequence[PageText], seed: int) -> Somebody:
    if before and (match := _WHO.match(before[0].prompt)):
        found = read_wish(match[1]).hero
        if found is not None:
            return found
    noun = random.Random(f"hero-{seed}").choice(FRIENDS[:42])
    return Somebody(noun, noun, "", guess_pronoun(noun, ""))


def _other_pronoun(friend: Somebody, hero: Somebody) -> Somebody:
    """Let he and she tell friend and hero apart where the friend may be either."""
    if friend.many or friend.name or friend.noun in nouns.SHE | nouns.HE:
        return friend
    return replace(friend, pronoun=make_friend(friend.noun, hero=hero).pronoun)


def _home(before: Sequence[PageText], seed: int) -> Home:
    for page in before[:1]:
        for home in HOMES:
            if re.search(rf"\b{home.picture}\b", page.prompt):
                return home
    return random.Random(f"home-{seed}").choice(HOMES[:_USUAL])


def plain_prompt(cast: Cast, bans: BannedWords) -> str:
    """Say who and where in the simplest words, of those that may be said."""
    ways = (f"{cast.hero.looks} {cast.home.picture}", cast.hero.looks, "a storybook")
    return next((way for way in ways if not bans.spoil(way)), ways[-1]).lower()
