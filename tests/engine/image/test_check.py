"""The picture check with the starter models: it tells a ghost from the rest of their world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.image.check import ClipCheck, harmless_things
from engine.image.illustrator import Illustrator
from engine.image.picture import PicturePreview, PictureRequest, Pixels, Prompt

STARTER = Path(__file__).parents[3] / "engine" / "starter"
GHOST = ("a ghost",)
INNOCENT = ("a fox in a forest", "a red house by a lake", "a girl in a garden", "a boat on the sea")


@pytest.fixture(scope="module")
def illustrator() -> Illustrator:
    return Illustrator.load(STARTER, threads=1)


@pytest.fixture(scope="module")
def check(illustrator: Illustrator) -> ClipCheck:
    return ClipCheck(illustrator.perceptor)


def draft(illustrator: Illustrator, prompt: str, seed: int) -> Pixels:
    """Draw a draft (128, 128, 3), the first preview that anybody sees."""
    request = PictureRequest(
        key=1, prompts=(Prompt(prompt),), seed=seed, steps=1, cuts=1, width=128, height=128
    )
    pictures = illustrator.paint([request], preview_seconds=0, should_stop=lambda: False)
    first = next(pictures)
    assert isinstance(first, PicturePreview)
    return first.pixels


@pytest.fixture(scope="module")
def ghosts(illustrator: Illustrator) -> list[Pixels]:
    places = ("in a meadow", "by a castle at night", "in a bedroom")
    return [draft(illustrator, f"a ghost {place}", seed) for seed, place in enumerate(places)]


@pytest.fixture(scope="module")
def innocent(illustrator: Illustrator) -> list[Pixels]:
    return [draft(illustrator, prompt, seed) for seed, prompt in enumerate(INNOCENT)]


def test_drafts_of_ghosts_are_flagged_and_others_are_not(
    check: ClipCheck, ghosts: list[Pixels], innocent: list[Pixels]
) -> None:
    flagged = [check.judge(pixels, GHOST).score >= 0.5 for pixels in ghosts]
    wrongly = [check.judge(pixels, GHOST).score >= 0.5 for pixels in innocent]
    assert sum(flagged) >= 2, flagged
    assert not any(wrongly), wrongly


def test_of_several_concepts_the_one_that_is_seen_is_named(
    check: ClipCheck, ghosts: list[Pixels]
) -> None:
    named = [check.judge(pixels, ("a spider", "a ghost", "a bomb")).concept for pixels in ghosts]
    assert named.count("a ghost") >= 2


def test_the_same_picture_gets_the_same_judgement(check: ClipCheck, ghosts: list[Pixels]) -> None:
    assert check.judge(ghosts[0], GHOST) == check.judge(ghosts[0].copy(), GHOST)


@pytest.mark.parametrize("shape", [(32, 32, 3), (64, 256, 3), (256, 64, 3)])
def test_any_picture_has_a_certainty_from_0_to_1(
    check: ClipCheck, shape: tuple[int, int, int]
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    for concepts in (GHOST, ("龙",), ("",), ("x" * 300, "a fox")):
        judgement = check.judge(pixels, concepts)
        assert 0 <= judgement.score <= 1
        assert judgement.concept in concepts


def test_what_a_concept_names_is_not_among_the_harmless_things(check: ClipCheck) -> None:
    assert "a ghost" in harmless_things()
    assert "a fox" in harmless_things()
    whole = len(harmless_things())
    assert len(check._texts(("a scary phantom",))) == whole  # one concept more, its thing less
    assert len(check._texts(("a naked person",))) == whole + 1


def test_painting_still_has_gradients_after_a_look(
    illustrator: Illustrator, check: ClipCheck, innocent: list[Pixels]
) -> None:
    check.judge(innocent[0], ("a blue fox",))
    # The check and the painter share the perceptor's memory of texts.
    embedding = illustrator.perceptor.encode_text("a fox")
    views = torch.rand(1, 3, 64, 64).requires_grad_(True)
    loss = (illustrator.perceptor.encode_views(views) @ embedding).sum()
    (gradient,) = torch.autograd.grad(loss, views)
    assert bool(gradient.isfinite().all())
