"""The state of a picture at work as bytes: tensors alone, nothing that could run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine.errors import EngineError
from engine.image.painting import Painting

MAX_STATE_BYTES = 24 * 1024 * 1024
_CHANNELS_LAST = "@channels_last"


def pack(paintings: Mapping[int, Painting]) -> bytes:
    """Write the states of a picture's candidates by their place, as safetensors."""
    tensors: dict[str, Tensor] = {}
    for place, painting in paintings.items():
        for name, value in painting.state_dict().items():
            kept = value if isinstance(value, Tensor) else torch.tensor(value, dtype=torch.float64)
            key, laid_out = _as_laid_out(f"{place}.{name}", kept.cpu())
            tensors[key] = laid_out
    return save(tensors)


def _as_laid_out(key: str, tensor: Tensor) -> tuple[str, Tensor]:
    """Return a tensor whose numbers lie in the order that they have in memory, and its name.

    Convolutions and sums round by that order, so that a picture goes on to the bit only with it.
    """
    last = tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last)
    if last and not tensor.is_contiguous():
        return key + _CHANNELS_LAST, tensor.permute(0, 2, 3, 1).contiguous()
    return key, tensor.contiguous()


def unpack(data: bytes) -> dict[int, dict[str, Any]]:
    """Read states by their place; raises ``EngineError("bad_input")`` for bytes that are none."""
    if len(data) > MAX_STATE_BYTES:
        raise EngineError("bad_input", f"The state to go on from has {len(data)} bytes: too many.")
    try:
        tensors = load(data)
        states: dict[int, dict[str, Any]] = {}
        for name, tensor in tensors.items():
            place, _, field = name.partition(".")
            if field.endswith(_CHANNELS_LAST):
                field, tensor = field.removesuffix(_CHANNELS_LAST), tensor.permute(0, 3, 1, 2)
            # Where a number is wanted a tensor of one serves as well.
            states.setdefault(int(place), {})[field] = tensor
    except (SafetensorError, ValueError, KeyError, OverflowError, RuntimeError):
        raise not_of_this() from None
    if not states:
        raise not_of_this()
    return states


def restore(painting: Painting, state: Mapping[str, Any]) -> None:
    """Let a painting go on from a state; ``EngineError("bad_input")`` where it is another's."""
    try:
        _check(painting, state)
        painting.load_state_dict(state)
    except (KeyError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError):
        raise not_of_this() from None


def _check(painting: Painting, state: Mapping[str, Tensor]) -> None:
    """Raise ``ValueError`` where a state's tensors do not fit its picture."""
    stage = int(state["stage"])
    if not (0 <= stage < len(painting.sizes) and int(state["step"]) >= 0):
        raise ValueError("its stage or step is none of this picture's")
    shape = (*painting.first.shape[:2], *painting.sizes[stage])
    for name in ("start", "offset", "average", "best_latents", "adam_exp_avg", "adam_exp_avg_sq"):
        tensor = state.get(name)
        if tensor is None and not name.startswith("adam"):
            raise ValueError(f"{name} is missing")
        if tensor is not None and (tuple(tensor.shape) != shape or tensor.dtype != torch.float32):
            raise ValueError(f"{name} is of another shape")
    if state["first"].shape != painting.first.shape:
        raise ValueError("it began in another size")
    if not math.isfinite(float(state["offset"].sum())):
        raise ValueError("its numbers are not finite")


def not_of_this() -> EngineError:
    """Return the error for a state that is damaged or another picture's."""
    return EngineError(
        "bad_input",
        "The state to go on from is damaged, or of another picture or profile: give the file that"
        " --save-state wrote, with the same size and options.",
    )
