"""Packed attention is the library's own, to rounding, with the same gradient."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.models.attention import PackedAttention, pack_attention


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
