"""Layers of networks that only hand gradients on, for CPUs: faster, and they keep less.

Autograd keeps what a layer's weights would need for gradients of their own, which a frozen network
never asks for; and PyTorch's group norm takes twenty times as long as it must on the way back where
channels are laid out last, which convolutions need. On other devices the library's own layers do.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.grad import conv2d_input

M = TypeVar("M", bound=nn.Module)
# Partial sums in bfloat16 are rounded; so many of them are added up in float32.
_PARTS = 64
# Maps of so many places are worth the operations that a group norm then takes on the way back.
_LARGE = 64 * 64


class FrozenConv2d(nn.Conv2d):
    """A convolution, its weights and answers those of the plain one that it takes over."""

    def __init__(self, original: nn.Conv2d) -> None:
        nn.Module.__init__(self)
        self.__dict__.update(original.__dict__)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) as the plain convolution does; nothing of it is kept."""
        how = (self.stride, self.padding)
        result: Tensor = _Convolution.apply(x, self.weight, self.bias, *how)  # type: ignore[no-untyped-call]
        return result


class FrozenGroupNorm(nn.GroupNorm):
    """A group norm that can do the activation behind it in the same turn."""

    def __init__(self, original: nn.GroupNorm) -> None:
        nn.Module.__init__(self)
        self.__dict__.update(original.__dict__)

    def activated(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to SiLU of its group norm; of all that, only ``x`` is kept."""
        how = (self.weight, self.bias, self.num_groups, self.eps)
        result: Tensor = _NormedSilu.apply(x, *how)  # type: ignore[no-untyped-call]
        return result


class FrozenUpsample(nn.Module):
    """Doubles a feature map (B, C, h, w) by nearest neighbours, then a 3 x 3 convolution.

    Of the nine values that the kernel meets in a doubled map, no more than four differ: a 2 x 2
    kernel on the map as it is, one for each of the four places that a value is doubled to, says
    the same with 2.25 times fewer products (sub-pixel convolution, Shi et al. 2016).
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight = nn.Parameter(_phases(conv.weight.detach()), requires_grad=False)
        self.bias = conv.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to (B, C', 2h, 2w)."""
        result: Tensor = _Upsampling.apply(x, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return result


def normed_silu(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    """Return SiLU of the group norm of (B, C, h, w), in one turn where the norm is frozen."""
    return norm.activated(x) if isinstance(norm, FrozenGroupNorm) else F.silu(norm(x))


@runtime_checkable
class Freezable(Protocol):
    """A layer that knows what to put in its place where weights stay as they are."""

    def frozen(self) -> nn.Module:
        """Return a layer that does the same."""
        ...


def freeze(model: M) -> M:
    """Return a copy of a frozen model that shares its weights, with these layers in it."""
    weights = [*model.parameters(), *model.buffers()]
    copy = deepcopy(model, {id(weight): weight for weight in weights})
    for parent in list(copy.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, Freezable):
                setattr(parent, name, child.frozen())
            elif isinstance(child, nn.Conv2d) and _is_plain(child):
                setattr(parent, name, FrozenConv2d(child))
            elif type(child) is nn.GroupNorm and child.affine:
                setattr(parent, name, FrozenGroupNorm(child))
    return copy


def _is_plain(conv: nn.Conv2d) -> bool:
    usual = conv.groups == 1 and conv.padding_mode == "zeros" and conv.dilation == (1, 1)
    return type(conv) is nn.Conv2d and usual and not isinstance(conv.padding, str)


def _slope(gradient: Tensor, shape: torch.Size, weight: Tensor, how: tuple[Any, Any]) -> Tensor:
    """Return a convolution's gradient in what it was given, of which only the shape matters."""
    (stride, padding), weight = how, weight.to(gradient)
    if stride == (1, 1):
        return F.conv_transpose2d(gradient, weight, None, stride, padding)
    slope: Tensor = conv2d_input(  # type: ignore[no-untyped-call]
        list(shape), weight, gradient, stride, padding
    )
    return slope


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any
    ) -> Tensor:
        ctx.shape, ctx.weight, ctx.how = x.shape, weight, (stride, padding)
        return F.conv2d(x, weight, bias, stride, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        return _slope(gradient, ctx.shape, ctx.weight, ctx.how), None, None, None, None


class _NormedSilu(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, epsilon: float
    ) -> Tensor:
        x = x.contiguous(memory_format=_layout(x))
        ctx.weight, ctx.bias, ctx.how = weight, bias, (*_shape(x), groups)
        normed, mean, inverse = torch.ops.aten.native_group_norm(x, weight, bias, *ctx.how, epsilon)
        ctx.save_for_backward(x, mean, inverse)
        return F.silu(normed, inplace=True)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        x, mean, inverse = ctx.saved_tensors
        scale = _of_channels(inverse.float(), x.shape[1]) * ctx.weight.float()
        shift = ctx.bias.float() - _of_channels(mean.float(), x.shape[1]) * scale
        normed = torch.addcmul(_spread(shift, x), x, _spread(scale, x))
        slope = torch.ops.aten.silu_backward(gradient, normed)
        # What comes from a shuffle of pixels may be laid out otherwise, and is then misread.
        slope = slope.contiguous(memory_format=_layout(x))
        if _is_large(x):
            slope = _slope_of_norm(slope, x, ctx.weight.float(), mean, inverse, room=normed)
        else:
            how = (mean, inverse, ctx.weight.to(mean), *ctx.how, (True, False, False))
            slope = torch.ops.aten.native_group_norm_backward(slope, x, *how)[0]
        return slope, None, None, None, None


def _shape(x: Tensor) -> tuple[int, int, int]:
    return x.shape[0], x.shape[1], x.shape[2] * x.shape[3]


def _is_large(x: Tensor) -> bool:
    """Say whether the library's group norm takes long on the way back."""
    return _layout(x) == torch.channels_last and x.shape[2] * x.shape[3] >= _LARGE


def _layout(x: Tensor) -> torch.memory_format:
    last = x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    return torch.channels_last if last else torch.contiguous_format


def _slope_of_norm(
    slope: Tensor, x: Tensor, weight: Tensor, mean: Tensor, inverse: Tensor, *, room: Tensor
) -> Tensor:
    """Return a group norm's gradient in ``x`` (B, C, h, w), in ``room``, by whole-map operations.

    With n the normed input and d the slope times the weight, that is the inverse deviation times
    d − mean(d) − n · mean(d · n), means being those of groups.
    """
    groups, values = mean.shape[1], x[0].numel() // mean.shape[1]
    mean, inverse = (_of_channels(t.float(), x.shape[1]) for t in (mean, inverse))
    product = torch.mul(slope, x, out=room)
    plain = _of_groups(weight * _sums(slope), groups) / values
    along = inverse * (_of_groups(weight * _sums(product), groups) / values - mean * plain)
    tilt = -inverse.square() * along
    shift = -inverse * plain - tilt * mean
    torch.addcmul(_spread(shift, x), x, _spread(tilt, x), out=product)
    return product.addcmul_(slope, _spread(inverse * weight, x))


def _of_channels(values: Tensor, channels: int) -> Tensor:
    """Repeat values of groups (B, G) for each of their channels: (B, C)."""
    return values.repeat_interleave(channels // values.shape[1], dim=1)


def _of_groups(values: Tensor, groups: int) -> Tensor:
    """Add up values of channels (B, C) over their groups; each channel gets its group's sum."""
    sums = rearrange(values, "b (g n) -> b g n", g=groups).sum(dim=2)
    return _of_channels(sums, values.shape[1])


def _spread(values: Tensor, like: Tensor) -> Tensor:
    """Lay values of channels (B, C) over a map, in its precision."""
    return rearrange(values, "b c -> b c 1 1").to(like.dtype)


def _sums(x: Tensor) -> Tensor:
    """Add up a map (B, C, h, w), channels last, over its places: (B, C) in float32."""
    rows = rearrange(x, "b c h w -> b (h w) c")
    parts = next(n for n in (_PARTS, 16, 4, 2, 1) if rows.shape[1] % n == 0)
    return rearrange(rows, "b (n r) c -> b n r c", n=parts).sum(dim=2).float().sum(dim=1)


class _Upsampling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.shape, ctx.weight = x.shape, weight
        count, _, height, width = x.shape
        phases = F.conv2d(x, weight, bias.repeat(4), padding=1)
        doubled = _empty(phases, count, len(bias), 2 * height, 2 * width)
        for of_doubled, of_phases in _places(doubled, phases):
            of_doubled.copy_(of_phases)
        return doubled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        count, _, height, width = ctx.shape
        phases = _empty(gradient, count, 4 * gradient.shape[1], height + 1, width + 1)
        # Each phase leaves a row and a column at a border.
        for edge in (phases[:, :, 0], phases[:, :, -1], phases[..., 0], phases[..., -1]):
            edge.zero_()
        for of_gradient, of_phases in _places(gradient, phases):
            of_phases.copy_(of_gradient)
        return _slope(phases, ctx.shape, ctx.weight, ((1, 1), (1, 1))), None, None


def _empty(like: Tensor, *shape: int) -> Tensor:
    last = torch.channels_last
    return torch.empty(shape, dtype=like.dtype, device=like.device, memory_format=last)


def _places(doubled: Tensor, phases: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return where each of four phases (B, 4C, h+1, w+1) lies in a doubled map (B, C, 2h, 2w)."""
    parts = phases.chunk(4, dim=1)
    height, width = phases.shape[2] - 1, phases.shape[3] - 1
    return [
        (
            doubled[:, :, a::2, b::2],
            parts[2 * a + b][:, :, a : a + height, b : b + width],
        )
        for a in (0, 1)
        for b in (0, 1)
    ]


def _phases(kernel: Tensor) -> Tensor:
    """Turn a 3 x 3 kernel (O, I, 3, 3) for a doubled map into four of 2 x 2: (4 O, I, 2, 2)."""
    first, middle, last = kernel.unbind(dim=2)
    rows = (torch.stack([first, middle + last], 2), torch.stack([first + middle, last], 2))
    parts = []
    for row in rows:
        first, middle, last = row.unbind(dim=3)
        parts.append(torch.stack([first, middle + last], 3))
        parts.append(torch.stack([first + middle, last], 3))
    return torch.cat(parts).contiguous(memory_format=torch.channels_last)
