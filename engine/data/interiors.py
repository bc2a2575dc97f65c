"""Backgrounds of streets, walls and rooms."""

from __future__ import annotations

from engine.data import props, skies
from engine.data.canvas import RGB, mix
from engine.data.props import BLACK
from engine.data.stage import ROOFS, WALLS, Stage, path


def village(s: Stage) -> None:
    """Paint the village."""
    s.sky()
    s.hills((124, 176, 92), 0.12)
    s.ground(((216, 198, 168), (178, 156, 128)))
    for x in (0.1, 0.36, 0.63, 0.9):
        props.house(
            s.c,
            x + s.near(-0.03, 0.03),
            s.horizon + 0.05,
            s.near(0.22, 0.28),
            WALLS[int(s.rng.integers(5))],
            ROOFS[int(s.rng.integers(4))],
            lit=s.lit,
            snow=s.snow,
        )
    for _ in range(12):
        x, y = s.near(0, 1), s.near(s.horizon + 0.1, 0.98)
        s.c.ellipse(x, y, 0.03, 0.012, props.snowy((190, 170, 142), s.snow))


def castle(s: Stage) -> None:
    """Paint the castle."""
    s.sky()
    s.hills((120, 178, 84), 0.1)
    props.castle(s.c, s.near(0.35, 0.65), s.horizon + 0.03, s.near(0.6, 0.7), lit=s.lit)
    s.grass()
    path(s, (222, 202, 162))


def city(s: Stage) -> None:
    """Paint the city."""
    s.sky()
    for i in range(7):
        grey = s.near(0, 1)
        props.block(
            s.c,
            s.rng,
            i / 7 + s.near(-0.02, 0.02),
            s.horizon + 0.03,
            0.13,
            s.near(0.2, 0.44),
            mix((130, 146, 176), (206, 170, 150), grey),
            lit=s.lit,
        )
    s.ground(((176, 176, 182), (126, 128, 138)))
    s.c.rectangle(0, s.horizon + 0.02, 1, s.horizon + 0.06, (206, 206, 208))
    for i in range(5):
        s.c.rectangle(0.05 + i * 0.2, 0.86, 0.16 + i * 0.2, 0.88, (244, 240, 220))


def cave(s: Stage) -> None:
    """Paint the cave."""
    s.c.gradient(0, 1, [(58, 50, 62), (84, 74, 84)])
    x = s.near(0.3, 0.7)
    outside = skies.sky_colours(s.time, s.weather)
    s.c.ellipse(x, 0.42, 0.3, 0.36, (124, 110, 112))
    s.c.ellipse(x, 0.43, 0.25, 0.31, outside[1], lit=False)
    s.c.ellipse(x, 0.62, 0.22, 0.12, outside[2], lit=False)
    s.c.gradient(s.horizon, 1.0, [(128, 112, 106), (86, 74, 74)])
    for i in range(6):
        left = i / 6 + s.near(-0.03, 0.03)
        s.c.polygon([(left, 0), (left + 0.12, 0), (left + 0.06, s.near(0.1, 0.24))], (70, 60, 72))
    for x in s.sides():
        props.rock(s.c, x, s.near(0.8, 0.96), s.near(0.1, 0.16), (104, 92, 96))
    for _ in range(3):
        x, y = s.near(0.02, 0.98), s.near(s.horizon + 0.02, s.horizon + 0.1)
        s.c.polygon([(x - 0.02, y), (x, y - 0.08), (x + 0.02, y)], (120, 220, 230), lit=False)


