"""Things that backgrounds are built of: hills, trees, houses, rocks, waves, furniture."""

from __future__ import annotations

import math

import numpy as np

from engine.data.canvas import RGB, WHITE, Canvas, Point, mix

BLACK: RGB = (0, 0, 0)
TRUNK: RGB = (112, 76, 48)


def ridge(
    c: Canvas,
    rng: np.random.Generator,
    y: float,
    height: float,
    colour: RGB,
    *,
    waves: float = 1.6,
    sharp: bool = False,
) -> None:
    """Draw a range of round hills, or of sharp mountains, filled down to the bottom."""
    phase, second = rng.uniform(0, 6.28, 2)
    xs = np.linspace(0, 1, 41)
    wave = np.sin(xs * 6.28 * waves + phase) * 0.6 + np.sin(xs * 6.28 * waves * 2.3 + second) * 0.4
    if sharp:
        wave = 2 * np.abs(((xs * waves * 1.5 + phase) % 1.0) - 0.5) * 2 - 1
    points = [
        (float(x), float(y - height * (0.5 + 0.5 * w))) for x, w in zip(xs, wave, strict=True)
    ]
    c.polygon([*points, (1.0, 1.0), (0.0, 1.0)], colour)


def peak(c: Canvas, x: float, base: float, height: float, width: float, rock: RGB) -> None:
    """Draw a mountain with a snow cap and a dark side."""
    top = (x, base - height)
    c.polygon([(x - width, base), top, (x + width, base)], rock)
    c.polygon([top, (x + width, base), (x + 0.1 * width, base)], mix(rock, BLACK, 0.16))
    s = 0.34
    cap: list[Point] = [
        top,
        (x + s * width, base - height * (1 - s)),
        (x + 0.12 * width, base - height * 0.74),
        (x, base - height * 0.62),
        (x - 0.14 * width, base - height * 0.74),
        (x - s * width, base - height * (1 - s)),
    ]
    c.polygon(cap, (248, 250, 255))


def round_tree(c: Canvas, x: float, base: float, height: float, leaves: RGB) -> None:
    """Draw a leafy tree."""
    w = height * 0.3
    c.polygon(
        [
            (x - 0.06 * height, base),
            (x - 0.035 * height, base - 0.5 * height),
            (x + 0.035 * height, base - 0.5 * height),
            (x + 0.06 * height, base),
        ],
        TRUNK,
    )
    dark = mix(leaves, BLACK, 0.18)
    for dx, dy, r in ((-0.75, 0.56, 0.75), (0.75, 0.56, 0.75), (0.0, 0.66, 0.95)):
        c.ellipse(x + dx * w, base - dy * height, r * w, r * w, dark)
    for dx, dy, r in ((-0.55, 0.62, 0.6), (0.5, 0.64, 0.56), (-0.05, 0.76, 0.7)):
        c.ellipse(x + dx * w, base - dy * height, r * w, r * w, leaves)


def pine(c: Canvas, x: float, base: float, height: float, needles: RGB, *, snow: bool) -> None:
    """Draw a pine of three tiers, snowy on request."""
    c.rectangle(x - 0.03 * height, base - 0.2 * height, x + 0.03 * height, base, TRUNK)
    for i in range(3):
        bottom = base - (0.14 + 0.24 * i) * height
        wide, tall = (0.27 - 0.055 * i) * height, 0.38 * height
        tier = mix(needles, BLACK, 0.16 - 0.08 * i)
        c.polygon([(x - wide, bottom), (x, bottom - tall), (x + wide, bottom)], tier)
        if snow:
            c.polygon(
                [
                    (x - 0.5 * wide, bottom - 0.5 * tall),
                    (x, bottom - tall),
                    (x + 0.5 * wide, bottom - 0.5 * tall),
                    (x + 0.16 * wide, bottom - 0.4 * tall),
                    (x - 0.16 * wide, bottom - 0.55 * tall),
                ],
                (246, 249, 255),
            )


def palm(c: Canvas, x: float, base: float, height: float, lean: float) -> None:
    """Draw a palm tree."""
    top = (x + lean * height, base - 0.8 * height)
    c.line(
        [(x, base), (x + 0.3 * lean * height, base - 0.45 * height), top],
        0.06 * height,
        (150, 108, 66),
    )
    for angle in (-170, -140, -100, -60, -25, 10):
        a = math.radians(angle)
        tip = (
            top[0] + 0.36 * height * math.cos(a),
            top[1] + 0.3 * height * math.sin(a) + 0.1 * height,
        )
        bend = (top[0] + 0.22 * height * math.cos(a), top[1] + 0.3 * height * math.sin(a) - 0.02)
        c.polygon([top, bend, tip, (bend[0], bend[1] + 0.07 * height)], (56, 142, 66))


