"""The stage that background painters work on, and what several of them share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data import props, skies
from engine.data.canvas import RGB, Canvas, mix

GRASS: tuple[RGB, RGB] = ((142, 196, 88), (84, 150, 62))
SAND: tuple[RGB, RGB] = ((246, 224, 166), (228, 192, 124))
WATER: tuple[RGB, RGB] = ((96, 178, 220), (38, 104, 176))
SNOW: tuple[RGB, RGB] = ((240, 246, 254), (204, 220, 242))
LEAVES: tuple[RGB, ...] = ((96, 166, 70), (74, 146, 72), (122, 176, 66), (60, 132, 80))


@dataclass
class Stage:
    """What a background painter needs: the canvas, chance, and the scene's words.

    The same chance puts the same things into the same places, whatever the time and the weather.
    """

    c: Canvas
    rng: np.random.Generator
    time: str
    weather: str
    horizon: float

    def apart(self) -> np.random.Generator:
        """Return a chance of its own for what is not always drawn."""
        return self.rng.spawn(1)[0]

    @property
    def lit(self) -> bool:
        """Say whether lamps burn behind windows."""
        return self.time in ("night", "sunset")

    @property
    def snow(self) -> bool:
        """Say whether snow lies."""
        return self.weather == "snow"

    def leaf(self) -> RGB:
        """Pick a colour of leaves."""
        return props.snowy(LEAVES[int(self.rng.integers(len(LEAVES)))], self.snow, 0.45)

    def near(self, low: float, high: float) -> float:
        """Pick a number."""
        return float(self.rng.uniform(low, high))

    def sky(self) -> None:
        """Paint the sky."""
        skies.paint_sky(
            self.c, self.apart(), time=self.time, weather=self.weather, horizon=self.horizon
        )

    def ground(self, colours: tuple[RGB, RGB], *, top: float | None = None) -> None:
        """Fill the ground below the horizon."""
        stops = [props.snowy(colour, self.snow) for colour in colours]
        self.c.gradient(self.horizon if top is None else top, 1.0, stops)

    def hills(self, colour: RGB, height: float = 0.14) -> None:
        """Draw two ranges of hills behind the horizon."""
        far = mix(colour, skies.sky_colours("day", self.weather)[1], 0.45)
        props.ridge(self.c, self.rng, self.horizon + 0.01, height, props.snowy(far, self.snow, 0.5))
        props.ridge(
            self.c,
            self.rng,
            self.horizon + 0.03,
            height * 0.55,
            props.snowy(colour, self.snow, 0.6),
            waves=1.1,
        )

    def grass(self) -> None:
        """Paint a lawn with tufts."""
        self.ground(GRASS)
        props.tufts(self.c, self.rng, self.horizon, props.snowy((70, 140, 58), self.snow, 0.4), 12)

    def sides(self) -> list[float]:
        """Pick places at the left and the right, clear of the middle."""
        return [self.near(-0.02, 0.16), self.near(0.84, 1.02)]


WALLS: tuple[RGB, ...] = (
    (250, 232, 200),
    (244, 208, 190),
    (216, 226, 236),
    (250, 246, 232),
    (226, 214, 180),
)
ROOFS: tuple[RGB, ...] = ((200, 84, 64), (170, 70, 60), (96, 110, 150), (150, 100, 66))


def trees(s: Stage, count: int, base: float, tall: tuple[float, float], dim: float) -> None:
    """Draw a row of trees, or of pines; ``dim`` mixes the colour of distance in."""
    pines = s.near(0, 1) < 0.5 or s.snow
    for i in range(count):
        x, height, leaf = (i + s.near(0.1, 0.9)) / count, s.near(*tall), s.leaf()
        if pines:
            green = mix((44, 112, 72), (150, 190, 190), dim)
            props.pine(s.c, x, base, height, green, snow=s.snow)
        else:
            props.round_tree(s.c, x, base, height, mix(leaf, (150, 190, 190), dim))


def path(s: Stage, colour: RGB) -> None:
    """Draw a path from the horizon to the viewer."""
    bend = s.near(-0.12, 0.12)
    top = s.horizon + 0.015
    s.c.polygon(
        [
            (0.48 + bend, top),
            (0.52 + bend, top),
            (0.6, top + 0.16),
            (0.86, 1.0),
            (0.16, 1.0),
            (0.42, top + 0.16),
        ],
        props.snowy(colour, s.snow, 0.5),
    )
