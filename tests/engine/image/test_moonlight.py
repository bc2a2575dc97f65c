"""By night moons are round, and figures stand out from the dark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.image.codec import load_vqgan
from engine.image.layout import Figure, Layout
from engine.image.moonlight import Light, moonlit, round_moons, set_off
from engine.models.vqgan import VQGAN

STARTER = Path(__file__).parents[3] / "engine" / "starter"
SIDE, CELLS = 128, 16
NIGHT = Layout("road", "night", "clear", 0.58)
CAT = Layout("road", "night", "clear", 0.58, (Figure("black cat", None, 0.4, 0.6, 0.5, 0.5),))


def square_moon() -> tuple[Light, np.ndarray]:
    """Return a night sky with a moon of four tiles and a ragged halo, and its tiles."""
    sky = np.zeros((SIDE, SIDE, 3), dtype=np.float32)
    sky[:] = np.linspace(0.05, 0.2, SIDE, dtype=np.float32)[:, None, None] * (0.5, 0.6, 1.6)
    sky[24:48, 88:104] += 0.2
    sky[32:48, 80:96] = (0.95, 0.93, 0.8)
    glow = np.zeros((CELLS, CELLS), dtype=bool)
    glow[4:6, 10:12] = True
    return sky, glow


def unevenness(picture: Light) -> float:
    """Return how much the light differs on a ring about the moon."""
    ys, xs = np.mgrid[:SIDE, :SIDE] + 0.5
    far = np.hypot(ys - 40, xs - 88)
    return float(picture.mean(axis=2)[(far > 9) & (far < 13)].std())


def test_a_moon_of_tiles_becomes_round_and_stays_where_it_is() -> None:
    sky, glow = square_moon()
    round_one = round_moons(sky, glow, NIGHT)
    assert unevenness(round_one) < 0.5 * unevenness(sky)
    assert round_one[40, 88].mean() > 0.85
    assert np.array_equal(round_one[70:], sky[70:])
    assert np.array_equal(round_one[:, :40], sky[:, :40])


def test_a_branch_and_a_figure_before_the_moon_stay() -> None:
    sky, glow = square_moon()
    sky[40:60, 92:96] = 0.0
    bird = Layout("road", "night", "clear", 0.58, (Figure("owl", None, 0.62, 0.3, 0.1, 0.1),))
    round_one = round_moons(sky, glow, bird)
    assert np.array_equal(round_one[40:60, 92:96], sky[40:60, 92:96])
    box = (slice(34, 43), slice(74, 85))
    assert np.array_equal(round_one[box], sky[box])


def test_without_a_moon_the_sky_stays() -> None:
    sky, glow = square_moon()
    assert np.array_equal(round_moons(sky, np.zeros_like(glow), NIGHT), sky)
    alone = np.zeros_like(glow)
    alone[0, 0] = True  # too small a thing: a star
    assert np.array_equal(round_moons(sky, alone, NIGHT), sky)


def test_a_dark_figure_gets_more_contrast_and_a_bright_one_needs_none() -> None:
    dark = np.full((SIDE, SIDE, 3), 0.12, dtype=np.float32)
    dark[56:96, 36:68] = 0.2
    clear = set_off(dark, CAT)
    edge = (slice(60, 92), slice(36, 40)), (slice(60, 92), slice(30, 34))
    before, after = (p[edge[0]].mean() - p[edge[1]].mean() for p in (dark, clear))
    assert after > 1.4 * before
    assert np.array_equal(clear[:, 112:], dark[:, 112:])
    assert np.array_equal(set_off(dark + 0.5, CAT), dark + 0.5)


@pytest.fixture(scope="module")
def vqgan() -> VQGAN:
    """Return the shipped VQGAN."""
    return load_vqgan(STARTER)


@torch.inference_mode()
def test_only_what_is_lit_anew_leaves_its_codes(vqgan: VQGAN) -> None:
    generator = torch.Generator().manual_seed(1)
    codes = torch.randint(len(vqgan.codebook), (1, 1, 1), generator=generator)
    codes = codes.repeat(1, CELLS, CELLS)
    codes[:, 6:13, 4:9] = (codes[0, 0, 0] + 7) % len(vqgan.codebook)
    plain = vqgan.codes_to_latents(codes)
    none = torch.zeros((CELLS, CELLS), dtype=torch.bool)
    day = Layout("road", "day", "clear", 0.58, CAT.figures)
    assert torch.equal(moonlit(vqgan, codes, day, none), plain)
    assert torch.equal(moonlit(vqgan, codes, NIGHT, none), plain)
    lit = moonlit(vqgan, codes, CAT, none)
    assert torch.equal(lit[..., 14:], plain[..., 14:])
    assert torch.equal(lit, moonlit(vqgan, codes, CAT, none))
