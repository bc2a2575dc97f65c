"""Losses: angles and cosines, weights, stops, foci."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import Tensor

from engine.image.guidance import Focus, Guidance, Kind, Target, spherical_distance, weigh
from engine.image.layout import Layout
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor, load_perceptor
from engine.image.picture import PictureRequest, Prompt
from engine.image.prompting import guide
from tests.engine.image.small_models import guidance, numeric_gradient


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


STARTER = Path(__file__).parents[3] / "engine" / "starter"


def unit(seed: int) -> Tensor:
    """Return a random direction."""
    return guidance(seed).embeddings[0]


def test_the_cosine_form_is_a_cosine_with_the_sum_of_each_side() -> None:
    params = PaintParams(cuts=1, form="cosine", alpha=0.8, beta=0.5, gamma=0.3)
    kinds: list[tuple[Kind, int, float]] = [
        ("prompt", 1, 1.0), ("prompt", 2, 2.0), ("extra", 3, 1.0), ("exclude", 4, 1.0),
        ("exclude", 5, 0.5),
    ]  # fmt: skip
    targets = [Target(kind, unit(seed), weight) for kind, seed, weight in kinds]
    view = unit(9)[None]
    loss = weigh(targets, params).loss(view, params)
    include = unit(1) + 2 * unit(2) + 0.3 * unit(3)
    exclude = unit(4) + 0.5 * unit(5)
    near = torch.nn.functional.cosine_similarity(view[0], include, dim=0)
    far = torch.nn.functional.cosine_similarity(view[0], exclude, dim=0)
    assert torch.allclose(loss, -0.8 * near + 0.5 * far, atol=1e-6)


def test_the_spherical_form_weighs_each_prompt_by_its_kind() -> None:
    params = PaintParams(cuts=1, alpha=1.0, beta=0.5, gamma=0.25)
    kinds: tuple[Kind, ...] = ("prompt", "extra", "exclude", "lettering")
    targets = [Target(kind, unit(seed), 2.0) for seed, kind in enumerate(kinds)]
    assert weigh(targets, params).weights.tolist() == pytest.approx([2.0, 0.5, -1.0, -2.0])


def test_a_score_counts_what_is_wanted_only() -> None:
    params = PaintParams(cuts=1)
    targets = [Target("prompt", unit(1)), Target("exclude", unit(2))]
    assert weigh(targets, params).score(unit(1)[None]) == pytest.approx(1.0)


def test_a_perceptor_that_reads_is_weakly_pushed_away_from_letters() -> None:
    class Reading(Perceptor):
        few_words = False

    starter = load_perceptor(STARTER)
    reading = Reading(starter.model, starter.tokenizer, starter.image_size)
    request = PictureRequest(key=1, prompts=(Prompt("a fox"),))

    def weights(perceptor: Perceptor, lettering: float | None) -> list[float]:
        params = PaintParams(lettering=lettering)
        (guided,) = guide(request, Layout(), [perceptor], params)
        return [round(weight, 3) for weight in guided.weights.tolist()]

    assert weights(starter, None) == [1.0]
    assert weights(reading, None) == [1.0, -0.1]
    assert weights(reading, 0.0) == [1.0]
    assert weights(starter, 0.5) == [1.0, -0.5]
