"""What keeps a picture calm: a clamp with a gradient, variation, roughness."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _ClampWithGradient(torch.autograd.Function):
    """Clamp between two tensors; the gradient passes where it pushes inwards."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, low: Tensor, high: Tensor) -> Tensor:
        clamped = torch.minimum(torch.maximum(x, low), high)
        ctx.save_for_backward(x - clamped)
        return clamped

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (beyond,) = ctx.saved_tensors
        (gradient,) = gradients
        return gradient * (gradient * beyond >= 0), None, None


def clamp_with_gradient(x: Tensor, low: Tensor | float = 0.0, high: Tensor | float = 1.0) -> Tensor:
    """Clamp to low..high, with a gradient for values outside that would come back in."""
    bounds = (torch.as_tensor(b, dtype=x.dtype, device=x.device) for b in (low, high))
    clamped: Tensor = _ClampWithGradient.apply(x, *bounds)  # type: ignore[no-untyped-call]
    return clamped


def total_variation(pictures: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels of each picture (B, 3, H, W)."""
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).abs().mean(dim=(1, 2, 3))
    across = (pictures[..., 1:] - pictures[..., :-1]).abs().mean(dim=(1, 2, 3))
    return down + across


def roughness(pictures: Tensor) -> Tensor:
    """Return the mean squared second difference of each picture (B, 3, H, W): ramps are smooth."""
    down = torch.diff(pictures, n=2, dim=-2).square().mean(dim=(1, 2, 3))
    across = torch.diff(pictures, n=2, dim=-1).square().mean(dim=(1, 2, 3))
    return down + across
