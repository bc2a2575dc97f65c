"""Accents: a moon, a cloud, a tree in the free corners of a scene, as an illustrator would add.

A prompt names who is in the picture; skies and grounds would else be bare, but for the views of
places, which have all of that. A rainbow is one, too. Accents are figures like others to the draft
model, but not part of the layout that a story goes on from.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.image.layout import Figure, Layout
from engine.image.vocabulary import PLACES
from engine.models.draft import FIGURES

# (subjects to choose from, width, height), all as shares of the picture.
_Accent = tuple[tuple[str, ...], float, float]
_MOON: _Accent = (("moon", "crescent moon"), 0.16, 0.16)
_SUN: _Accent = (("sun", "cloud"), 0.18, 0.17)
_CLOUD: _Accent = (("cloud",), 0.26, 0.18)
_SKIES: dict[tuple[str, str], _Accent] = {
    ("night", "clear"): _MOON,
    ("night", "cloudy"): _MOON,
    ("day", "clear"): _SUN,
    ("day", "cloudy"): _CLOUD,
    ("dawn", "cloudy"): _CLOUD,
    ("sunset", "cloudy"): _CLOUD,
}
_GROUNDS: dict[str, _Accent] = {
    "forest": (("tree", "pine tree"), 0.26, 0.4),
    "meadow": (("tree", "sunflower"), 0.24, 0.36),
    "hill": (("tree",), 0.24, 0.36),
    "road": (("tree",), 0.24, 0.36),
    "garden": (("sunflower", "rose"), 0.16, 0.26),
    "pond": (("tree",), 0.22, 0.34),
    "river": (("tree",), 0.22, 0.34),
    "lake": (("pine tree",), 0.22, 0.36),
    "snowfield": (("pine tree",), 0.24, 0.4),
    "mountains": (("pine tree",), 0.22, 0.36),
    "beach": (("palm tree",), 0.26, 0.44),
    "island": (("palm tree",), 0.26, 0.44),
    "jungle": (("palm tree",), 0.26, 0.44),
    "desert": (("cactus",), 0.2, 0.32),
    "village": (("house", "old house"), 0.26, 0.28),
    "farm": (("tree",), 0.24, 0.36),
    "playground": (("tree",), 0.24, 0.36),
}
_SKY_HEIGHT, _FOOT = 0.15, 0.08  # the centre of a sky's accent; how far below the horizon feet are
_SIDES = (0.15, 0.85)
_MOST_COVERED = 0.1
_ARCH, _ARCH_HEIGHT, _ARCH_FOOT = 0.45, 0.5, 0.03  # half of a rainbow; its foot below the horizon


def with_accents(layout: Layout, *, seed: int) -> Layout:
    """Return a layout with a few more figures, most of them the farthest, where there is room."""
    rng = np.random.default_rng([seed, 7_331])
    layout = _with_rainbow(layout, rng)
    found: list[Figure] = []
    if not layout.backdrop and PLACES[layout.place].ground in ("land", "water"):
        for accent, on_ground in ((_sky(layout), False), (_GROUNDS.get(layout.place), True)):
            room = FIGURES - len(layout.figures) - len(found)
            if accent is not None and room > 0:
                found += _placed(accent, layout, found, rng, on_ground=on_ground)
    return replace(layout, figures=(*found, *layout.figures))


def _with_rainbow(layout: Layout, rng: np.random.Generator) -> Layout:
    """Let two halves of a rainbow stand for the weather, which tells nobody where the bow is."""
    outside = PLACES[layout.place].ground in ("land", "water")
    if layout.weather != "rainbow" or not outside or len(layout.figures) + 2 > FIGURES:
        return layout
    middle = float(rng.uniform(0.47, 0.53))
    y = max(layout.horizon + _ARCH_FOOT - _ARCH_HEIGHT / 2, _ARCH_HEIGHT / 2)
    halves = (
        Figure("rainbow", None, middle + side * _ARCH / 2, y, _ARCH, _ARCH_HEIGHT, flip=side > 0)
        for side in (-1, 1)
    )
    return replace(layout, weather="clear", figures=(*halves, *layout.figures))


def _sky(layout: Layout) -> _Accent | None:
    return _SKIES.get((layout.time, layout.weather))


def _placed(
    accent: _Accent,
    layout: Layout,
    others: list[Figure],
    rng: np.random.Generator,
    *,
    on_ground: bool,
) -> list[Figure]:
    """Put an accent to the left or right; nowhere if both sides are taken or it is there."""
    subjects, width, height = accent
    subject = subjects[int(rng.integers(len(subjects)))]
    present = {figure.subject for figure in layout.figures}
    y = min(layout.horizon + _FOOT, 0.95) - height / 2 if on_ground else _SKY_HEIGHT
    for x in rng.permutation(_SIDES):
        figure = Figure(subject, None, float(x), y, width, height, flip=bool(rng.random() < 0.5))
        taken = [*layout.figures, *others]
        if any(o.x == figure.x for o in others):
            continue
        if present.isdisjoint(subjects) and all(_covered(figure, o) < _MOST_COVERED for o in taken):
            return [figure]
    return []


def _covered(figure: Figure, other: Figure) -> float:
    """Return the share of a figure's box that another one covers."""
    width = min(figure.x + figure.width / 2, other.x + other.width / 2) - max(
        figure.x - figure.width / 2, other.x - other.width / 2
    )
    height = min(figure.y + figure.height / 2, other.y + other.height / 2) - max(
        figure.y - figure.height / 2, other.y - other.height / 2
    )
    return max(width, 0.0) * max(height, 0.0) / (figure.width * figure.height)
