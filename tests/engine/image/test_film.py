"""Films of the shipped VQGAN: what stands where, and what lies between."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from engine.image.codec import decode_codes, load_vqgan
from engine.image.film import BATCH, ease, film_frames, film_moments
from engine.models.vqgan import VQGAN

STARTER = Path(__file__).resolve().parents[3] / "engine" / "starter"


@pytest.fixture(scope="module")
def vqgan() -> VQGAN:
    return load_vqgan(STARTER)


def codes(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 500, (4, 6), dtype=np.int64)


def test_ease_is_the_sixth_power_of_a_sine_of_one_and_a_half_times_the_seconds() -> None:
    for frame in range(27):
        seconds = frame / 25
        assert ease(seconds / (math.pi / 3)) == pytest.approx(math.sin(1.5 * seconds) ** 6)
    assert (ease(0.0), ease(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize(("loop", "length"), [(False, 11), (True, 15)])
def test_each_picture_stands_at_a_multiple_of_the_frames(loop: bool, length: int) -> None:
    moments = film_moments(3, frames=5, loop=loop)
    assert len(moments) == length
    for picture in range(3):
        first, _, share = moments[5 * picture]
        assert (first, share) == (picture, 0.0)
    assert moments[-1][1] == (0 if loop else 2)
    shares = [share for _, _, share in moments[:5]]
    assert shares == sorted(shares)


def test_frames_at_pictures_are_the_pictures_and_lead_from_one_to_the_next(vqgan: VQGAN) -> None:
    pictures = [codes(1), codes(2)]
    frames = list(film_frames(vqgan, pictures, frames=8))
    assert {frame.shape for frame in frames} == {(32, 48, 3)}
    first, last = decode_codes(vqgan, np.stack(pictures)).astype(int)
    assert np.abs(frames[0] - first).max() <= 1
    assert np.abs(frames[8] - last).max() <= 1
    away = [np.abs(frame - first).mean() for frame in frames]
    assert away == sorted(away)
    assert away[4] > 1


def test_a_film_ends_within_a_batch_when_told_to_stop(vqgan: VQGAN) -> None:
    seen: list[np.ndarray] = []
    for frame in film_frames(
        vqgan, [codes(1), codes(2)], frames=50, should_stop=lambda: len(seen) > 1
    ):
        seen.append(frame)
    assert 1 < len(seen) <= BATCH
