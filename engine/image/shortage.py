"""What to do when memory runs out: telling it from other errors, and doing with less."""

from __future__ import annotations

import gc

import torch

_SIGNS = ("can't allocate memory", "out of memory", "not enough memory", "failed to allocate")


def is_shortage(error: BaseException) -> bool:
    """Say whether an error means that memory ran out, on a CPU or on a GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS)


def let_go() -> None:
    """Give back what a failed attempt left behind."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
