"""Backgrounds of open country, of the sky and of space."""

from __future__ import annotations

from engine.data import props, skies
from engine.data.canvas import mix
from engine.data.stage import SNOW, Stage, path, trees


def meadow(s: Stage) -> None:
    """Paint the meadow."""
    s.sky()
    s.hills((120, 178, 84))
    s.grass()
    if not s.snow:
        props.flowers(s.c, s.apart(), s.horizon, 22)
    if s.near(0, 1) < 0.6:
        x = s.sides()[int(s.rng.integers(2))]
        props.round_tree(s.c, x, s.horizon + 0.04, 0.3, s.leaf())


def forest(s: Stage) -> None:
    """Paint the forest."""
    s.sky()
    trees(s, 8, s.horizon + 0.01, (0.24, 0.34), 0.42)
    s.ground(((104, 160, 74), (62, 118, 58)))
    trees(s, 5, s.horizon + 0.05, (0.34, 0.46), 0.12)
    props.tufts(s.c, s.rng, s.horizon, props.snowy((54, 112, 52), s.snow, 0.4), 12)
    for x in s.sides():
        props.pine(s.c, x, s.horizon + 0.2, s.near(0.66, 0.8), (36, 100, 62), snow=s.snow)


def snowfield(s: Stage) -> None:
    """Paint the snowfield."""
    s.sky()
    props.ridge(s.c, s.rng, s.horizon + 0.02, 0.16, (196, 214, 238))
    props.ridge(s.c, s.rng, s.horizon + 0.03, 0.08, (220, 232, 248), waves=1.0)
    s.c.gradient(s.horizon, 1.0, SNOW)
    for x in (*s.sides(), s.near(0.1, 0.9)):
        props.pine(
            s.c, x, s.horizon + s.near(0.02, 0.08), s.near(0.22, 0.36), (52, 116, 96), snow=True
        )
    for _ in range(4):
        s.c.ellipse(s.near(0, 1), s.near(s.horizon + 0.1, 0.98), 0.2, 0.02, (226, 236, 250))


def mountains(s: Stage) -> None:
    """Paint the mountains."""
    s.sky()
    for x, height in ((0.12, 0.3), (0.88, 0.32), (0.5, 0.4)):
        props.peak(
            s.c,
            x + s.near(-0.08, 0.08),
            s.horizon + 0.04,
            height + s.near(-0.04, 0.04),
            0.3,
            (134, 142, 162),
        )
    s.ground(((134, 172, 98), (96, 138, 76)))
    for _ in range(3):
        props.rock(
            s.c, s.near(0, 1), s.near(s.horizon + 0.08, 0.97), s.near(0.03, 0.07), (150, 150, 156)
        )


def desert(s: Stage) -> None:
    """Paint the desert."""
    s.sky()
    props.ridge(s.c, s.rng, s.horizon + 0.02, 0.1, (236, 190, 120))
    s.ground(((246, 208, 134), (222, 166, 92)))
    props.ridge(s.c, s.rng, s.horizon + 0.18, 0.08, (238, 190, 114), waves=0.8)
    for x in s.sides():
        props.cactus(s.c, x, s.horizon + s.near(0.06, 0.18), s.near(0.16, 0.28))


def farm(s: Stage) -> None:
    """Paint the farm."""
    s.sky()
    s.hills((140, 186, 84))
    s.grass()
    x = s.near(0.1, 0.9)
    base, w = s.horizon + 0.05, 0.34
    s.c.rectangle(x - w / 2, base - 0.2, x + w / 2, base, (190, 58, 52))
    s.c.polygon(
        [
            (x - 0.55 * w, base - 0.2),
            (x - 0.3 * w, base - 0.31),
            (x + 0.3 * w, base - 0.31),
            (x + 0.55 * w, base - 0.2),
        ],
        props.snowy((120, 62, 56), s.snow),
    )
    s.c.rectangle(x - 0.06, base - 0.14, x + 0.06, base, (246, 236, 226))
    s.c.line([(x - 0.06, base - 0.14), (x + 0.06, base)], 0.012, (190, 58, 52))
    s.c.line([(x + 0.06, base - 0.14), (x - 0.06, base)], 0.012, (190, 58, 52))
    for i in range(9):
        s.c.rectangle(i * 0.125, base + 0.02, i * 0.125 + 0.02, base + 0.11, (226, 210, 180))
    s.c.rectangle(0, base + 0.04, 1, base + 0.056, (226, 210, 180))
    s.c.rectangle(0, base + 0.078, 1, base + 0.094, (226, 210, 180))


