"""Backgrounds by the water, on it and under it."""

from __future__ import annotations

from engine.data import props
from engine.data.canvas import RGB, mix
from engine.data.props import BLACK
from engine.data.stage import GRASS, ROOFS, SAND, WALLS, WATER, Stage, trees


def beach(s: Stage) -> None:
    """Paint the beach."""
    s.sky()
    shore = s.horizon + 0.16
    s.c.gradient(s.horizon, shore + 0.02, WATER)
    props.wave_lines(s.c, s.rng, s.horizon, shore, (220, 240, 250), 10)
    s.ground(SAND, top=shore)
    s.c.line(
        [(0, shore), (0.3, shore + 0.014), (0.6, shore - 0.006), (1, shore + 0.01)],
        0.022,
        (250, 252, 252),
    )
    x, lean = (0.1, 0.12) if s.near(0, 1) < 0.5 else (0.9, -0.12)
    props.palm(s.c, x, shore + 0.14, 0.62, lean)
    for _ in range(5):
        s.c.ellipse(s.near(0, 1), s.near(shore + 0.06, 0.98), 0.012, 0.007, (214, 170, 120))


def sea(s: Stage) -> None:
    """Paint the sea."""
    s.sky()
    s.c.gradient(s.horizon, 1.0, WATER)
    props.wave_lines(s.c, s.rng, s.horizon, 1.0, (214, 236, 250), 30)


def underwater(s: Stage) -> None:
    """Paint the underwater."""
    s.c.gradient(0, 1, [(96, 204, 228), (36, 132, 196), (18, 76, 142)])
    for _ in range(4):
        x = s.near(0, 1)
        s.c.polygon(
            [(x, 0), (x + 0.08, 0), (x - 0.1, 0.75), (x - 0.24, 0.75)], (210, 246, 255), alpha=0.14
        )
    props.ridge(s.c, s.rng, s.horizon + 0.04, 0.1, (60, 130, 160))
    props.ridge(s.c, s.rng, s.horizon + 0.12, 0.06, (214, 196, 150), waves=0.9)
    for x in (*s.sides(), s.near(0.15, 0.85), s.near(-0.02, 1.02)):
        props.seaweed(s.c, s.rng, x, s.near(0.84, 0.98), s.near(0.16, 0.34))
    for x in s.sides():
        props.bush(s.c, x, 0.98, 0.07, (236, 110, 130) if s.near(0, 1) < 0.5 else (240, 160, 80))
    for _ in range(12):
        r = s.near(0.005, 0.014)
        s.c.ellipse(s.near(0, 1), s.near(0.05, 0.8), r, r, (214, 244, 252), alpha=0.6)


def river(s: Stage) -> None:
    """Paint the river."""
    s.sky()
    s.hills((112, 168, 88))
    s.grass()
    top = s.horizon + 0.07
    s.c.polygon(
        [
            (0, top),
            (0.5, top + 0.02),
            (1, top - 0.02),
            (1, top + 0.13),
            (0.5, top + 0.17),
            (0, top + 0.14),
        ],
        (84, 160, 214),
    )
    props.wave_lines(s.c, s.rng, top + 0.02, top + 0.13, (224, 242, 252), 9)
    for x in s.sides():
        props.round_tree(s.c, x, s.horizon + 0.05, s.near(0.26, 0.36), s.leaf())


def lake(s: Stage) -> None:
    """Paint the lake."""
    s.sky()
    for x in (0.2, 0.75):
        props.peak(
            s.c, x + s.near(-0.1, 0.1), s.horizon + 0.03, s.near(0.2, 0.28), 0.28, (128, 146, 170)
        )
    trees(s, 9, s.horizon + 0.015, (0.09, 0.14), 0.25)
    s.c.gradient(s.horizon, s.horizon + 0.22, WATER)
    props.wave_lines(s.c, s.rng, s.horizon + 0.02, s.horizon + 0.2, (220, 240, 250), 12)
    s.ground(GRASS, top=s.horizon + 0.2)
    props.tufts(s.c, s.rng, s.horizon + 0.2, props.snowy((70, 140, 58), s.snow, 0.4), 10)


def swamp(s: Stage) -> None:
    """Paint the swamp."""
    s.sky()
    for i in range(6):
        x = i / 5 + s.near(-0.06, 0.06)
        s.c.line(
            [(x, s.horizon + 0.04), (x + 0.01, s.horizon - 0.3), (x + 0.07, s.horizon - 0.4)],
            0.024,
            (74, 70, 56),
        )
        props.bush(s.c, x, s.horizon - 0.3, 0.1, props.snowy((92, 120, 72), s.snow, 0.4))
    s.ground(((116, 132, 84), (72, 92, 60)))
    for _ in range(6):
        s.c.ellipse(
            s.near(0, 1), s.near(s.horizon + 0.06, 0.96), s.near(0.1, 0.2), 0.026, (80, 118, 112)
        )
    for x in (*s.sides(), s.near(0, 1)):
        for dx in (-0.02, 0.0, 0.02):
            s.c.line([(x + dx, 0.9), (x + 1.4 * dx, 0.7)], 0.008, (86, 120, 60))
            s.c.ellipse(x + 1.4 * dx, 0.69, 0.011, 0.03, (116, 76, 44))


