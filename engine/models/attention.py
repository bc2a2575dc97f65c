"""Self-attention of published CLIPs without detours.

PyTorch's own module, called with batches first, hands a transposed view to its input projection;
on a CPU that becomes one product an item of the batch, with the weights copied for each, which took
half of ViT-B/32's time. Here all tokens of all items go through one product.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn


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
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=attn_mask)
        result: Tensor = self.out_proj(rearrange(attended, "b h n d -> b n (h d)"))
        return (result if self.batch_first else result.transpose(0, 1)), None


def pack_attention(model: nn.Module) -> int:
    """Replace each plain self-attention in a frozen model; returns how many there were."""
    packed = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MultiheadAttention) and _is_plain(child):
                setattr(parent, name, PackedAttention(child))
                packed += 1
    return packed


def _is_plain(attention: nn.MultiheadAttention) -> bool:
    same_width = attention.in_proj_weight is not None
    extras = (attention.bias_k, attention.bias_v)
    return same_width and not any(e is not None for e in extras) and not attention.add_zero_attn
