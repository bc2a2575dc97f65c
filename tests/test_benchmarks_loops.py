"""The loops that are compared: the reference comes nearer to its text, ratios are of one run."""

from __future__ import annotations

import math

import pytest
import torch

from benchmarks.figures import figure, skipped
from benchmarks.loops import alternating
from benchmarks.reference import ReferenceLoop
from engine.image.regular import clamp_with_gradient
from tests.engine.image.small_models import guidance, small_perceptor, small_vqgan


def test_the_reference_loop_comes_nearer_to_its_text_and_stays_within_the_codebook() -> None:
    texts = guidance(3).embeddings
    loop = ReferenceLoop(small_vqgan(), small_perceptor(), texts, side=64, cuts=4, seed=1)

    def cosine() -> float:
        with torch.no_grad():
            return float((loop.perceptor.encode_views(loop.picture()) @ texts.T).mean())

    before = cosine()
    for _ in range(15):
        loop.step()
    assert cosine() > before
    assert bool((loop.latents >= loop.low).all() and (loop.latents <= loop.high).all())
    assert loop.picture().shape == (1, 3, 64, 64)


def test_the_reference_shows_codes_of_the_codebook() -> None:
    loop = ReferenceLoop(small_vqgan(), small_perceptor(), guidance(3).embeddings, side=64, cuts=1)
    with torch.no_grad():
        codes = loop.vqgan.codes_to_latents(loop.vqgan.nearest(loop.latents))
        shown = clamp_with_gradient((loop.vqgan.decode(codes) + 1) / 2)
        assert torch.allclose(loop.picture(), shown, atol=1e-5)


def test_steps_are_timed_in_turn_after_a_first_one_that_is_not_counted() -> None:
    order: list[str] = []
    one, other = alternating(
        lambda: order.append("a"), lambda: order.append("b"), torch.device("cpu"), 2
    )
    assert order == ["a", "b"] * 3
    assert len(one) == len(other) == 2
    assert all(taken.seconds >= 0 for taken in (*one, *other))


def test_a_figure_is_a_median_with_its_ratio_and_what_is_skipped_says_why() -> None:
    found = figure("step", "s", [3.0, 1.0, 2.0], against="4 s", base=4.0)
    assert (found.median, found.lowest, found.highest, found.runs) == (2.0, 1.0, 3.0, 3)
    assert found.ratio == pytest.approx(0.5)
    missing = skipped("step on a GPU", "there is no GPU")
    assert missing.runs == 0
    assert math.isnan(missing.ratio)
    assert "there is no GPU" in missing.note