def _room(s: Stage, wall: tuple[RGB, RGB], floor: tuple[RGB, RGB]) -> float:
    """Paint walls, a floor of boards and a window; return the window's x."""
    s.c.gradient(0, s.horizon, wall)
    s.c.gradient(s.horizon, 1, floor)
    for i in range(6):
        y = s.horizon + (1 - s.horizon) * (i / 6) ** 1.2
        s.c.line([(0, y), (1, y)], 0.006, mix(floor[1], BLACK, 0.14))
    s.c.rectangle(0, s.horizon - 0.025, 1, s.horizon + 0.01, (246, 240, 228))
    x = float(s.rng.choice([0.24, 0.5, 0.76])) + s.near(-0.04, 0.04)
    props.window(s.c, x, 0.27, 0.26, skies.sky_colours(s.time, s.weather), night=s.time == "night")
    return x


def bedroom(s: Stage) -> None:
    """Paint the bedroom."""
    x = _room(s, ((236, 214, 226), (246, 228, 222)), ((206, 160, 112), (170, 122, 80)))
    side = 1 if x < 0.5 else -1
    left = 0.64 if side > 0 else -0.06
    s.c.rectangle(left, 0.5, left + 0.42, 0.84, (140, 92, 58), radius=0.02)
    s.c.rectangle(left + 0.02, 0.6, left + 0.4, 0.78, (250, 250, 250), radius=0.03)
    s.c.rectangle(
        left + (0.02 if side > 0 else 0.14),
        0.64,
        left + (0.26 if side > 0 else 0.4),
        0.82,
        (96, 140, 210),
        radius=0.03,
    )
    s.c.ellipse(0.5, 0.92, 0.36, 0.06, (214, 110, 110))
    s.c.ellipse(0.5, 0.92, 0.28, 0.042, (240, 190, 150))


def kitchen(s: Stage) -> None:
    """Paint the kitchen."""
    x = _room(s, ((250, 236, 190), (252, 242, 214)), ((226, 214, 200), (190, 172, 156)))
    s.c.rectangle(-0.01, 0.54, 1.01, 0.78, (120, 170, 170))
    s.c.rectangle(-0.01, 0.51, 1.01, 0.55, (244, 240, 230))
    for i in range(5):
        s.c.rectangle(0.02 + i * 0.2, 0.58, 0.18 + i * 0.2, 0.76, (142, 190, 188), radius=0.01)
        s.c.ellipse(0.16 + i * 0.2, 0.66, 0.008, 0.008, (250, 246, 230))
    pot = 0.86 if x < 0.5 else 0.14
    s.c.rectangle(pot - 0.07, 0.43, pot + 0.07, 0.51, (190, 70, 60), radius=0.02)
    s.c.line([(pot - 0.09, 0.43), (pot + 0.09, 0.43)], 0.016, (150, 50, 46))
    shelf = 0.8 if x < 0.5 else 0.04
    s.c.rectangle(shelf, 0.24, shelf + 0.18, 0.26, (160, 110, 70))
    for i, colour in enumerate(((230, 120, 70), (250, 250, 250), (110, 150, 210))):
        s.c.rectangle(shelf + 0.015 + i * 0.055, 0.18, shelf + 0.055 + i * 0.055, 0.24, colour)


def library(s: Stage) -> None:
    """Paint the library."""
    s.c.gradient(0, s.horizon, [(136, 94, 64), (156, 108, 74)])
    colours: tuple[RGB, ...] = (
        (190, 60, 56),
        (60, 110, 160),
        (80, 140, 90),
        (226, 180, 80),
        (130, 80, 150),
        (236, 226, 200),
    )
    for row in range(4):
        y = 0.2 + row * 0.165
        x = 0.01
        while x < 0.98:
            wide, tall = s.near(0.025, 0.05), s.near(0.09, 0.13)
            s.c.rectangle(x, y - tall, x + wide, y, colours[int(s.rng.integers(6))])
            x += wide + 0.006
        s.c.rectangle(0, y, 1, y + 0.026, (104, 68, 44))
    s.c.gradient(s.horizon, 1, [(150, 96, 70), (116, 70, 52)])
    s.c.ellipse(0.5, 0.88, 0.44, 0.08, (150, 50, 54))
    s.c.ellipse(0.5, 0.88, 0.37, 0.06, (190, 84, 74))
