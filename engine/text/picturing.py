"""Brings into a page's picture what the wish is about and the plot does not tell of.

A model's picture prompt knows its plot: whose plot has a garden stands in one, even where the wish
says that it is on the moon, and a magic teapot is in no picture of three other wishes.
"""

from __future__ import annotations

import re
from functools import cache

from engine.text import nouns
from engine.text.dwelling import HOMES
from engine.text.phrases import singular
from engine.text.reading import Wish
from engine.text.roles import Cast, Home, with_article
from engine.text.suiting import FOODS

_MOST = 3  # figures beside which there is room for one more
_WORLDS = ("on the moon", "in space", "under the sea")
_IN_WORLDS = ("in a garden", "in a kitchen", "in a bedroom", "in a library", "in a playground",
              "in a village street", "by a castle", "on a farm")  # fmt: skip
_UNCOUNTED = frozenset(
    """cheese bread jam honey soup porridge chocolate rice lemonade popcorn spaghetti medicine
    treasure""".split()  # noqa: SIM905
)
_UNSEEN = frozenset(
    """adventure autumn birthday day dream flood game journey light music mystery night party race
    rain riddle secret smile snow song spell spring storm summer tail voice winter wish wishes
    colors colours picnic festival""".split()  # noqa: SIM905
)
_SEEN = (nouns.THINGS | nouns.THING_HEROES | FOODS) - nouns.PLACES - nouns.ANIMATE - _UNSEEN
_ISLAND = re.compile(r"\b(?:islands?|sea|boat|ship|sail\w*|beach|sand|palms?|waves?)\b", re.I)
_THERE = r"(?:there it was|we are (?:there|here)|reached|came to|arrived|at last|found)"
_SEVERAL = {"two": 1, "three": 2, "four": 3, "five": 4}


def picture_wish(prompt: str, *, wish: Wish, cast: Cast, text: str) -> str:
    """Return a page's picture prompt with the wish's place, and its thing if nothing tells of it.

    ``cast`` is as the plot takes it, ``text`` the page's prose.
    """
    prompt = _in_world(prompt, wish)
    prompt = _where_told(prompt, wish, text)
    return _with_thing(prompt, wish, cast)


def _in_world(prompt: str, wish: Wish) -> str:
    """Say "in a garden on the moon" where the wish is of the moon."""
    world = wish.home.picture if wish.home else ""
    place = _place_in(prompt)
    if world not in _WORLDS or world in prompt:
        return prompt
    if place is None or place.picture not in _IN_WORLDS:
        return prompt
    return prompt.replace(place.picture, f"{place.picture} {world}", 1)


def _where_told(prompt: str, wish: Wish, text: str) -> str:
    """Leave an island that the page does not tell of, and go where the wish's journey ends."""
    place = _place_in(prompt)
    if place is None:
        return prompt
    if wish.home and place.picture == "on an island" and not _ISLAND.search(text):
        return prompt.replace(place.picture, wish.home.picture, 1)
    goal = _goal(wish)
    if goal and goal != place and _arrives(goal, text):
        return re.sub(r",? snow$", "", prompt.replace(place.picture, goal.picture, 1))
    return prompt


def _goal(wish: Wish) -> Home | None:
    """Return where a wish's deed goes to: "goes to the desert"."""
    found = re.search(r"\bto (the [a-z]+)$", wish.deed.base) if wish.deed else None
    return next((home for home in HOMES if found and home.the == found[1]), None)


def _arrives(goal: Home, text: str) -> bool:
    place = re.escape(goal.the)
    near = rf"{_THERE}[^.!?]{{0,30}}\b{place}\b|\b{place}\b[^.?]{{0,12}}[.!] [^.!?]{{0,3}}{_THERE}"
    return bool(re.search(near, text, re.I))


def _with_thing(prompt: str, wish: Wish, cast: Cast) -> str:
    """Add the wish's thing to those in the picture, where the plot takes no notice of it."""
    thing, place = _thing_of(wish), _place_in(prompt)
    told = cast.thing.bare.lower().split() if cast.thing else []
    if thing is None or place is None or thing in told or _named(thing, prompt):
        return prompt
    who, _, rest = prompt.partition(place.picture)
    who = who.strip()
    if not who or _count(who) > _MOST:
        return prompt
    said = thing if thing in _UNCOUNTED or thing != singular(thing) else with_article(thing)
    together = f"{who.replace(' and ', ', ')} and {said}"
    return f"{together} {place.picture}{rest}"


def _thing_of(wish: Wish) -> str | None:
    """Return the first thing that can be seen among a wish's words, but for who is in it."""
    people = f"{wish.hero.looks if wish.hero else ''} {wish.friend.noun if wish.friend else ''}"
    words = re.findall(r"[a-z]+", wish.text.lower())
    taken = set(people.lower().split())
    fitting = (w for w in words if {w, singular(w)} & _SEEN and not {w, singular(w)} & taken)
    return next(fitting, None)


def _named(thing: str, prompt: str) -> bool:
    return bool({thing, singular(thing)} & {singular(w) for w in re.findall(r"[a-z]+", prompt)})


def _count(who: str) -> int:
    """Count the figures of "two mice, a ghost and a boat"."""
    parts = re.split(r", | and ", who)
    return len(parts) + sum(_SEVERAL.get(part.split()[0], 0) for part in parts if part)


@cache
def _homes() -> re.Pattern[str]:
    longest = sorted((home.picture for home in HOMES), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")


def _place_in(prompt: str) -> Home | None:
    found = _homes().search(prompt)
    return next((home for home in HOMES if found and home.picture == found[0]), None)
