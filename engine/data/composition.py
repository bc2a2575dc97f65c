"""Random layouts: who is in a picture, where, when, how large and in which colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from engine.data.subjects import aspect
from engine.image.layout import Figure, Layout
from engine.image.vocabulary import BACKDROPS, COLOURS, PLACES, SUBJECTS

WATERSIDE = ("beach", "river", "lake", "pond", "harbour", "swamp", "island", "bridge")
_DRY_ONLY = ("sea", "underwater")
_FAR = ("space", "moon", "clouds")
_SPACE_DWELLERS = (
    "rocket",
    "alien",
    "astronaut",
    "robot",
    "flying saucer",
    "star",
    "planet",
    "earth",
    "shooting star",
    "moon",
    "crescent moon",
    "sun",
)
_TIMES: Mapping[str, float] = {"day": 0.38, "night": 0.28, "sunset": 0.19, "dawn": 0.15}
_WEATHERS: Mapping[str, float] = {
    "clear": 0.44,
    "snow": 0.15,
    "rain": 0.12,
    "cloudy": 0.11,
    "fog": 0.08,
    "rainbow": 0.1,
}
_COLOURED = {
    "animal": 0.12,
    "bird": 0.12,
    "bug": 0.1,
    "water animal": 0.12,
    "person": 0.12,
    "fantasy": 0.18,
    "vehicle": 0.25,
    "building": 0.15,
    "thing": 0.22,
}
_HEIGHTS = {1: (0.42, 0.56), 2: (0.45, 0.62), 3: (0.5, 0.68), 4: (0.55, 0.74), 5: (0.58, 0.76)}
_SIDE_ROLES = frozenset({"thing", "food", "plant", "sky"})
_STORY_POWER = 1.4  # more views for story heroes than their weights alone give
_WIDEST = 0.74


def _pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    names = list(weights)
    shares = np.fromiter(weights.values(), dtype=np.float64)
    return names[int(rng.choice(len(names), p=shares / shares.sum()))]


def _place_weight(place: str, hero: str) -> float:
    """Return how often a hero is seen at a place."""
    info, subject = PLACES[place], SUBJECTS[hero]
    weight = info.weight
    if hero in _SPACE_DWELLERS:
        return weight * (6.0 if place in _FAR else 1.0)
    if subject.stance == "water":
        boost = 7.0 if place in _DRY_ONLY else 3.0 if place in WATERSIDE else 0.25
        dry_boat = subject.category == "vehicle" and place == "underwater"
        return weight * (0.3 if dry_boat and hero != "submarine" else boost)
    if place in _DRY_ONLY:
        return weight * 0.12
    if place in _FAR:
        return weight * (1.0 if subject.stance in ("air", "sky") else 0.4)
    large = subject.size == 5 and info.ground == "indoors"
    return weight * (0.3 if large or (subject.stance == "sky" and info.ground != "land") else 1.0)


def _weather_of(rng: np.random.Generator, place: str, time: str) -> str:
    if PLACES[place].ground in ("indoors", "deep", "space") or place == "moon":
        return "clear"
    weights = dict(_WEATHERS)
    if place == "snowfield":
        weights |= {"snow": 0.5, "rain": 0.0}
    if place in ("desert", "beach", "jungle", "island", "clouds", "sea"):
        weights["snow"] *= 0.3
    if time == "night":
        weights["rainbow"] = 0.0
    return _pick(rng, weights)


def _time_of(rng: np.random.Generator, place: str) -> str:
    return "night" if place in ("space", "moon") else _pick(rng, _TIMES)


def _colour_of(rng: np.random.Generator, subject: str) -> str | None:
    if rng.random() >= _COLOURED.get(SUBJECTS[subject].category, 0.0):
        return None
    return str(rng.choice(list(COLOURS)))


def _cast(rng: np.random.Generator, count: int) -> list[str]:
    """Pick who is in a scene, the hero first; things are seldom heroes."""
    names: list[str] = []
    for i in range(count):
        side_roles = _SIDE_ROLES if i == 0 else frozenset()
        weights = {
            n: s.weight**_STORY_POWER * (0.4 if s.category in side_roles else 1.0)
            for n, s in SUBJECTS.items()
            if n not in names
        }
        names.append(_pick(rng, weights))
    return names


def _height(rng: np.random.Generator, subject: str, count: int, hero: bool) -> float:
    """Pick a figure's height: heroes are large, companions and things of the sky smaller."""
    low, high = _HEIGHTS[SUBJECTS[subject].size]
    height = float(rng.uniform(low, high))
    if not hero:
        height *= 0.62 if count == 2 else 0.55
    elif count > 1:
        height *= 0.9 if count == 2 else 0.82
    if SUBJECTS[subject].stance == "sky":
        height *= 0.7
    widest = _WIDEST if count == 1 else 0.52 if hero else 0.38
    return min(height, widest / aspect(subject))


