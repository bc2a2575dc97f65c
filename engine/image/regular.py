"""What keeps a picture calm and near its start: clamps with a gradient, variation, anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

if TYPE_CHECKING:
    from engine.image.painting import Painting


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


def regular_loss(painting: Painting, picture: Tensor) -> Tensor:
    """Return what keeps a picture (1, 3, H, W) near its start and calm."""
    params, progress = painting.params, painting.step / painting.params.steps
    low, variation = F.avg_pool2d(picture, 16), total_variation(picture)
    if painting.low is None or painting.start_variation is None:
        painting.low, painting.start_variation = low.detach(), variation.detach()
    pull = params.pull * (1 + (params.pull_last - 1) * progress)
    loss = pull * painting.offset.square().mean()
    loss = loss + params.anchor * F.mse_loss(low, painting.low)
    loss = loss + params.variation * (variation - painting.start_variation).clamp_min(0).sum()
    return loss + params.smooth * roughness(picture).sum() if params.smooth else loss
