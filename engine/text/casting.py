"""Casts a story: roles from the wish, from the pages so far, and the rest drawn by the seed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from engine.text import nouns
from engine.text.dwelling import choose_home
from engine.text.friends import FRIENDS, choose_friend, make_friend
from engine.text.page import PageText
from engine.text.reading import Wish, guess_pronoun, read_wish
from engine.text.roles import Cast, Somebody
from engine.text.sampling import BannedWords

_OURS = re.compile(r"\b(?:me|my|i|we|us|our)\b", re.IGNORECASE)
_WHO = re.compile(r"^(.+?)(?=,| and | in | on | by | at | under | above | with )")


def cast_story(wish: Wish, *, before: Sequence[PageText], seed: int) -> Cast:
    """Say who is who; what the wish leaves open is taken from the pages so far, or drawn."""
    hero = wish.hero or _hero(wish, before, seed)
    home = wish.home or choose_home(hero=hero, wish=wish.text, before=before, seed=seed)
    friend = (
        _other_pronoun(wish.friend, hero)
        if wish.friend
        else choose_friend(hero=hero, wish=wish.text, before=before, seed=seed, home=home)
    )
    return Cast(hero, friend, home, wish.thing, wish.deed)


def _hero(wish: Wish, before: Sequence[PageText], seed: int) -> Somebody:
    if before and (match := _WHO.match(before[0].prompt)):
        found = read_wish(match[1]).hero
        if found is not None:
            return found
    kinds = ("girl", "boy") if _OURS.search(wish.text) else _animals(wish.text)
    noun = random.Random(f"hero-{seed}").choice(kinds)
    return Somebody(noun, noun, "", guess_pronoun(noun, ""))


def _animals(wish: str) -> list[str]:
    return [noun for noun in FRIENDS[:42] if noun not in wish.lower()]


def _other_pronoun(friend: Somebody, hero: Somebody) -> Somebody:
    """Let he and she tell friend and hero apart where the friend may be either."""
    if friend.many or friend.name or friend.noun in nouns.SHE | nouns.HE:
        return friend
    return replace(friend, pronoun=make_friend(friend.noun, hero=hero).pronoun)


def plain_prompt(cast: Cast, bans: BannedWords) -> str:
    """Say who and where in the simplest words, of those that may be said."""
    ways = (f"{cast.hero.looks} {cast.home.picture}", cast.hero.looks, "a storybook")
    return next((way for way in ways if not bans.spoil(way)), ways[-1]).lower()