def bridge(s: Stage) -> None:
    """Paint the bridge."""
    s.sky()
    s.hills((108, 166, 88))
    s.c.gradient(s.horizon, 1, WATER)
    props.wave_lines(s.c, s.rng, s.horizon + 0.02, 1.0, (214, 236, 250), 12)
    stone: RGB = props.snowy((190, 176, 160), s.snow, 0.5)
    deck = 0.8
    s.c.rectangle(0, deck, 1, 1, mix(stone, BLACK, 0.12))
    for x in (0.25, 0.75):
        s.c.ellipse(x, 1.02, 0.16, 0.12, (52, 112, 176))
    s.c.rectangle(0, deck, 1, deck + 0.07, stone)
    s.c.rectangle(0, deck - 0.12, 1, deck - 0.09, stone)
    for i in range(10):
        s.c.rectangle(i * 0.11, deck - 0.12, i * 0.11 + 0.03, deck + 0.01, mix(stone, BLACK, 0.08))


def island(s: Stage) -> None:
    """Paint the island."""
    s.sky()
    s.c.gradient(s.horizon, 1, WATER)
    props.wave_lines(s.c, s.rng, s.horizon, 1.0, (214, 236, 250), 22)
    s.c.ellipse(0.5, 0.98, 0.58, 0.24, (250, 252, 252))
    s.c.ellipse(0.5, 0.99, 0.56, 0.23, SAND[0])
    s.c.ellipse(0.5, 1.02, 0.44, 0.2, SAND[1])
    for x, lean in ((0.2, -0.14), (0.8, 0.14)):
        props.palm(s.c, x, 0.86, s.near(0.5, 0.6), lean)


def pond(s: Stage) -> None:
    """Paint the pond."""
    s.sky()
    s.hills((112, 170, 86), 0.1)
    s.grass()
    y = s.horizon + 0.16
    s.c.ellipse(0.5, y, 0.5, 0.1, (74, 120, 70))
    s.c.ellipse(0.5, y + 0.006, 0.48, 0.088, (92, 168, 210))
    for _ in range(5):
        x, dy = s.near(0.14, 0.86), s.near(-0.04, 0.05)
        s.c.ellipse(x, y + dy, 0.035, 0.014, (70, 150, 80))
        if s.near(0, 1) < 0.5:
            s.c.ellipse(x, y + dy - 0.008, 0.014, 0.011, (250, 170, 200))
    for x in s.sides():
        for dx in (-0.03, 0.0, 0.03):
            s.c.line([(x + dx, y + 0.06), (x + 1.5 * dx, y - 0.16)], 0.01, (86, 140, 70))
            s.c.ellipse(x + 1.5 * dx, y - 0.17, 0.012, 0.034, (124, 80, 46))


def harbour(s: Stage) -> None:
    """Paint the harbour."""
    s.sky()
    s.c.gradient(s.horizon, 1, WATER)
    for x in (0.08, 0.3):
        props.house(
            s.c,
            x,
            s.horizon + 0.02,
            0.16,
            WALLS[int(s.rng.integers(5))],
            ROOFS[int(s.rng.integers(4))],
            lit=s.lit,
            snow=s.snow,
        )
    props.wave_lines(s.c, s.rng, s.horizon + 0.02, 0.8, (214, 236, 250), 10)
    x, y = s.near(0.64, 0.86), s.horizon + 0.08
    s.c.line([(x, y), (x, y - 0.24)], 0.012, (110, 76, 48))
    s.c.polygon(
        [(x + 0.012, y - 0.23), (x + 0.13, y - 0.05), (x + 0.012, y - 0.05)], (250, 244, 230)
    )
    s.c.polygon(
        [(x - 0.12, y - 0.02), (x + 0.15, y - 0.02), (x + 0.09, y + 0.06), (x - 0.07, y + 0.06)],
        (196, 70, 60),
    )
    wood: RGB = props.snowy((176, 130, 84), s.snow, 0.5)
    s.c.rectangle(0, 0.78, 1, 1, wood)
    for i in range(5):
        s.c.line([(0, 0.78 + i * 0.05), (1, 0.78 + i * 0.05)], 0.007, mix(wood, BLACK, 0.25))
    for x in s.sides():
        s.c.rectangle(x - 0.03, 0.68, x + 0.03, 0.84, (126, 88, 56), radius=0.01)


def waterfall(s: Stage) -> None:
    """Paint the waterfall."""
    s.sky()
    x = s.near(0.35, 0.65)
    cliff: RGB = (132, 126, 124)
    top, base = s.horizon - 0.38, s.horizon + 0.08
    s.c.polygon([(0, top), (1, top - 0.02), (1, base), (0, base)], cliff)
    for i in range(6):
        left = i / 6 + s.near(-0.03, 0.03)
        s.c.polygon(
            [(left, top), (left + 0.05, top), (left + 0.08, base), (left, base)],
            mix(cliff, BLACK, 0.13),
        )
    s.c.rectangle(0, top - 0.035, 1, top + 0.02, props.snowy((104, 164, 78), s.snow))
    s.c.rectangle(x - 0.12, top - 0.01, x + 0.12, base, (190, 226, 244))
    for i in range(5):
        s.c.line(
            [(x - 0.09 + i * 0.045, top), (x - 0.09 + i * 0.045, base)], 0.014, (236, 248, 253)
        )
    s.ground(GRASS, top=base)
    s.c.ellipse(x, base + 0.06, 0.36, 0.075, (96, 176, 220))
    for dx in (-0.12, -0.06, 0.0, 0.06, 0.12):
        s.c.ellipse(x + dx, base + 0.01, 0.045, 0.03, (246, 251, 254))
    props.tufts(s.c, s.rng, base + 0.1, props.snowy((70, 140, 58), s.snow, 0.4), 8)
