"""Packed attention is the library's own, to rounding, with the same gradient."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch import nn

from engine.models.attention import (
    PackedAttention,
    PatchEmbedding,
    QuickGelu,
    pack_attention,
    pack_clip,
)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_tokens_and_gradients_are_those_of_the_plain_module(
    *, batch_first: bool, masked: bool
) -> None:
    torch.manual_seed(0)
    plain = nn.MultiheadAttention(16, 4, batch_first=batch_first)
    mask = torch.full((5, 5), float("-inf")).triu(1) if masked else None
    shape = (3, 5, 16) if batch_first else (5, 3, 16)
    x = torch.randn(shape, requires_grad=True)
    expected, _ = plain(x, x, x, need_weights=False, attn_mask=mask)
    found, nothing = PackedAttention(plain)(x, x, x, need_weights=False, attn_mask=mask)
    assert nothing is None
    assert torch.allclose(expected, found, atol=1e-6)
    weights = torch.randn_like(expected)
    (slope,) = torch.autograd.grad((expected * weights).sum(), x)
    (other,) = torch.autograd.grad((found * weights).sum(), x)
    assert torch.allclose(slope, other, atol=1e-6)


def test_only_plain_self_attention_is_replaced() -> None:
    model = nn.ModuleDict(
        {
            "plain": nn.MultiheadAttention(8, 2),
            "inner": nn.Sequential(nn.MultiheadAttention(8, 2, batch_first=True)),
            "other": nn.MultiheadAttention(8, 2, kdim=4, vdim=4),
            "biased": nn.MultiheadAttention(8, 2, add_bias_kv=True),
        }
    )
    assert pack_attention(model) == 2
    assert isinstance(model["plain"], PackedAttention)
    assert isinstance(model["other"], nn.MultiheadAttention)
    assert isinstance(model["biased"], nn.MultiheadAttention)


@pytest.mark.parametrize("size", [(16, 16), (19, 33)])
def test_patches_as_one_product_are_those_of_the_convolution(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 12, 8, stride=8).requires_grad_(False)
    x = torch.randn(2, 3, *size, requires_grad=True)
    expected, found = conv(x), PatchEmbedding(conv)(x)
    assert torch.allclose(expected, found, atol=1e-6)
    weights = torch.randn_like(expected)
    (slope,) = torch.autograd.grad((expected * weights).sum(), x)
    (other,) = torch.autograd.grad((found * weights).sum(), x)
    assert torch.allclose(slope, other, atol=1e-6)


def test_quick_gelu_has_its_values_and_its_true_slope() -> None:
    x = torch.randn(3, 40, dtype=torch.float64, requires_grad=True)
    assert torch.allclose(QuickGelu()(x), x * torch.sigmoid(1.702 * x))
    assert torch.autograd.gradcheck(QuickGelu(), (x,))


def test_a_packed_vision_transformer_sees_the_same_with_the_same_gradient() -> None:
    from open_clip.transformer import QuickGELU, VisionTransformer

    torch.manual_seed(0)
    plain = VisionTransformer(32, 8, 24, 2, 2, 4.0, act_layer=QuickGELU, output_dim=10)
    plain.eval().requires_grad_(False)
    packed = pack_clip(deepcopy(plain))
    kinds = {type(module) for module in packed.modules()}
    assert {PackedAttention, PatchEmbedding, QuickGelu} <= kinds
    x = torch.randn(3, 3, 32, 32, requires_grad=True)
    weights = torch.randn(3, 10)
    (slope,) = torch.autograd.grad((plain(x) * weights).sum(), x)
    (other,) = torch.autograd.grad((packed(x) * weights).sum(), x)
    assert torch.allclose(plain(x), packed(x), atol=1e-5)
    assert torch.allclose(slope, other, atol=1e-5)
