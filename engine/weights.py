"""How weights lie in a safetensors file: matrices as int8 with a scale a row, the rest as fp16.

Round-to-nearest, symmetric, one scale an output row (as in LLM.int8(), Dettmers et al. 2022,
section 2.1, without its outliers): half the size of fp16, and an error too small to see here.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

SCALE = ".scale"
SMALLEST = 4096  # matrices with fewer values stay fp16: they weigh nothing


def pack(state: Mapping[str, Tensor], *, int8: bool = False) -> dict[str, Tensor]:
    """Return tensors as they are stored: fp16, or int8 with ``<name>.scale`` for matrices."""
    packed: dict[str, Tensor] = {}
    for name, tensor in state.items():
        value = tensor.detach().cpu().contiguous()
        if int8 and value.is_floating_point() and value.ndim > 1 and value.numel() >= SMALLEST:
            packed[name], packed[name + SCALE] = quantise_rows(value)
        else:
            packed[name] = value.half() if value.is_floating_point() else value
    return packed


def quantise_rows(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return (rows, ...) as int8 and the rows' scales in fp32 (rows, 1, ...)."""
    rows = matrix.float()
    largest = rows.abs().amax(dim=tuple(range(1, rows.ndim)), keepdim=True)
    scale = (largest / 127).clamp_min(1e-12)
    return (rows / scale).round().to(torch.int8), scale


def unpack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return stored tensors as fp32 (integers stay); ValueError where a scale does not fit."""
    state: dict[str, Tensor] = {}
    for name, value in tensors.items():
        if name.endswith(SCALE) and name.removesuffix(SCALE) in tensors:
            continue
        if value.dtype == torch.int8:
            scale = tensors.get(name + SCALE)
            if scale is None or len(scale) != len(value):
                raise ValueError(f"{name} has no scale that fits it")
            value = value.float() * scale.float()
        state[name] = value.float() if value.is_floating_point() else value
    return state
