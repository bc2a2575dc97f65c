"""CLIP (Radford et al. 2021), the network class being open_clip's; built from plain shapes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from einops import rearrange
from torch import Tensor, nn


@dataclass(frozen=True)
class CLIPParams:
    """Shape of a CLIP with a ModifiedResNet image tower and a causal transformer for text."""

    image_size: int = 64
    layers: tuple[int, int, int, int] = (2, 2, 2, 1)
    width: int = 20
    embed_dim: int = 192
    context_length: int = 32
    vocab_size: int = 1536
    text_width: int = 160
    text_heads: int = 4
    text_layers: int = 3


def build_clip(params: CLIPParams) -> nn.Module:
    """Build an untrained ``open_clip.model.CLIP``; nothing is ever downloaded."""
    # open_clip takes a second to import, so only those who build a CLIP pay for it.
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    vision = CLIPVisionCfg(
        layers=params.layers, width=params.width, image_size=params.image_size, head_width=64
    )
    text = CLIPTextCfg(
        context_length=params.context_length,
        vocab_size=params.vocab_size,
        width=params.text_width,
        heads=params.text_heads,
        layers=params.text_layers,
    )
    model: nn.Module = CLIP(params.embed_dim, vision, text)
    return model


def encode_images(model: Any, images: Tensor) -> Tensor:
    """Encode normalised images (B, 3, S, S) to unit embeddings (B, D) in float32."""
    features: Tensor = model.visual(images)
    return torch.nn.functional.normalize(features.float(), dim=-1)


def encode_tokens(model: Any, tokens: Tensor) -> Tensor:
    """Encode tokens (B, n), n at most the context, to unit embeddings (B, D) in float32.

    Attention is causal and the end token is the highest id, so padding after it changes nothing and
    may be left out; open_clip's own method would pay for the whole context.
    """
    length = tokens.shape[1]
    x = model.token_embedding(tokens) + model.positional_embedding[:length]
    x = model.transformer(x, attn_mask=model.attn_mask[:length, :length])
    x = model.ln_final(x)
    ends = rearrange(tokens.argmax(dim=-1), "b -> b 1 1").expand(-1, 1, x.shape[-1])
    pooled = rearrange(x.gather(1, ends), "b 1 d -> b d")
    features = pooled @ model.text_projection
    return torch.nn.functional.normalize(features.float(), dim=-1)
