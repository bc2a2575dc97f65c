"""The loop: gradients that are right, pictures that do not depend on their company."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.image.painter import Painter
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor
from engine.models.vqgan import VQGAN
from tests.engine.image.small_models import (
    numeric_gradient,
    painting,
    run,
    small_perceptor,
    small_vqgan,
)


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, Perceptor]:
    """Return a small VQGAN and a small CLIP."""
    return small_vqgan(), small_perceptor()


def test_the_quantiser_decodes_codes_and_passes_the_gradient_of_their_picture(
    models: tuple[VQGAN, Perceptor],
) -> None:
    vqgan, _ = models
    z = torch.randn(1, 16, 2, 2, generator=torch.Generator().manual_seed(1)).requires_grad_(True)
    quantised, indices = vqgan.quantise(z)
    codes = vqgan.codes_to_latents(indices)
    assert torch.allclose(quantised, codes, atol=1e-6)

    def loss(latents: Tensor) -> Tensor:
        return vqgan.decode(latents).square().mean()

    (gradient,) = torch.autograd.grad(loss(quantised), z)
    assert torch.allclose(gradient, numeric_gradient(loss, codes, step=1e-2), atol=2e-4)


@pytest.mark.parametrize("reduced", [False, True], ids=["fp32", "bf16"])
def test_a_picture_does_not_depend_on_its_company(
    models: tuple[VQGAN, Perceptor], reduced: bool
) -> None:
    vqgan, perceptor = models
    painter = Painter(vqgan, perceptor, reduced=reduced)
    alone = painting(vqgan, 2)
    run(painter, alone)
    longer = PaintParams(steps=6, cuts=6, judge_every=2)
    company = [painting(vqgan, 1), painting(vqgan, 2), painting(vqgan, 3, longer, side=16)]
    run(painter, *company)
    assert torch.equal(alone.offset, company[1].offset)
    assert torch.equal(alone.best_latents, company[1].best_latents)
    assert alone.best_score == company[1].best_score
    assert not torch.equal(company[0].offset, company[1].offset)


def test_several_pictures_a_forward_pass_agree_closely(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    alone, shared = painting(vqgan, 2), [painting(vqgan, s) for s in (1, 2, 3)]
    run(Painter(vqgan, perceptor), alone)
    run(Painter(vqgan, perceptor, chunk=3), *shared)
    assert torch.allclose(alone.offset, shared[1].offset, atol=1e-3)


def test_steps_bring_a_picture_nearer_to_its_prompt(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    painter = Painter(vqgan, perceptor)
    eager = PaintParams(steps=20, cuts=4, rate=0.05, pull=0, anchor=0, variation=0)
    work = painting(vqgan, 4, eager)
    before = painter.score(work, work.start)
    run(painter, work)
    assert work.best_score > before + 1e-4


def test_latents_stay_within_the_codebook(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    painter = Painter(vqgan, perceptor)
    work = painting(vqgan, 5)
    latents = painter.latents(work, torch.full_like(work.start, 50.0))
    assert torch.allclose(latents, vqgan.codebook.amax(dim=0)[None, :, None, None] * 1.0)


def test_codes_of_a_quantised_painting_are_what_is_shown(models: tuple[VQGAN, Perceptor]) -> None:
    vqgan, perceptor = models
    painter = Painter(vqgan, perceptor)
    work = painting(vqgan, 6, PaintParams(steps=3, cuts=4, rate=0.5, quantise=True))
    run(painter, work)
    codes = vqgan.codes_to_latents(vqgan.nearest(work.best_latents))
    shown = painter.show(work, work.best_latents)
    assert torch.allclose(shown, ((vqgan.decode(codes) + 1) / 2).clamp(0, 1), atol=1e-5)


def test_a_picture_that_is_not_finite_begins_again_in_full_precision(
    models: tuple[VQGAN, Perceptor], monkeypatch: pytest.MonkeyPatch
) -> None:
    vqgan, perceptor = models
    painter = Painter(vqgan, perceptor, reduced=True)
    encode = perceptor.encode_views

    def overflowing(views: Tensor) -> Tensor:
        """Fail as half precision fails, and only there."""
        embedded = encode(views)
        return embedded * float("nan") if torch.is_autocast_enabled("cpu") else embedded

    monkeypatch.setattr(perceptor, "encode_views", overflowing)
    work = painting(vqgan, 7)
    run(painter, work)
    assert work.precise
    exact = painting(vqgan, 7)
    monkeypatch.undo()
    run(Painter(vqgan, perceptor), exact)
    assert torch.equal(work.offset, exact.offset)
