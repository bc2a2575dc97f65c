"""Clamps with a gradient, variation and roughness."""

from __future__ import annotations

import torch

from engine.image.regular import clamp_with_gradient, roughness, total_variation
from tests.engine.image.small_models import numeric_gradient


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


def test_variation_counts_differences_of_neighbours() -> None:
    stripes = torch.zeros(1, 3, 8, 8)
    stripes[..., ::2] = 1
    assert float(total_variation(stripes)) == 1.0


def test_the_clamp_knows_limits_of_each_channel() -> None:
    low, high = torch.tensor([[-1.0], [0.0]]), torch.tensor([[1.0], [0.5]])
    x = torch.tensor([[-2.0, 0.3], [0.7, 0.2]], requires_grad=True)
    clamped = clamp_with_gradient(x, low, high)
    assert torch.allclose(clamped, torch.tensor([[-1.0, 0.3], [0.5, 0.2]]))
    (down,) = torch.autograd.grad(clamped.sum(), x)
    assert down.tolist() == [[0.0, 1.0], [1.0, 1.0]]


def test_a_ramp_is_smooth_and_stripes_are_rough() -> None:
    ramp = torch.linspace(0, 1, 8).expand(1, 3, 8, 8)
    stripes = torch.zeros(1, 3, 8, 8)
    stripes[..., ::2] = 1
    assert float(roughness(ramp)) < 1e-10
    assert float(roughness(stripes)) == 4.0