def garden(s: Stage) -> None:
    """Paint the garden."""
    s.sky()
    for i in range(7):
        props.bush(s.c, i / 6, s.horizon + 0.05, 0.13, s.leaf())
    s.grass()
    for i in range(12):
        x = i / 11
        s.c.rectangle(
            x - 0.025, s.horizon - 0.04, x + 0.025, s.horizon + 0.08, (250, 248, 240), radius=0.015
        )
    s.c.rectangle(0, s.horizon, 1, s.horizon + 0.02, (236, 232, 222))
    if not s.snow:
        props.flowers(s.c, s.apart(), s.horizon + 0.06, 30, large=True)


def jungle(s: Stage) -> None:
    """Paint the jungle."""
    s.sky()
    s.c.rectangle(0, s.horizon - 0.16, 1, s.horizon + 0.02, (70, 140, 84))
    for i in range(7):
        props.bush(s.c, i / 6, s.horizon - 0.08, 0.12, (62, 134, 78))
    s.ground(((92, 150, 60), (52, 108, 52)))
    for x, lean in zip((0.06, 0.3, 0.72, 0.95), (0.1, -0.08, 0.08, -0.1), strict=True):
        props.palm(s.c, x, s.horizon + 0.06, s.near(0.44, 0.6), lean)
    for i in range(5):
        x = i / 4 + s.near(-0.04, 0.04)
        for dx in (-0.09, -0.045, 0.045, 0.09):
            s.c.polygon(
                [(x, 1.0), (x + 0.7 * dx, 0.88), (x + dx, 0.85), (x + 0.4 * dx + 0.02, 1)],
                (40, 116, 60) if i % 2 else (58, 138, 62),
            )


def hill(s: Stage) -> None:
    """Paint the hill."""
    s.sky()
    s.hills((124, 180, 92), 0.12)
    top = props.snowy((150, 204, 92), s.snow)
    s.c.ellipse(0.5, s.horizon + 0.6, 0.86, 0.68, top)
    s.c.ellipse(0.5, s.horizon + 0.74, 0.86, 0.66, props.snowy((116, 178, 76), s.snow))
    props.tufts(s.c, s.rng, s.horizon + 0.1, props.snowy((70, 140, 58), s.snow, 0.4), 8)
    if not s.snow:
        props.flowers(s.c, s.apart(), s.horizon + 0.12, 8)


def road(s: Stage) -> None:
    """Paint the road."""
    s.sky()
    s.hills((132, 184, 88))
    s.grass()
    path(s, (226, 204, 160))
    for x in s.sides():
        props.round_tree(s.c, x, s.horizon + 0.06, s.near(0.3, 0.4), s.leaf())


