"""Damage reaches the figures and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from engine.evaluation.damage import blur_figures, hide_figures
from engine.image.layout import Figure, Layout
from engine.image.picture import Pixels

LAYOUT = Layout(figures=(Figure("fox", x=0.5, y=0.6, width=0.3, height=0.4),))


def picture() -> Pixels:
    """Return a blue picture with a chequered red figure in the box of the layout."""
    pixels = np.full((128, 128, 3), (60, 90, 200), np.uint8)
    pixels[52:102, 45:83] = (230, 40, 30)
    pixels[52:102:4, 45:83] = (255, 255, 255)
    return pixels


@pytest.mark.parametrize("damage", [blur_figures, hide_figures], ids=lambda d: d.__name__)
def test_only_the_figures_are_damaged(damage: object) -> None:
    assert callable(damage)
    damaged = damage(picture(), LAYOUT)
    assert damaged.shape == picture().shape
    assert np.array_equal(damaged[:30], picture()[:30])
    assert np.array_equal(damaged[:, :20], picture()[:, :20])
    inside = np.abs(damaged[60:90, 50:75].astype(int) - picture()[60:90, 50:75].astype(int))
    assert inside.mean() > 20


def test_a_hidden_figure_leaves_the_background() -> None:
    hidden = hide_figures(picture(), LAYOUT)
    assert np.abs(hidden[76, 64].astype(int) - (60, 90, 200)).max() < 12


def test_a_figure_as_wide_as_the_picture_is_no_fault() -> None:
    wide = Layout(figures=(Figure("whale", width=1.2, height=1.2),))
    assert hide_figures(picture(), wide).shape == (128, 128, 3)
