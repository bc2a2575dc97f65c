"""Captions of layouts: a canonical one, which picture prompts use too, and many paraphrases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.image.layout import Figure, Layout
from engine.image.vocabulary import PLACES, SUBJECTS, TIMES, WEATHERS

_SMALL, _LARGE = 0.47, 0.66  # heights of a hero below and above which its size is worth a word
_SMALL_WORDS = ("small", "little", "tiny")
_LARGE_WORDS = ("big", "large", "great")
_ALONE_VERBS = ("stands", "waits", "rests", "plays", "looks around", "smiles")
_THING_VERBS = ("is", "stands")
_THING_PAIR_VERBS = ("is next to", "is beside", "is with")
_ALIVE = frozenset(("animal", "bird", "bug", "water animal", "person", "fantasy"))
_PAIR_VERBS = (
    "stands beside",
    "meets",
    "sits beside",
    "plays with",
    "looks at",
    "waits with",
    "talks to",
    "is with",
    "is next to",
)
_STYLES = ("a picture of", "a storybook picture of", "an illustration of", "a painting of")
_PLACE_PHRASES = {
    "meadow": ("in a green meadow", "in a field", "on the grass"),
    "forest": ("in the woods", "in the forest", "among the trees", "in a deep forest"),
    "snowfield": ("in the snow", "on a snowy hill", "in a snowy field"),
    "mountains": ("among the mountains", "in a valley", "in the high mountains"),
    "beach": ("on the beach", "on the shore", "at the seaside", "on the sand"),
    "sea": ("at sea", "on the ocean", "among the waves", "on the open sea"),
    "underwater": ("under water", "in the deep sea", "at the bottom of the sea"),
    "cave": ("in a dark cave", "inside a cave", "in the cavern"),
    "desert": ("in the desert", "among the dunes", "in the hot desert"),
    "village": ("in a village", "in the street", "in a little town", "on the market square"),
    "castle": ("in front of a castle", "at the palace", "near the castle"),
    "city": ("in the city", "in a big city", "downtown"),
    "farm": ("on the farm", "by the barn", "in a farmyard"),
    "garden": ("in the garden", "in a flower garden", "in the backyard"),
    "river": ("by the river", "beside a stream", "on the riverbank"),
    "lake": ("by the lake", "beside a lake", "near a quiet lake"),
    "swamp": ("in the swamp", "in a marsh", "in the bog"),
    "jungle": ("in the jungle", "in a rainforest", "deep in the jungle"),
    "clouds": ("in the sky", "high above the clouds", "among the clouds"),
    "space": ("in outer space", "among the stars in space", "far out in space"),
    "moon": ("on the moon", "on the moon in space"),
    "bedroom": ("in the bedroom", "in a cosy bedroom", "in a room"),
    "kitchen": ("in the kitchen", "in a warm kitchen"),
    "library": ("in the library", "in a room full of books", "in a library full of books"),
    "playground": ("in the playground", "in the park", "at the playground"),
    "bridge": ("on the bridge", "on a stone bridge"),
    "island": ("on a small island", "on the island", "on a desert island"),
    "hill": ("on a green hill", "on the hill", "on a hilltop"),
    "pond": ("by the pond", "beside a pond", "near a lily pond"),
    "road": ("on a path", "on the road", "on a country road"),
    "harbour": ("in the harbour", "on the pier", "at the docks"),
    "waterfall": ("by the waterfall", "near a waterfall", "beneath a waterfall"),
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNCOUNTED = _words(
    "books grapes glasses corn bread cheese milk chocolate honey soup candy yarn coral wheat "
    "santa treasure armour armor wool firewood toffee coffee cocoa jam stew porridge toast "
    "lettuce straw grain maize spectacles merlin saturn lightning thunder sunshine wood"
)


def article(noun: str) -> str:
    """Put "a" or "an" before a noun phrase that can be counted."""
    if noun.split()[-1] in _UNCOUNTED:
        return noun
    vowel = noun[0] in "aeiou" and not noun.startswith(("uni", "one", "eu", "us"))
    return ("an " if vowel else "a ") + noun


def _choice(rng: np.random.Generator, items: Sequence[str]) -> str:
    return items[int(rng.integers(len(items)))]


def _size_words(figure: Figure, alone: bool) -> tuple[str, ...]:
    if alone and figure.height < _SMALL:
        return _SMALL_WORDS
    return _LARGE_WORDS if figure.height > _LARGE else ()


def _phrase(figure: Figure, *, name: str | None = None, size: str = "") -> str:
    words = [size, figure.colour or "", name or figure.subject]
    return article(" ".join(w for w in words if w))


def reading_order(layout: Layout) -> list[Figure]:
    """Return the figures as a caption names them: the hero, who is drawn last, first."""
    return list(layout.figures[::-1])


def _joined(phrases: Sequence[str]) -> str:
    if len(phrases) < 3:
        return " and ".join(phrases)
    return ", ".join(phrases[:-1]) + " and " + phrases[-1]


def canonical_caption(layout: Layout) -> str:
    """Say a layout in the words of picture prompts: who, where, when and in what weather."""
    who = _joined([_phrase(f) for f in reading_order(layout)])
    parts = [who] if who else []
    parts.append(PLACES[layout.place].phrase)
    parts.append(TIMES[layout.time][0])
    text = " ".join(parts)
    return text if layout.weather == "clear" else f"{text}, {WEATHERS[layout.weather][0]}"


def _free_phrase(figure: Figure, rng: np.random.Generator, *, alone: bool) -> str:
    """Name a figure, at times by a synonym and with its size."""
    info = SUBJECTS[figure.subject]
    name = figure.subject
    if info.synonyms and rng.random() < 0.3:
        name = _choice(rng, info.synonyms)
    sizes = _size_words(figure, alone)
    size = _choice(rng, sizes) if sizes and rng.random() < 0.4 else ""
    return _phrase(figure, name=name, size=size)


def _side(figure: Figure) -> str:
    if figure.x < 0.42:
        return " on the left"
    return " on the right" if figure.x > 0.58 else " in the middle"


def _setting(layout: Layout, rng: np.random.Generator) -> str:
    """Say place, time and weather, each left out at times."""
    parts: list[str] = []
    if rng.random() < 0.86:
        usual = PLACES[layout.place].phrase
        parts.append(usual if rng.random() < 0.4 else _choice(rng, _PLACE_PHRASES[layout.place]))
    if rng.random() < (0.75 if layout.time != "day" else 0.25):
        parts.append(_choice(rng, TIMES[layout.time]))
    if layout.weather != "clear" and rng.random() < 0.75:
        parts.append(_choice(rng, WEATHERS[layout.weather][1:]))
    return " ".join(parts)


def _who(figures: list[Figure], rng: np.random.Generator) -> str:
    phrases = [_free_phrase(f, rng, alone=len(figures) == 1) for f in figures]
    alive = all(SUBJECTS[f.subject].category in _ALIVE for f in figures)
    if len(figures) > 1 and rng.random() < 0.25:
        phrases = [p + _side(f) for p, f in zip(phrases, figures, strict=True)]
    elif len(figures) == 2 and rng.random() < 0.6:
        verb = _choice(rng, _PAIR_VERBS if alive else _THING_PAIR_VERBS)
        return f"{phrases[0]} {verb} {phrases[1]}"
    elif len(figures) == 1 and rng.random() < 0.3:
        return f"{phrases[0]} {_choice(rng, _ALONE_VERBS if alive else _THING_VERBS)}"
    return _joined(phrases)


def caption(layout: Layout, rng: np.random.Generator) -> str:
    """Say a layout in one of many ways; place, time, weather, size and side are at times left out.

    The names of all figures are always said, by the usual word or by a synonym.
    """
    if rng.random() < 0.25:
        return canonical_caption(layout)
    figures = reading_order(layout)
    who, setting = _who(figures, rng), _setting(layout, rng)
    if not who or not setting:
        return who or setting or PLACES[layout.place].phrase
    if rng.random() < 0.15:
        return f"{setting}, {who}" if "," not in setting else f"{who} {setting}"
    style = _choice(rng, _STYLES) + " " if rng.random() < 0.12 else ""
    return f"{style}{who} {setting}"