def bush(c: Canvas, x: float, base: float, size: float, leaves: RGB) -> None:
    """Draw a bush of three puffs."""
    for dx, dy, r in ((-0.7, 0.25, 0.5), (0.7, 0.25, 0.5), (0.0, 0.45, 0.65)):
        c.ellipse(x + dx * size, base - dy * size, r * size, r * size * 0.85, leaves)


def tufts(c: Canvas, rng: np.random.Generator, top: float, colour: RGB, count: int) -> None:
    """Draw tufts of grass, larger towards the viewer."""
    for x, t in rng.random((count, 2)):
        y = top + 0.04 + (0.96 - top) * t
        size = 0.012 + 0.025 * t
        c.polygon(
            [
                (x - size, y),
                (x - 0.6 * size, y - 1.5 * size),
                (x - 0.1 * size, y),
                (x, y - 2 * size),
                (x + 0.2 * size, y),
                (x + 0.8 * size, y - 1.4 * size),
                (x + size, y),
            ],
            colour,
        )


def flowers(
    c: Canvas, rng: np.random.Generator, top: float, count: int, *, large: bool = False
) -> None:
    """Sprinkle flowers over the ground."""
    colours: tuple[RGB, ...] = (
        (240, 80, 90),
        (250, 210, 70),
        (250, 250, 250),
        (190, 110, 220),
        (250, 150, 190),
    )
    for x, t in rng.random((count, 2)):
        y = top + 0.05 + (0.95 - top) * t
        r = (0.007 + 0.008 * t) * (1.7 if large else 1.0)
        colour = colours[int(rng.integers(len(colours)))]
        c.line([(x, y), (x, y + 3 * r)], 0.005, (60, 130, 60))
        for dx, dy in ((-r, 0.0), (r, 0.0), (0.0, -r), (0.0, r)):
            c.ellipse(x + dx, y + dy, r, r, colour)
        c.ellipse(x, y, 0.7 * r, 0.7 * r, (252, 200, 60))


def house(
    c: Canvas, x: float, base: float, width: float, wall: RGB, roof: RGB, *, lit: bool, snow: bool
) -> None:
    """Draw a small house with door and window."""
    h = width * 0.75
    c.rectangle(x - width / 2, base - h, x + width / 2, base, wall)
    c.rectangle(x + 0.2 * width, base - h - 0.52 * width, x + 0.33 * width, base - h, (140, 84, 70))
    top = base - h - 0.5 * width
    c.polygon(
        [(x - 0.6 * width, base - h), (x, top), (x + 0.6 * width, base - h)],
        (240, 244, 250) if snow else roof,
    )
    c.rectangle(x - 0.34 * width, base - 0.44 * width, x - 0.12 * width, base, (116, 74, 46))
    glow: RGB = (255, 220, 120) if lit else (150, 196, 226)
    c.rectangle(
        x + 0.06 * width,
        base - 0.5 * width,
        x + 0.34 * width,
        base - 0.26 * width,
        glow,
        lit=not lit,
    )
    c.line(
        [(x + 0.2 * width, base - 0.5 * width), (x + 0.2 * width, base - 0.26 * width)],
        0.03 * width,
        wall,
    )


def block(
    c: Canvas,
    rng: np.random.Generator,
    x: float,
    base: float,
    width: float,
    height: float,
    wall: RGB,
    *,
    lit: bool,
) -> None:
    """Draw a tall city building with rows of windows."""
    c.rectangle(x, base - height, x + width, base, wall)
    glow: RGB = (255, 222, 130) if lit else (196, 222, 240)
    columns, rows = 3, max(2, int(height / 0.07))
    for row in range(rows):
        for column in range(columns):
            if rng.random() < 0.35 and lit:
                continue
            wx = x + width * (0.14 + 0.28 * column)
            wy = base - height + 0.03 + row * 0.07
            if wy + 0.03 < base:
                c.rectangle(wx, wy, wx + 0.17 * width, wy + 0.032, glow, lit=not lit)