def _base(
    rng: np.random.Generator, subject: str, layout: Layout, height: float, hero: bool
) -> float:
    """Pick the height of a figure's lower edge."""
    ground, stance = PLACES[layout.place].ground, SUBJECTS[subject].stance
    if ground in ("deep", "space") and (stance != "ground" or ground == "space"):
        return float(min(0.94, rng.uniform(0.42, 0.58) + height / 2))
    if stance == "sky":
        return float(min(0.6, rng.uniform(0.03, 0.1) + height))
    if stance == "air" and rng.random() < 0.6:
        return float(min(0.8, rng.uniform(0.12, 0.24) + height))
    if ground == "water":
        return float(rng.uniform(0.8, 0.9))
    if stance == "water" and layout.place in ("river", "lake", "pond", "harbour"):
        return float(rng.uniform(0.74, 0.82))
    return float(rng.uniform(0.89, 0.96) if hero else rng.uniform(0.82, 0.92))


def _columns(rng: np.random.Generator, count: int) -> list[float]:
    """Pick the figures' x, the hero's first."""
    if count == 1:
        return [float(rng.uniform(0.36, 0.64))]
    columns = [0.33, 0.77] if count == 2 else [0.5, 0.17, 0.83]
    if count == 2 and rng.random() < 0.5:
        columns = [1 - x for x in columns]
    return [x + float(rng.uniform(-0.04, 0.04)) for x in columns]


def place_figure(
    rng: np.random.Generator,
    layout: Layout,
    subject: str,
    *,
    x: float,
    count: int,
    hero: bool,
    colour: str | None = None,
) -> Figure:
    """Place one figure in a layout: size, lower edge and direction fit the subject and place."""
    height = _height(rng, subject, count, hero)
    width = height * aspect(subject)
    base = _base(rng, subject, layout, height, hero)
    x = min(max(x, width / 2 + 0.01), 1 - width / 2 - 0.01)
    faces_in = x < 0.5 if rng.random() < 0.8 else x >= 0.5
    return Figure(
        subject,
        colour,
        round(x, 4),
        round(base - height / 2, 4),
        round(width, 4),
        round(height, 4),
        faces_in,
    )


def random_layout(
    rng: np.random.Generator,
    *,
    subjects: Sequence[str] | None = None,
    place: str | None = None,
) -> Layout:
    """Compose a layout by chance; ``subjects`` names who is in it, the hero first."""
    if subjects is None:
        count = int(rng.choice([1, 2, 3], p=[0.48, 0.38, 0.14]))
        names = _cast(rng, count)
    else:
        names = list(subjects)
    hero = names[0] if names else "fox"
    place = place or _pick(rng, {p: _place_weight(p, hero) for p in PLACES})
    time = _time_of(rng, place)
    empty = Layout(
        place,
        time,
        _weather_of(rng, place, time),
        PLACES[place].horizon,
        backdrop=1 + int(rng.integers(BACKDROPS)),
    )
    columns = _columns(rng, max(1, min(3, len(names))))
    figures = [
        place_figure(
            rng,
            empty,
            name,
            x=columns[i % len(columns)],
            count=len(names),
            hero=i == 0,
            colour=_colour_of(rng, name),
        )
        for i, name in enumerate(names)
    ]
    return replace(empty, figures=tuple(figures[::-1]))
