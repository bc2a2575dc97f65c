"""Light and skies: what a time of day and a weather do to a scene."""

from __future__ import annotations

import numpy as np

from engine.data.canvas import RGB, WHITE, Canvas, Light, mix

_SKIES: dict[str, tuple[RGB, RGB, RGB]] = {
    "dawn": ((126, 168, 222), (250, 200, 196), (255, 230, 178)),
    "day": ((70, 154, 230), (138, 200, 244), (212, 238, 250)),
    "sunset": ((84, 66, 138), (236, 112, 92), (255, 202, 104)),
    "night": ((10, 14, 48), (24, 34, 90), (62, 78, 140)),
}

_FACTORS: dict[str, tuple[float, float, float]] = {
    "dawn": (1.02, 0.93, 0.9),
    "day": (1.0, 1.0, 1.0),
    "sunset": (0.98, 0.78, 0.68),
    "night": (0.36, 0.43, 0.68),
}

_GREYS: dict[str, RGB] = {
    "dawn": (206, 200, 206),
    "day": (186, 196, 206),
    "sunset": (172, 138, 140),
    "night": (48, 54, 82),
}

_DULLNESS = {"clear": 0.0, "rainbow": 0.12, "cloudy": 0.55, "rain": 0.75, "snow": 0.5, "fog": 0.7}


def light_of(time: str, weather: str) -> Light:
    """Return the light that falls on the ground and on props."""
    dim = 0.84 if weather == "rain" else 0.94 if weather in ("cloudy", "snow") else 1.0
    r, g, b = _FACTORS[time]
    veil = 0.26 if weather == "fog" else 0.0
    return Light((r * dim, g * dim, b * dim), _GREYS[time], veil)


def figure_light(time: str, weather: str) -> Light:
    """Return the milder light that falls on figures, so that they stay easy to see."""
    light = light_of(time, weather)
    r, g, b = (0.4 * f + 0.6 for f in light.factor)
    return Light((r, g, b), light.veil, light.veil_share * 0.35)


def sky_colours(time: str, weather: str) -> list[RGB]:
    """Return the sky's colours from its top to the horizon."""
    grey, share = _GREYS[time], _DULLNESS[weather]
    return [
        mix(colour, mix(grey, (0, 0, 0), 0.06 * (2 - i)), share)
        for i, colour in enumerate(_SKIES[time])
    ]


def cloud(c: Canvas, x: float, y: float, size: float, colour: RGB, *, alpha: float = 0.92) -> None:
    """Draw one cloud of five puffs."""
    for dx, dy, r in ((-0.9, 0.1, 0.45), (-0.35, -0.2, 0.6), (0.3, -0.12, 0.55), (0.85, 0.1, 0.42)):
        c.ellipse(x + dx * size, y + dy * size, r * size, r * size, colour, alpha=alpha, lit=False)
    c.rectangle(
        x - 1.2 * size,
        y + 0.1 * size,
        x + 1.15 * size,
        y + 0.54 * size,
        colour,
        radius=0.2 * size,
        alpha=alpha,
        lit=False,
    )


def stars(c: Canvas, rng: np.random.Generator, bottom: float, count: int) -> None:
    """Sprinkle stars over the sky."""
    for x, y, r in rng.random((count, 3)):
        size = 0.0025 + 0.004 * r * r
        c.ellipse(x, y * bottom, size, size, (255, 248, 214), alpha=0.6 + 0.4 * r, lit=False)


def _lights(c: Canvas, rng: np.random.Generator, time: str, horizon: float) -> None:
    """Draw the sun or the moon."""
    x = float(rng.choice([0.16, 0.84]) + rng.uniform(-0.06, 0.06))
    low = {"dawn": 0.82, "sunset": 0.82, "day": 0.3, "night": 0.32}[time]
    y = low * horizon
    colour: RGB = {
        "dawn": (255, 244, 200),
        "day": (255, 240, 150),
        "sunset": (255, 226, 130),
        "night": (250, 244, 214),
    }[time]
    for r, alpha in ((0.15, 0.12), (0.105, 0.22)):
        c.ellipse(x, y, r, r, colour, alpha=alpha, lit=False)
    c.ellipse(x, y, 0.068, 0.068, colour, lit=False)
    if time == "night":
        for dx, dy, r in ((-0.02, -0.015, 0.014), (0.022, 0.01, 0.018), (-0.012, 0.03, 0.01)):
            c.ellipse(x + dx, y + dy, r, r, (226, 218, 188), lit=False)


def paint_sky(
    c: Canvas, rng: np.random.Generator, *, time: str, weather: str, horizon: float
) -> None:
    """Paint the sky down to the horizon with sun, moon, stars, clouds or a rainbow."""
    colours = sky_colours(time, weather)
    c.gradient(0.0, min(1.0, horizon + 0.08), colours, lit=False)
    bright = weather in ("clear", "rainbow")
    of_stars, of_lights, of_rainbows, of_clouds = rng.spawn(4)
    if time == "night" and weather != "fog":
        stars(c, of_stars, horizon, 60 if bright else 16)
    if bright:
        _lights(c, of_lights, time, horizon)
    if weather == "rainbow":
        rainbow(c, float(of_rainbows.uniform(0.3, 0.7)), horizon + 0.06)
    if weather != "fog":
        _clouds(c, of_clouds, time, weather, horizon)


def _clouds(c: Canvas, rng: np.random.Generator, time: str, weather: str, horizon: float) -> None:
    dull = _DULLNESS[weather]
    colour = mix(
        mix(WHITE, _GREYS[time], 0.2 + 0.55 * dull),
        _SKIES[time][1],
        0.25 if time != "night" else 0.6,
    )
    count = {"clear": 2, "rainbow": 2}.get(weather, 6)
    for _ in range(count if time != "night" or count > 2 else 1):
        y = rng.uniform(0.04, 0.6) * horizon
        cloud(
            c,
            float(rng.uniform(0.0, 1.0)),
            float(y),
            float(rng.uniform(0.05, 0.1)),
            colour,
            alpha=0.85,
        )


def rainbow(c: Canvas, x: float, y: float) -> None:
    """Draw a rainbow with its middle at the horizon."""
    bands: tuple[RGB, ...] = (
        (226, 70, 70),
        (244, 150, 60),
        (250, 220, 90),
        (96, 190, 100),
        (80, 140, 226),
        (140, 90, 200),
    )
    for i, colour in enumerate(bands):
        c.stroke_arc(x, y, 0.5 - i * 0.026, 0.028, colour, alpha=0.72, lit=False)


def falling(c: Canvas, rng: np.random.Generator, weather: str) -> None:
    """Draw falling rain or snow, or drifting fog, in front of everything."""
    if weather == "rain":
        for x, y, r in rng.random((60, 3)):
            length = 0.035 + 0.03 * r
            c.line(
                [(x, y), (x - 0.3 * length, y + length)],
                0.005,
                (206, 226, 246),
                alpha=0.6,
                lit=False,
            )
    elif weather == "snow":
        for x, y, r in rng.random((80, 3)):
            size = 0.005 + 0.007 * r
            c.ellipse(x, y, size, size, WHITE, alpha=0.9, lit=False)
    elif weather == "fog":
        veil = mix(c.light.veil, WHITE, 0.2)
        for _ in range(5):
            x, y = rng.uniform(-0.1, 1.1), rng.uniform(0.35, 0.95)
            c.ellipse(float(x), float(y), 0.5, 0.055, veil, alpha=0.2, lit=False)