def castle(c: Canvas, x: float, base: float, width: float, *, lit: bool) -> None:
    """Draw a castle with three towers."""
    stone: RGB = (196, 190, 198)
    roof: RGB = (92, 104, 180)
    h = width * 0.5
    c.rectangle(x - width / 2, base - 0.6 * h, x + width / 2, base, mix(stone, BLACK, 0.1))
    for i in range(7):
        left = x - width / 2 + i * width / 6.5
        c.rectangle(
            left, base - 0.68 * h, left + 0.07 * width, base - 0.58 * h, mix(stone, BLACK, 0.1)
        )
    for dx, tall, wide in ((-0.46, 1.25, 0.1), (0.46, 1.25, 0.1), (0.0, 1.6, 0.14)):
        tx = x + dx * width
        c.rectangle(tx - wide * width, base - tall * h, tx + wide * width, base, stone)
        c.polygon(
            [
                (tx - 1.3 * wide * width, base - tall * h),
                (tx, base - (tall + 0.6) * h),
                (tx + 1.3 * wide * width, base - tall * h),
            ],
            roof,
        )
        c.ellipse(
            tx,
            base - (tall - 0.3) * h,
            0.03 * width,
            0.045 * width,
            (255, 222, 120) if lit else (74, 82, 120),
            lit=not lit,
        )
    c.ellipse(x, base - 0.28 * h, 0.075 * width, 0.14 * h, (96, 66, 50))
    c.rectangle(x - 0.075 * width, base - 0.28 * h, x + 0.075 * width, base, (96, 66, 50))


def rock(c: Canvas, x: float, base: float, size: float, colour: RGB) -> None:
    """Draw a boulder."""
    c.polygon(
        [
            (x - size, base),
            (x - 0.8 * size, base - 0.6 * size),
            (x - 0.1 * size, base - 0.9 * size),
            (x + 0.7 * size, base - 0.65 * size),
            (x + size, base),
        ],
        colour,
    )
    c.polygon(
        [
            (x - 0.1 * size, base - 0.9 * size),
            (x + 0.7 * size, base - 0.65 * size),
            (x + size, base),
            (x + 0.2 * size, base),
        ],
        mix(colour, BLACK, 0.15),
    )


def wave_lines(
    c: Canvas, rng: np.random.Generator, top: float, bottom: float, colour: RGB, count: int
) -> None:
    """Draw small crests over water."""
    for x, t in rng.random((count, 2)):
        y = top + 0.01 + (bottom - top - 0.02) * t
        r = 0.018 + 0.035 * t
        c.stroke_arc(x, y + r, r, 0.006 + 0.004 * t, colour, start=215, end=325, alpha=0.75)


def cactus(c: Canvas, x: float, base: float, height: float) -> None:
    """Draw a cactus with two arms."""
    green: RGB = (78, 148, 84)
    w = 0.16 * height
    c.limb([(x, base - w / 2), (x, base - height)], w, green)
    c.limb(
        [
            (x, base - 0.4 * height),
            (x - 0.28 * height, base - 0.45 * height),
            (x - 0.28 * height, base - 0.7 * height),
        ],
        0.7 * w,
        green,
    )
    c.limb(
        [
            (x, base - 0.3 * height),
            (x + 0.28 * height, base - 0.36 * height),
            (x + 0.28 * height, base - 0.56 * height),
        ],
        0.7 * w,
        green,
    )


def seaweed(c: Canvas, rng: np.random.Generator, x: float, base: float, height: float) -> None:
    """Draw a waving frond."""
    colour: RGB = (40, 150, 110) if rng.random() < 0.6 else (120, 150, 60)
    points = [(x + 0.03 * math.sin(i * 1.3 + x * 9), base - height * i / 6) for i in range(7)]
    c.line(points, 0.022, colour)


def window(c: Canvas, x: float, y: float, size: float, sky: list[RGB], *, night: bool) -> None:
    """Draw a window on a wall with the sky behind it."""
    frame: RGB = (250, 246, 236)
    c.rectangle(x - 0.58 * size, y - 0.58 * size, x + 0.58 * size, y + 0.58 * size, frame)
    for i, colour in enumerate(sky):
        c.rectangle(
            x - size / 2,
            y - size / 2 + i * size / 3,
            x + size / 2,
            y - size / 2 + (i + 1) * size / 3,
            colour,
            lit=False,
        )
    if night:
        c.ellipse(
            x + 0.2 * size, y - 0.22 * size, 0.1 * size, 0.1 * size, (252, 246, 214), lit=False
        )
    c.line([(x, y - size / 2), (x, y + size / 2)], 0.05 * size, frame)
    c.line([(x - size / 2, y), (x + size / 2, y)], 0.05 * size, frame)


def snowy(colour: RGB, snow: bool, share: float = 0.72) -> RGB:
    """Whiten a colour where snow lies."""
    return mix(colour, mix(WHITE, (220, 232, 248), 0.4), share) if snow else colour
