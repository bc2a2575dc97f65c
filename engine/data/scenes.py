"""Render layouts as storybook pictures, the training data of the starter models."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from engine.data import skies
from engine.data.backgrounds import PAINTERS, Stage
from engine.data.canvas import Canvas, Light
from engine.data.composition import random_layout
from engine.data.finish import FINISHES, apply_finish
from engine.data.subjects import sprite
from engine.image.layout import Figure, Layout
from engine.image.vocabulary import PLACES

__all__ = ["random_layout", "render", "render_image"]

_OVERSAMPLING = 2
_STANDING = 0.73  # a lower edge below this height stands on the ground
_FINISH_SHARES = (0.5, 0.25, 0.25)


def _figure_sprite(figure: Figure, light: Light, side: int) -> Image.Image:
    """Return a figure's sprite in its colour, size, direction and light."""
    image = sprite(figure.subject, figure.colour)
    size = max(1, round(figure.width * side)), max(1, round(figure.height * side))
    image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if figure.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    table: list[int] = []
    for channel in range(3):
        table += [light.shade((v, v, v))[channel] for v in range(256)]
    return image.point([*table, *range(256)])


def _shadow(c: Canvas, figure: Figure, bottom: float) -> None:
    for grow, alpha in ((1.0, 0.14), (0.8, 0.18)):
        c.ellipse(
            figure.x,
            bottom - 0.008,
            0.46 * figure.width * grow,
            0.026 * grow,
            (30, 30, 50),
            alpha=alpha,
            lit=False,
        )


def _ripples(c: Canvas, figure: Figure, bottom: float) -> None:
    """Cover a swimmer's lower edge with water."""
    half = 0.5 * figure.width
    c.ellipse(figure.x, bottom, 1.05 * half, 0.034, (70, 146, 204), alpha=0.85)
    for dx in (-0.6, 0.1, 0.7):
        c.ellipse(
            figure.x + dx * half, bottom - 0.012, 0.3 * half, 0.007, (214, 236, 250), alpha=0.8
        )


def _draw_figure(c: Canvas, figure: Figure, layout: Layout, light: Light) -> None:
    image = _figure_sprite(figure, light, c.side)
    bottom = figure.y + figure.height / 2
    ground = PLACES[layout.place].ground
    on_water = ground == "water" and bottom > _STANDING
    stands = ground in ("land", "indoors", "deep") and bottom > _STANDING
    if stands:
        _shadow(c, figure, bottom)
    corner = (
        round(figure.x * c.side - image.width / 2),
        round(figure.y * c.side - image.height / 2),
    )
    c.image.paste(image, corner, image)
    if on_water:
        _ripples(c, figure, bottom)


def _backdrop(layout: Layout, rng: np.random.Generator, side: int) -> Canvas:
    """Paint what lies behind the figures: one of the place's known views, or any."""
    if layout.backdrop:
        view = (layout.backdrop - 1) // 2
        rng = np.random.default_rng([list(PLACES).index(layout.place), view, 20_117])
    light = skies.light_of(layout.time, layout.weather)
    canvas = Canvas(Image.new("RGB", (side, side)), light)
    PAINTERS[layout.place](Stage(canvas, rng, layout.time, layout.weather, layout.horizon))
    mirrored = layout.backdrop > 0 and layout.backdrop % 2 == 0
    return Canvas(ImageOps.mirror(canvas.image), light) if mirrored else canvas


def render_image(layout: Layout, seed: int, *, size: int = 128) -> Image.Image:
    """Paint a layout as an RGB image of ``size`` pixels; the same seed gives the same pixels."""
    rng = np.random.default_rng([seed, 20_117])
    side = size * _OVERSAMPLING
    canvas = _backdrop(layout, rng, side)
    light = skies.figure_light(layout.time, layout.weather)
    for figure in layout.figures:
        _draw_figure(canvas, figure, layout, light)
    if PLACES[layout.place].ground in ("land", "water", "air"):
        skies.falling(canvas, rng, layout.weather)
    image = canvas.image.reduce(_OVERSAMPLING)
    return apply_finish(image, str(rng.choice(FINISHES, p=_FINISH_SHARES)), rng)


def render(layout: Layout, seed: int, *, size: int = 128) -> np.ndarray:
    """Paint a layout as pixels, uint8 of shape (size, size, 3)."""
    return np.asarray(render_image(layout, seed, size=size), dtype=np.uint8)
