"""Layout transformer: a caption's tokens, then a layout's tokens, one after the other (GPT-like).

The first half of text -> layout -> codes, as in Make-A-Scene (Gafni et al. 2022, section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn


@dataclass(frozen=True)
class LayoutNetParams:
    """Shape of a layout transformer: layout tokens come first in its vocabulary, words after."""

    layout_tokens: int
    caption_tokens: int
    caption_length: int = 40
    layout_length: int = 27
    width: int = 128
    depth: int = 3
    heads: int = 4


class Layer(nn.Module):
    """A pre-norm transformer layer with causal attention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (B, n, width) to the same shape; no token sees a later one."""
        q, k, v = rearrange(self.qkv(self.norm1(x)), "b n (t h d) -> t b h n d", t=3, h=self.heads)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(rearrange(attended, "b h n d -> b n (h d)"))
        mixed: Tensor = x + self.mlp(self.norm2(x))
        return mixed


class LayoutNet(nn.Module):
    """Next-token logits of layouts, given a caption of fixed length (padded)."""

    def __init__(self, params: LayoutNetParams) -> None:
        super().__init__()
        self.params = p = params
        self.tokens = nn.Embedding(p.layout_tokens + p.caption_tokens, p.width)
        self.positions = nn.Embedding(p.caption_length + p.layout_length, p.width)
        self.layers = nn.ModuleList(Layer(p.width, p.heads) for _ in range(p.depth))
        self.norm = nn.LayerNorm(p.width)
        self.head = nn.Linear(p.width, p.layout_tokens)
        for table in (self.tokens, self.positions):
            nn.init.normal_(table.weight, std=0.05)

    @property
    def device(self) -> torch.device:
        """Return where the network computes."""
        return self.tokens.weight.device

    def forward(self, caption: Tensor, layout: Tensor) -> Tensor:
        """Return logits (B, m, layout_tokens) of the token after each of ``layout`` (B, m).

        ``caption`` (B, caption_length) holds word ids from 0, ``layout`` starts with the begin
        token.
        """
        ids = torch.cat([caption + self.params.layout_tokens, layout], 1)
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for layer in self.layers:
            x = layer(x)
        logits: Tensor = self.head(self.norm(x[:, caption.shape[1] :]))
        return logits
