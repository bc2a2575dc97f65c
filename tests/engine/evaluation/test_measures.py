"""Measures: known values of simple cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.evaluation.measures import Share, frechet_distance, psnr, ranks


def test_a_share_has_an_interval_around_it() -> None:
    low, high = Share(62, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.522, 0.709)
    assert Share(0, 10).interval[0] == 0
    assert Share(10, 10).interval[1] == pytest.approx(1)
    assert (Share(0, 0).value, Share(0, 0).interval) == (0.0, (0.0, 1.0))


def test_a_rank_counts_the_texts_that_are_at_least_as_close() -> None:
    texts = np.eye(3)
    pictures = np.array([[1.0, 0, 0], [0, 0.6, 0.8], [0.5, 0.5, 0.5]])
    assert ranks(pictures, texts, np.array([0, 1, 2])).tolist() == [1, 2, 3]


def test_the_frechet_distance_of_normal_sets_is_as_computed_by_hand() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(0, 1, (20_000, 3))
    assert frechet_distance(first, first) == pytest.approx(0, abs=1e-6)
    # |mean|^2 + trace(1 + 4 - 2 * 2) in three dimensions.
    second = rng.normal(0, 2, (20_000, 3)) + np.array([3.0, 0, 0])
    assert frechet_distance(first, second) == pytest.approx(9 + 3, rel=0.03)


def test_psnr_is_that_of_its_definition() -> None:
    black = np.zeros((2, 4, 4, 3), np.uint8)
    assert psnr(black, black + 1) == pytest.approx(20 * math.log10(255))
    assert psnr(black, black) > 100
