"""Damage to the figures of a picture, to see whether optimisation brings them back."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from engine.image.layout import Figure, Layout
from engine.image.picture import Pixels

_MARGIN = 0.02  # of the picture's side, around a figure's box
_BLUR = 0.075  # radius as a share of the picture's side


def blur_figures(pixels: Pixels, layout: Layout) -> Pixels:
    """Blur the boxes of all figures until only colours are left."""
    image = Image.fromarray(pixels)
    blurred = image.filter(ImageFilter.GaussianBlur(_BLUR * image.width))
    return np.asarray(Image.composite(blurred, image, _mask(image.size, layout))).copy()


def hide_figures(pixels: Pixels, layout: Layout) -> Pixels:
    """Fill the boxes of all figures with the background beside them, row by row."""
    hidden = pixels.astype(np.float64)
    height, width = pixels.shape[:2]
    for figure in layout.figures:
        left, top, right, bottom = _box(figure, width, height)
        outer = hidden[top:bottom, max(0, left - 6) : left], hidden[top:bottom, right : right + 6]
        edges = [part.mean(axis=1) for part in outer if part.shape[1]]
        if not edges:
            continue
        share = np.linspace(0, 1, right - left)[None, :, None]
        first, last = edges[0][:, None], edges[-1][:, None]
        hidden[top:bottom, left:right] = first * (1 - share) + last * share
    image = Image.fromarray(hidden.round().clip(0, 255).astype(np.uint8))
    soft = image.filter(ImageFilter.GaussianBlur(2))
    return np.asarray(Image.composite(soft, image, _mask(image.size, layout))).copy()


def _box(figure: Figure, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a figure's box with its margin in pixels: left, top, right, bottom."""
    x, y = figure.width / 2 + _MARGIN, figure.height / 2 + _MARGIN
    left, right = round((figure.x - x) * width), round((figure.x + x) * width)
    top, bottom = round((figure.y - y) * height), round((figure.y + y) * height)
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _mask(size: tuple[int, int], layout: Layout) -> Image.Image:
    """Return where the figures are, with a soft edge."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    for figure in layout.figures:
        draw.rectangle(_box(figure, *size), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(size[0] / 64))
