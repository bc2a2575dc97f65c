"""Where a story begins: at home, which is where somebody of the hero's kind may live."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from engine.text.page import PageText
from engine.text.phrases import head_of, singular
from engine.text.roles import Home, Somebody
from engine.text.sentences import split_sentences

HOMES = tuple(
    Home(inside, inside.partition(" ")[2], picture)
    for inside, picture in (
        ("in the forest", "in a forest"), ("in the meadow", "in a meadow"),
        ("on the snowy field", "on a snowy field"), ("in the mountains", "in the mountains"),
        ("on the beach", "on a beach"), ("in the cave", "in a cave"),
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
_BY_INSIDE = {home.inside: home for home in HOMES}


def _read() -> tuple[dict[str, tuple[Home, ...]], ...]:
    text = Path(__file__).with_name("homes.txt").read_text("utf-8")
    return tuple(_table(part) for part in re.split(r"\n== \w+\n", text)[1:])


def _table(text: str) -> dict[str, tuple[Home, ...]]:
    found: dict[str, tuple[Home, ...]] = {}
    for line in filter(None, text.splitlines()):
        places, _, words = line.partition(":")
        homes = tuple(_BY_INSIDE[place.strip()] for place in places.split(","))
        for word in words.split(","):
            found.setdefault(word.strip(), homes)
    return found


_OF_HEROES, _OF_WISHES = _read()


def choose_home(*, hero: Somebody, wish: str, before: Sequence[PageText], seed: int) -> Home:
    """Choose where the hero lives: as on the first page, or by the wish, or by the hero's kind."""
    for page in before[:1]:
        home = _told(page.text) or _pictured(page.prompt)
        if home is not None:
            return home
    fitting = _by_wish(wish) or _by_kind(hero) or HOMES[:_USUAL]
    return random.Random(f"home-{seed}").choice(fitting)


def _told(text: str) -> Home | None:
    """Find the home that a first page tells of; its picture may show a school or a castle."""
    opening = " ".join(split_sentences(text)[:2])
    found = {
        match.start(): home
        for home in HOMES
        if (
            match := re.search(
                rf"\b{home.inside}\b|\b{home.picture}\b|\bknow {home.the}\?", opening, re.IGNORECASE
            )
        )
    }
    return found[min(found)] if found else None


def _pictured(prompt: str) -> Home | None:
    return next((home for home in HOMES if re.search(rf"\b{home.picture}\b", prompt)), None)


def _by_wish(wish: str) -> tuple[Home, ...]:
    words = re.findall(r"[a-z]+", wish.lower())
    return next((_OF_WISHES[word] for word in words if word in _OF_WISHES), ())


def _by_kind(hero: Somebody) -> tuple[Home, ...]:
    head = head_of(hero.noun.lower().split())
    last = head.split()[-1]
    names = (hero.noun.lower(), head, singular(head), last, singular(last))
    return next((_OF_HEROES[name] for name in names if name in _OF_HEROES), ())
