"""Says which plots suit a cast, and lends them the things and deeds that a wish leaves open."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.text import nouns
from engine.text.clues import Clues, wish_clues
from engine.text.friends import choose_friend
from engine.text.page import PageText
from engine.text.phrases import head_of, singular
from engine.text.roles import Cast, Deed, Thing
from engine.text.taking import make_thing
from engine.text.traits import with_trait
from engine.text.verbs import doing, past
from engine.text.wish import PLAIN

_LACKING, _UNLIKE, _TWICE, _UNTOLD, _FEARLESS = 3.0, 9.0, 9.0, 1.5, 99.0
"""What it costs a plot, in nats: a thing or deed that the wish does not name, a thing of another
kind, its own people in the hero's role, words of the wish that it does not tell of, and to be about
a fear that the wish denies."""
_TELLING, _SPEAKING, _MOSTLY = 0.5, 1.3, 0.5
_STRANGE = 3.0
_ANYBODY = frozenset(("duo", "visit", "lonely", "helpers", "lostway", "storm", "picnic", "enemies",
                      "smallsaves", "lantern", "star"))  # fmt: skip
"""Plots of what may happen to anybody; all others cost so much where no word speaks for them."""
_BRAVE = re.compile(r"\b(?:not|never|n't|isnt|without|no longer) (?:at all |even )?(?:be |being )?"
                    r"(?:an? )?(?:afraid|scared|frightened|fear)\b|\bfearless\b")  # fmt: skip
TOYS = frozenset(("teddy", "teddy bear", "doll", "rag doll", "puppet", "toy soldier", "robot",
                  "snowman", "scarecrow"))  # fmt: skip
"""Who may be a person of a story as well as a thing to lose, to find or to build."""
_SHAPES = frozenset(("cannot", "rather", "teach", "why"))
"""Words on which a whole wish turns."""
_EATING = frozenset(("eat", "bake", "cook", "taste", "drink", "nibble", "swallow"))
_OF_THEIR_OWN = ("lighthouse", "trainride", "bakery", "mystery", "invention")
"""Plots whose own people and things may well be the hero: a train that drives."""


@dataclass(frozen=True)
class Bringing:
    """What a plot brings: its own people and things, the kind of its thing, and some to take."""

    own: tuple[str, ...] = ()
    kind: str = "any"
    things: tuple[str, ...] = ()


def _read() -> tuple[
    dict[str, Bringing], dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], frozenset[str],
    frozenset[str]
]:  # fmt: skip
    text = Path(__file__).with_name("plots.txt").read_text("utf-8")
    plots, deeds, others, foods, people = re.split(r"\n== \w+\n", text)
    found = {}
    for line in _lines(plots):
        name, own, kind, things = (*map(str.strip, line.split("|")), "", "", "")[:4]
        found[name] = Bringing(_listed(own), kind or "any", _listed(things))
    lent = {line.split(" | ")[0]: _listed(line.split(" | ")[1]) for line in _lines(deeds)}
    beside = {line.split(" | ")[0]: _listed(line.split(" | ")[1]) for line in _lines(others)}
    food, person = (frozenset(_listed(part.replace("\n", " "))) for part in (foods, people))
    return found, lent, beside, food, person


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


PLOTS, DEEDS, OTHERS, FOODS, PEOPLE = _read()
_NOTHING = Bringing()


def suits(plot: str, thing: Thing, *, eaten: bool = False) -> bool:
    """Say whether a thing is of the kind that a plot is about; what is ``eaten`` is food."""
    kind = PLOTS.get(plot, _NOTHING).kind
    words = thing.bare.lower().split()
    head = head_of(words) if words else ""
    names = {head, singular(head), thing.bare.lower()}
    alive = bool(names & nouns.ANIMATE) and not names & TOYS
    if kind == "trade":
        return bool(names & PEOPLE) or not names & nouns.KNOWN
    if kind == "alive":
        return alive or not names & nouns.KNOWN
    if kind == "food":
        return bool(names & FOODS) or thing.bare.lower().split()[-1] in FOODS or eaten
    if kind == "object":
        return not (alive or names & (nouns.PLACES - nouns.THINGS - nouns.THING_HEROES))
    return kind == "any" or not alive


def _eats(cast: Cast) -> bool:
    return cast.deed is not None and cast.deed.base.split()[0] in _EATING


def _is_food(thing: Thing) -> bool:
    return bool({head_of(thing.bare.lower().split()), thing.bare.lower()} & FOODS)


def misfit(
    plot: str, cast: Cast, *, marked: str, roles: Sequence[str], clues: Clues
) -> float:  # fmt: skip
    """Say how badly a plot fits a cast and its marked wish, in nats; 0 where nothing is lost."""
    cost = _TWICE * _repeats(plot, cast)
    cost += _FEARLESS * (plot == "fear" and bool(_BRAVE.search(marked.lower())))
    shapes = wish_clues(marked) & _SHAPES
    cost += 2 * _UNTOLD * sum(clues.get(word, {}).get(plot, 0.0) <= _TELLING for word in shapes)
    told = False
    if "thing" in roles and cast.thing:
        fits = suits(plot, cast.thing, eaten=_eats(cast))
        cost += 0.0 if fits else _UNLIKE
        cost += _LACKING * _is_food(cast.thing) * (PLOTS.get(plot, _NOTHING).kind == "object")
        told = fits
    elif "thing" in roles:
        cost += _LACKING
    if "deed" in roles:
        cost += 0.0 if cast.deed else _LACKING
        told |= cast.deed is not None
    if told:
        return cost
    cost += _STRANGE * _comes_from_nowhere(plot, marked, clues)
    lost = _untold(plot, cast, clues)
    return cost + lost * (_UNTOLD if "<|H|>" in marked else 2 * _UNTOLD)  # all else is the thing


def _repeats(plot: str, cast: Cast) -> bool:
    """Say whether the plot's own people stand in for hero or friend: two ghosts, two stars."""
    own = PLOTS.get(plot, _NOTHING).own
    names = {head_of(who.noun.lower().split()) for who in (cast.hero, cast.friend) if who.noun}
    return bool({*names, *map(singular, names)} & set(own)) and plot not in _OF_THEIR_OWN


