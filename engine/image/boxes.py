"""Boxes of figures: made smaller, moved into the picture, and how far they cover each other."""

from __future__ import annotations

from dataclasses import replace

from engine.image.layout import Figure


def inside(figure: Figure) -> Figure:
    """Move a figure so that its box lies inside the picture."""
    width, height = min(figure.width, 0.98), min(figure.height, 0.98)
    x = min(max(figure.x, width / 2 + 0.01), 1 - width / 2 - 0.01)
    y = min(max(figure.y, height / 2 + 0.01), 1 - height / 2 - 0.01)
    return replace(figure, x=x, y=y, width=width, height=height)


def scaled(figure: Figure, factor: float) -> Figure:
    """Scale a figure, its feet where they were."""
    height = figure.height * factor
    base = figure.y + figure.height / 2
    return replace(figure, width=figure.width * factor, height=height, y=base - height / 2)


def narrow(figure: Figure, widest: float) -> Figure:
    """Scale a figure down to a width, its feet where they were."""
    return figure if figure.width <= widest else scaled(figure, widest / figure.width)


def covered(far: Figure, near: Figure) -> float:
    """Return the share of a figure's box that another one's covers."""
    across = (far.width + near.width) / 2 - abs(far.x - near.x)
    down = (far.height + near.height) / 2 - abs(far.y - near.y)
    across, down = min(across, far.width), min(down, far.height)
    return max(across, 0.0) * max(down, 0.0) / (far.width * far.height)


def overlap(first: Figure, second: Figure) -> float:
    """Return how much of the narrower figure the other one covers, across."""
    reach = (first.width + second.width) / 2 - abs(first.x - second.x)
    return reach / min(first.width, second.width)
