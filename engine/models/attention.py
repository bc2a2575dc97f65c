"""Published CLIPs without detours: the numbers of the plain layers, in a part of their time.

PyTorch's own attention module, called with batches first, hands a transposed view to its input
projection; on a CPU that becomes one product an item of the batch, with the weights copied for
each, which took half of ViT-B/32's time. Here all tokens of all items go through one product. The
gradient of its fused attention and that of a convolution which cuts pictures into patches take
seven and fifteen times as long on a CPU as the products that they are.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

# Beyond so many tokens the table of all pairs takes more memory than its time is worth.
_FEW_TOKENS = 256
_WIDE_PATCH = 8
# QuickGELU is x · sigmoid(1.702 x) (Hendrycks and Gimpel 2016, section 2).
_QUICK = 1.702


class PackedAttention(nn.Module):
    """Does what a frozen ``nn.MultiheadAttention`` does for one sequence and itself."""

    def __init__(self, original: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = original.num_heads
        self.batch_first = original.batch_first
        self.in_proj_weight = original.in_proj_weight
        self.in_proj_bias = original.in_proj_bias
        self.out_proj = original.out_proj

    def forward(
        self, query: Tensor, *_: Tensor, attn_mask: Tensor | None = None, **__: Any
    ) -> tuple[Tensor, None]:
        """Map tokens (B, n, width), or (n, B, width) where batches come second, to the same."""
        x = query if self.batch_first else query.transpose(0, 1)
        projected = F.linear(x.contiguous(), self.in_proj_weight, self.in_proj_bias)
        q, k, v = rearrange(projected, "b n (t h d) -> t b h n d", t=3, h=self.heads)
        attended = _attend(q, k, v, attn_mask)
        result: Tensor = self.out_proj(rearrange(attended, "b h n d -> b n (h d)"))
        return (result if self.batch_first else result.transpose(0, 1)), None


class PatchEmbedding(nn.Module):
    """Does what a frozen convolution does whose kernels lie side by side: one matrix product."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias = conv.weight, conv.bias

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures (B, 3, H, W) to (B, width, H / side, W / side), rounded down."""
        height, width = (size // side for size, side in zip(x.shape[2:], self._sides, strict=True))
        p, q = self._sides
        whole = x[:, :, : height * p, : width * q]
        patches = rearrange(whole, "b c (h p) (w q) -> (b h w) (c p q)", p=p, q=q)
        tokens = F.linear(patches, self.weight.flatten(1), self.bias)
        return rearrange(tokens, "(b h w) d -> b d h w", h=height, w=width)

    @property
    def _sides(self) -> tuple[int, int]:
        return int(self.weight.shape[2]), int(self.weight.shape[3])


class QuickGelu(nn.Module):
    """QuickGELU as the scaled SiLU that it is; only what comes in is kept."""

    def forward(self, x: Tensor) -> Tensor:
        """Map values of any shape."""
        result: Tensor = _QuickGelu.apply(x)  # type: ignore[no-untyped-call]
        return result


class _QuickGelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return F.silu(x * _QUICK, inplace=True).mul_(1 / _QUICK)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        slope: Tensor = torch.ops.aten.silu_backward(gradient, x * _QUICK)
        return slope


def pack_clip(model: nn.Module) -> nn.Module:
    """Replace what a frozen CLIP does slowly; returns the model itself."""
    pack_attention(model)
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Conv2d) and _cuts_patches(child):
                setattr(parent, name, PatchEmbedding(child))
            # open_clip's own, told by name: it takes a second to import.
            elif type(child).__name__ == "QuickGELU":
                setattr(parent, name, QuickGelu())
    return model


def pack_attention(model: nn.Module) -> int:
    """Replace each plain self-attention in a frozen model; returns how many there were."""
    packed = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MultiheadAttention) and _is_plain(child):
                setattr(parent, name, PackedAttention(child))
                packed += 1
    return packed


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    """Return the attended values (B, H, n, d), on a CPU by plain products where tokens are few."""
    if mask is not None or q.device.type != "cpu" or q.shape[2] > _FEW_TOKENS:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    pairs = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    attended: Tensor = pairs.softmax(dim=-1) @ v
    return attended


def _is_plain(attention: nn.MultiheadAttention) -> bool:
    same_width = attention.in_proj_weight is not None
    extras = (attention.bias_k, attention.bias_v)
    return same_width and not any(e is not None for e in extras) and not attention.add_zero_attn


def _cuts_patches(conv: nn.Conv2d) -> bool:
    side_by_side = conv.kernel_size == conv.stride and conv.padding in ((0, 0), "valid")
    return side_by_side and conv.groups == 1 and min(conv.kernel_size) >= _WIDE_PATCH
