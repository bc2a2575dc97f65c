"""Brings into a page's picture what the wish is about and the plot does not tell of.

A model's picture prompt knows its plot: whose plot has a garden stands in one, even where the wish
says that it is on the moon, and a magic teapot is in no picture of three other wishes. Nor does it
remember the hour of the page before, or that the crown is still to be found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from engine.text import nouns
from engine.text.dwelling import HOMES
from engine.text.lighting import keep_light
from engine.text.page import PageText
from engine.text.phrases import is_plural, singular
from engine.text.reading import Wish
from engine.text.roles import Cast, Home, with_article
from engine.text.seeking import is_found, sought_in, without_sought
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
_WHERE = re.compile(r" (?:in|on|by|at|under|above|with) ")
_THERE = r"(?:there it was|we are (?:there|here)|reached|came to|arrived|at last|found)"
_SEVERAL = {"two": 1, "three": 2, "four": 3, "five": 4}


def picture_wish(
    prompt: str, *, wish: Wish, cast: Cast, text: str, before: Sequence[PageText] = (),
    direction: str = "", last: bool = False,
) -> str:  # fmt: skip
    """Return a page's picture prompt with the wish's place, and its thing if nothing tells of it.

    ``cast`` is as the plot takes it, ``text`` the page's prose. What the wish looks for is not seen
    before the prose of a page has found it, or on the ``last`` one; the hour is that of the pages
    ``before`` until prose, ``direction`` or wish tell of another.
    """
    prompt = _in_world(prompt, wish)
    prompt = _where_told(prompt, wish, text)
    sought = sought_in(wish)
    if sought and not last and not is_found(sought, [*(page.text for page in before), text]):
        prompt = _without(prompt, sought)
    else:
        sought = frozenset()
    prompt = _with_thing(prompt, wish, cast, but=sought)
    return keep_light(prompt, text=text, before=before, wish=wish.text, direction=direction)


def _without(prompt: str, sought: frozenset[str]) -> str:
    """Leave what is still sought out of those who are in the picture."""
    place = _WHERE.search(prompt)
    end = place.start() if place else len(prompt)
    return without_sought(prompt[:end], sought) + prompt[end:]


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


def _with_thing(prompt: str, wish: Wish, cast: Cast, *, but: frozenset[str]) -> str:
    """Add the wish's thing, ``but`` what is sought, where the plot takes no notice of it."""
    thing, place = _thing_of(wish), _place_in(prompt)
    told = cast.thing.bare.lower().split() if cast.thing else []
    if thing is None or place is None or thing in told or thing in but or _named(thing, prompt):
        return prompt
    who, _, rest = prompt.partition(place.picture)
    who = who.strip()
    if not who or _count(who) > _MOST:
        return prompt
    counted = thing not in _UNCOUNTED and not is_plural(thing)
    said = with_article(thing) if counted else thing
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
