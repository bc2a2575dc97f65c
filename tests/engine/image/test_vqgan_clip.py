"""The loop: gradients that are right, pictures that do not depend on their company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
import torch
from torch import Tensor

from engine.image.perceptor import Perceptor, TextTokenizer
from engine.image.vqgan_clip import (
    Focus,
    Guidance,
    Painter,
    Painting,
    PaintParams,
    clamp_with_gradient,
    spherical_distance,
    total_variation,
)
from engine.models.clip import CLIPParams, build_clip
from engine.models.vqgan import VQGAN, VQGANParams

PARAMS = PaintParams(steps=4, cuts=4, judge_every=2)


@pytest.fixture(scope="module")
def models() -> tuple[VQGAN, Perceptor]:
    """Return a small VQGAN and a small CLIP of the real classes, untrained but not flat."""
    torch.manual_seed(0)
    vqgan = VQGAN(VQGANParams(width_fine=16, width_coarse=24, codes=64))
    for parameter in vqgan.parameters():
        if not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.05)
    clip = build_clip(CLIPParams(width=8, layers=(1, 1, 1, 1), embed_dim=32, vocab_size=300))
    for name, parameter in clip.named_parameters():
        if name.endswith("bn3.weight"):
            torch.nn.init.ones_(parameter)
    frozen = vqgan.eval().requires_grad_(False)
    # The loop itself never tokenises.
    tokenizer: TextTokenizer = None  # type: ignore[assignment]
    return frozen, Perceptor(clip, tokenizer, 64)


def guidance(seed: int, prompts: int = 1) -> Guidance:
    """Return prompts in random directions."""
    source = torch.Generator().manual_seed(seed)
    embeddings = torch.nn.functional.normalize(torch.randn(prompts, 32, generator=source), dim=-1)
    return Guidance(embeddings, torch.ones(prompts), torch.full((prompts,), float("-inf")))


def painting(vqgan: VQGAN, seed: int, params: PaintParams = PARAMS, side: int = 8) -> Painting:
    """Return a painting that starts from random codes."""
    source = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 64, (1, side, side), generator=source)
    return Painting(vqgan.codes_to_latents(codes), guidance(seed), params, seed=seed)


def run(painter: Painter, *paintings: Painting) -> None:
    """Take steps until all are finished."""
    while not all(p.finished for p in paintings):
        painter.step(paintings)


def numeric_gradient(
    function: Callable[[Tensor], Tensor], x: Tensor, *, step: float = 1e-3
) -> Tensor:
    """Return central differences of a scalar function."""
    gradient = torch.zeros(x.shape, dtype=x.dtype)
    for i in range(x.numel()):
        shift = torch.zeros(x.numel(), dtype=x.dtype)
        shift[i] = step
        up, down = function(x + shift.view(x.shape)), function(x - shift.view(x.shape))
        gradient.reshape(-1)[i] = (up - down) / (2 * step)
    return gradient


def test_the_clamp_has_the_true_gradient_inside() -> None:
    x = torch.linspace(0.1, 0.9, 9, dtype=torch.float64).requires_grad_(True)
    weights = torch.linspace(-2, 2, 9, dtype=torch.float64)
    (gradient,) = torch.autograd.grad((clamp_with_gradient(x).square() * weights).sum(), x)
    plain = numeric_gradient(lambda y: (y.clamp(0, 1).square() * weights).sum(), x.detach())
    assert torch.allclose(gradient, plain, atol=1e-6)


def test_the_clamp_passes_only_what_pushes_back_in() -> None:
    x = torch.tensor([-0.5, -0.5, 1.5, 1.5], requires_grad=True)
    # Descent moves against the gradient: -1 moves up, +1 moves down.
    (gradient,) = torch.autograd.grad(
        (clamp_with_gradient(x) * torch.tensor([-1.0, 1.0, 1.0, -1.0])).sum(), x
    )
    assert gradient.tolist() == [-1.0, 0.0, 1.0, 0.0]


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


def test_the_spherical_distance_is_half_the_squared_angle_with_its_gradient() -> None:
    angles = torch.linspace(0.2, 3.0, 8, dtype=torch.float64)
    cosines = torch.cos(angles).requires_grad_(True)
    distance = spherical_distance(cosines)
    assert torch.allclose(distance, angles.square() / 2, atol=1e-9)
    (gradient,) = torch.autograd.grad(distance.sum(), cosines)
    plain = numeric_gradient(
        lambda c: (torch.acos(c).square() / 2).sum(), cosines.detach(), step=1e-6
    )
    assert torch.allclose(gradient, plain, rtol=1e-4)
    same = torch.ones(1, requires_grad=True)
    spherical_distance(same).sum().backward()  # type: ignore[no-untyped-call]
    assert same.grad is not None
    assert bool(same.grad.isfinite().all())


def test_a_prompt_past_its_stop_no_longer_pushes() -> None:
    views = torch.nn.functional.normalize(torch.ones(3, 32), dim=-1).requires_grad_(True)
    resting = Guidance(guidance(0).embeddings, torch.ones(1), torch.tensor([100.0]))
    (gradient,) = torch.autograd.grad(resting.loss(views, PaintParams(cuts=3)), views)
    assert not bool(gradient.any())


@pytest.mark.parametrize("form", ["spherical", "cosine"])
def test_weights_pull_and_push(form: Literal["spherical", "cosine"]) -> None:
    base = guidance(3)
    signed = Guidance(base.embeddings, torch.tensor([-1.0]), base.stops)
    view = torch.nn.functional.normalize(torch.randn(1, 32), dim=-1)
    params = PaintParams(cuts=1, form=form)
    assert base.loss(view, params) == -signed.loss(view, params)
    near, far = base.embeddings, -base.embeddings
    assert base.loss(near, params) < base.loss(far, params)
    assert signed.loss(near, params) > signed.loss(far, params)


def test_a_focus_is_judged_by_its_own_views() -> None:
    base, params = guidance(3), PaintParams(cuts=2, focus_cuts=2)
    focus = Focus((0.5, 0.5, 0.3, 0.3), guidance(4).embeddings[0])
    focused = Guidance(base.embeddings, base.weights, base.stops, (focus,))
    wholes = base.embeddings.expand(2, -1)
    near, far = (sign * focus.embedding.expand(2, -1) for sign in (1, -1))
    assert focused.loss(torch.cat([wholes, near]), params) < 1e-3
    assert focused.loss(torch.cat([wholes, far]), params) > 1


def test_variation_counts_differences_of_neighbours() -> None:
    stripes = torch.zeros(1, 3, 8, 8)
    stripes[..., ::2] = 1
    assert float(total_variation(stripes)) == 1.0


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
