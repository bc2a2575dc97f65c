"""Scenes for recipes to learn from, in tests that need the font they are drawn with."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.dataset import render_dataset
from engine.data.sprites import FontMissingError, find_font
from engine.training.common import TrainOptions


def need_font() -> None:
    """Skip a test where the font is missing, as it may on a newcomer's machine."""
    try:
        find_font()
    except FontMissingError as error:
        pytest.skip(str(error))


def options_over(folder: Path, *, scenes: int, minutes: float, preset: str = "cpu") -> TrainOptions:
    """Return options over so many scenes of 256 px, and eight held-out ones, in a folder."""
    need_font()
    data, out = folder / "data", folder / "out"
    render_dataset(data / "scenes-256", scenes, 1, 1, size=256)
    render_dataset(data / "scenes-256-heldout", 8, 2, 1, size=256)
    out.mkdir()
    return TrainOptions(out=out, runs=folder / "runs", data=data, minutes=minutes, preset=preset)