def _comes_from_nowhere(plot: str, marked: str, clues: Clues) -> bool:
    """Say whether no word of a wish speaks for a plot that is not anybody's: "too big", say."""
    words = {word for word in wish_clues(marked) - PLAIN if word[0] != "<" and len(word) > 1}
    spoken = any(clues.get(word, {}).get(plot, 0.0) > _SPEAKING for word in words)
    return bool(clues) and plot not in _ANYBODY and not spoken


def _untold(plot: str, cast: Cast, clues: Clues) -> float:
    """Say how much of the wish's thing and deed a plot does not tell of, by its usual wishes.

    From 0 to 1: of a magic teapot the teapot counts, for many plots know magic.
    """
    thing = cast.thing.bare.lower().split() if cast.thing else []
    named = thing[-1:] if "of" not in thing else [thing[thing.index("of") - 1], thing[-1]]
    words = wish_clues(f"{' '.join(named)} {cast.deed.base if cast.deed else ''}") - PLAIN
    lost = [word for word in words if clues.get(word, {}).get(plot, 0.0) <= _TELLING]
    return len(lost) / len(words) if words else 0.0


def fit_cast(
    cast: Cast, plot: str, *, roles: Sequence[str], before: Sequence[PageText], seed: int,
    marked: str = "", clues: Clues | None = None,
) -> Cast:  # fmt: skip
    """Leave thing and deed to plots that speak of them, and lend what such a plot lacks.

    What is lent is what the pages so far tell of, or drawn by the seed. What the ``marked`` wish
    says and the plot does not tell, the hero's introduction says.
    """
    own = PLOTS.get(plot, _NOTHING)
    fits = cast.thing is not None and suits(plot, cast.thing, eaten=_eats(cast))
    thing = cast.thing if "thing" in roles and fits else None
    deed = cast.deed if "deed" in roles else None
    brought = cast.thing is not None and cast.thing.bare.split()[-1] in own.own
    if not (thing or deed or brought) and _untold(plot, cast, clues or {}) >= _MOSTLY:
        cast = with_trait(cast, marked)
    taken = deed.base.split() if deed else []
    if "<|F|>" not in marked:
        taken += OTHERS.get(plot, ())
    if cast.friend.noun in taken:
        friend = choose_friend(
            hero=cast.hero, wish=" ".join(taken), before=before, seed=seed, home=cast.home
        )
        cast = replace(cast, friend=friend)
    if "thing" in roles and thing is None and own.things:
        thing = _thing(_lend(own.things, cast, before, f"thing-{seed}"))
    if "deed" in roles and deed is None and plot in DEEDS:
        base = _lend(DEEDS[plot], cast, before, f"deed-{seed}")
        deed = Deed(base, past(base), doing(base))
    return replace(cast, thing=thing, deed=deed)


def _lend(choice: Sequence[str], cast: Cast, before: Sequence[PageText], seed: str) -> str:
    free = [one for one in choice if _bare(one) not in (cast.hero.noun, cast.friend.noun)]
    told = " ".join(page.text for page in before).lower()
    counts: Mapping[str, int] = {one: told.count(_bare(one)) for one in free}
    met = max(free, key=counts.__getitem__)
    return met if counts[met] >= 1 else random.Random(seed).choice(free)


def _bare(phrase: str) -> str:
    return re.sub(r"^(?:an?|the) ", "", phrase)


def _thing(phrase: str) -> Thing:
    bare = _bare(phrase)
    return make_thing(phrase.removesuffix(bare).strip(), bare)
