"""Networks in bfloat16 as a whole.

Under autocast weights are converted in each call, and a GPU brings every norm back to float32, so
that most of what is kept for the backward pass is twice as large and read twice as slowly.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

M = TypeVar("M", bound=nn.Module)


def in_bfloat16(model: M) -> M:
    """Return a frozen copy of a network that takes and gives bfloat16.

    Batch norms keep float32: their variances would lose what the others can spare. Norms add up in
    float32 within their kernels anyway.
    """
    half = deepcopy(model).eval().requires_grad_(False)
    for module in half.modules():
        if isinstance(module, _BatchNorm):
            continue
        for name, value in list(module.named_parameters(recurse=False)):
            if value.is_floating_point():
                rounded = nn.Parameter(value.detach().to(torch.bfloat16), requires_grad=False)
                setattr(module, name, rounded)
    return half
