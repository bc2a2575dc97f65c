"""A draft grows: the same picture, larger, with its figures drawn anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.image.codec import decode_codes, load_vqgan
from engine.image.draft import DraftModel
from engine.image.enlarge import enlarge, figure_mask
from engine.image.layout import Figure, Layout
from engine.models.vqgan import VQGAN

STARTER = Path(__file__).parents[3] / "engine" / "starter"
LAYOUT = Layout("forest", "day", "clear", 0.6, (Figure("fox", None, 0.5, 0.7, 0.4, 0.4),))


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, DraftModel]:
    """Return the starter VQGAN and draft model."""
    return load_vqgan(STARTER), DraftModel.load(STARTER)


def test_the_background_stays_and_the_figure_is_drawn_anew(
    models: tuple[VQGAN, DraftModel],
) -> None:
    vqgan, drafts = models
    small = torch.from_numpy(drafts.draw([LAYOUT], [3])[0])[None]
    large = enlarge(vqgan, drafts, LAYOUT, small, size=(48, 48), seed=3)
    assert large.shape == (1, 48, 48)
    assert 0 <= int(large.min()) <= int(large.max()) < 2048
    before = Image.fromarray(decode_codes(vqgan, small.numpy())[0]).resize((384, 384))
    change = np.abs(decode_codes(vqgan, large.numpy())[0].astype(float) - np.asarray(before))
    inside = np.kron(figure_mask(LAYOUT, (48, 48), margin=0.03).numpy(), np.ones((8, 8))) > 0
    assert change[~inside].mean() < 12
    assert change[inside].mean() > change[~inside].mean()


def test_the_same_seed_draws_the_same_figure(models: tuple[VQGAN, DraftModel]) -> None:
    vqgan, drafts = models
    small = torch.from_numpy(drafts.draw([LAYOUT], [3])[0])[None]
    first, again, other = (
        enlarge(vqgan, drafts, LAYOUT, small, size=(24, 32), seed=seed) for seed in (5, 5, 6)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_scene_without_figures_is_only_scaled(models: tuple[VQGAN, DraftModel]) -> None:
    vqgan, drafts = models
    empty = Layout("forest", "day", "clear", 0.6, ())
    assert not bool(figure_mask(empty, (8, 8), margin=0.03).any())
    small = torch.from_numpy(drafts.draw([empty], [3])[0])[None]
    large = enlarge(vqgan, drafts, empty, small, size=(24, 24), seed=3)
    assert torch.equal(large, enlarge(vqgan, drafts, empty, small, size=(24, 24), seed=9))