def playground(s: Stage) -> None:
    """Paint the playground."""
    s.sky()
    s.hills((120, 178, 84), 0.1)
    s.grass()
    base = s.horizon + 0.1
    left, right = (0.02, 0.6) if s.near(0, 1) < 0.5 else (0.64, 0.02)
    s.c.line([(left + 0.05, base), (left + 0.05, base - 0.26)], 0.02, (70, 110, 190))
    s.c.line([(left + 0.11, base), (left + 0.11, base - 0.26)], 0.02, (70, 110, 190))
    s.c.line(
        [(left + 0.1, base - 0.26), (left + 0.22, base - 0.06), (left + 0.32, base - 0.02)],
        0.05,
        (250, 196, 60),
    )
    for i in range(4):
        s.c.line(
            [(left + 0.05, base - 0.06 * i - 0.03), (left + 0.11, base - 0.06 * i - 0.03)],
            0.01,
            (250, 250, 250),
        )
    for x in (right, right + 0.3):
        s.c.line([(x, base), (x + 0.03, base - 0.26)], 0.018, (206, 64, 60))
    s.c.line([(right + 0.02, base - 0.26), (right + 0.32, base - 0.26)], 0.02, (206, 64, 60))
    for x in (right + 0.12, right + 0.22):
        s.c.line([(x, base - 0.25), (x, base - 0.06)], 0.007, (90, 90, 96))
        s.c.rectangle(x - 0.035, base - 0.06, x + 0.035, base - 0.045, (150, 90, 50))


def cloudland(s: Stage) -> None:
    """Paint the cloudland."""
    skies.paint_sky(s.c, s.apart(), time=s.time, weather=s.weather, horizon=0.9)
    white = s.c.light.shade((250, 250, 255))
    for row, (y, size) in enumerate(((0.78, 0.12), (0.88, 0.15), (1.0, 0.18))):
        colour = mix(white, s.c.light.shade((186, 206, 236)), 0.45 - 0.2 * row)
        for i in range(5):
            skies.cloud(s.c, i / 4 + s.near(-0.08, 0.08), y, size, colour, alpha=1.0)


def space(s: Stage) -> None:
    """Paint the space."""
    s.c.gradient(0, 1, [(12, 10, 38), (34, 22, 78), (66, 32, 104)], lit=False)
    for _ in range(3):
        s.c.ellipse(s.near(0, 1), s.near(0, 1), 0.3, 0.14, (120, 60, 170), alpha=0.16, lit=False)
    skies.stars(s.c, s.rng, 1.0, 90)
    x, y, r = s.near(0.1, 0.9), s.near(0.08, 0.3), s.near(0.06, 0.12)
    s.c.ellipse(x, y, r, r, (236, 150, 90), lit=False)
    s.c.ellipse(x + 0.25 * r, y + 0.2 * r, 0.7 * r, 0.66 * r, (206, 112, 74), lit=False)
    s.c.line(
        [(x - 1.7 * r, y + 0.35 * r), (x + 1.7 * r, y - 0.35 * r)],
        0.2 * r,
        (250, 220, 160),
        lit=False,
    )


def moon(s: Stage) -> None:
    """Paint the moon."""
    s.c.gradient(0, s.horizon + 0.05, [(8, 8, 28), (24, 22, 60)], lit=False)
    skies.stars(s.c, s.rng, s.horizon, 80)
    x, y = s.near(0.12, 0.88), s.near(0.14, 0.22)
    s.c.ellipse(x, y, 0.1, 0.1, (60, 130, 220), lit=False)
    s.c.ellipse(x - 0.02, y - 0.02, 0.05, 0.04, (100, 190, 110), lit=False)
    s.c.ellipse(x + 0.04, y + 0.04, 0.03, 0.024, (100, 190, 110), lit=False)
    s.c.gradient(s.horizon, 1.0, [(206, 206, 212), (150, 150, 162)], lit=False)
    props.ridge(s.c, s.rng, s.horizon + 0.03, 0.06, (190, 190, 198))
    s.c.gradient(s.horizon + 0.04, 1.0, [(204, 204, 210), (152, 152, 164)], lit=False)
    for _ in range(6):
        x, y, r = s.near(0, 1), s.near(s.horizon + 0.09, 0.97), s.near(0.04, 0.1)
        s.c.ellipse(x, y, r, 0.3 * r, (142, 142, 154), lit=False)
        s.c.ellipse(x, y + 0.06 * r, 0.86 * r, 0.22 * r, (172, 172, 182), lit=False)
