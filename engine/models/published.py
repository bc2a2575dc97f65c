"""Loads published VQGANs: their YAML configuration, and the weights that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import torch
import yaml
from torch import Tensor

from engine.models.checkpoint import CheckpointError, read_checkpoint
from engine.models.taming import GROUPS, TamingParams, TamingVQGAN

T = TypeVar("T")

FIRST_STAGE = "first_stage_model."
_IGNORED = ("loss.", "colorize", "quantize.used")
_CLASSES = {"VQModel": False, "GumbelVQ": True}
_FIXED = {
    "double_z": False, "in_channels": 3, "out_ch": 3, "resamp_with_conv": True,
    "attn_type": "vanilla", "use_linear_attn": False,
}  # fmt: skip
_LARGEST_CONFIG = 1_000_000
_LIMITS = {
    "resolution": 4096, "codes": 1 << 20, "embed_dim": 4096, "z_channels": 4096, "ch": 1024,
    "num_res_blocks": 16,
}  # fmt: skip
_MOST_LEVELS = 8


def load_published(checkpoint: Path, config: Path) -> TamingVQGAN:
    """Load a published VQGAN from ``.ckpt`` and ``.yaml``, in fp32 and frozen.

    Transformer checkpoints serve too: of these only the ``first_stage_model`` is read. Raises
    ``CheckpointError`` where a file is missing, damaged, hostile, or does not fit the other.
    """
    params = read_config(config)
    return build_published(params, codec_weights(read_checkpoint(checkpoint)), name=str(checkpoint))


def codec_weights(state: Mapping[str, T]) -> dict[str, T]:
    """Return what belongs to the VQGAN of a checkpoint's keys, without losses and transformers."""
    if any(key.startswith(FIRST_STAGE) for key in state):
        state = {
            key.removeprefix(FIRST_STAGE): value
            for key, value in state.items()
            if key.startswith(FIRST_STAGE)
        }
    return {key: value for key, value in state.items() if not key.startswith(_IGNORED)}


def build_published(
    params: TamingParams, weights: Mapping[str, Tensor], *, name: str
) -> TamingVQGAN:
    """Build a frozen network of weights; ``CheckpointError`` where they are not its own.

    ``name`` is what the message calls them.
    """
    # Nothing is allocated before all names and shapes are known to fit.
    with torch.device("meta"):
        model = TamingVQGAN(params)
    wanted = model.state_dict()
    for key in sorted(set(wanted) ^ set(weights)):
        what = "lacks" if key in wanted else "also holds"
        raise CheckpointError(f"{name} does not fit its configuration: it {what} {key[:80]}")
    for key, value in wanted.items():
        _check_tensor(name, key, weights[key], value.shape)
    model.load_state_dict({k: v.float() for k, v in weights.items()}, assign=True)
    return model.eval().requires_grad_(False)


def _check_tensor(name: str, key: str, tensor: Tensor, shape: torch.Size) -> None:
    if tensor.shape != shape:
        found, wanted = ("x".join(map(str, s)) for s in (tensor.shape, shape))
        raise CheckpointError(
            f"{name} does not fit its configuration: {key} is {found}, not {wanted}"
        )
    if not tensor.is_floating_point() or not bool(tensor.isfinite().all()):
        raise CheckpointError(f"{name} holds values in {key} that are no finite numbers")


def read_config(path: Path) -> TamingParams:
    """Read a published ``model.yaml``; ``CheckpointError`` where it is no VQGAN's."""
    try:
        if path.stat().st_size > _LARGEST_CONFIG:
            raise CheckpointError(f"{path} is too large for a configuration")
        content = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"There is no configuration {path}") from None
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        reason = " ".join(str(error).split())[:100]
        raise CheckpointError(f"{path} is no YAML ({reason})") from None
    return _params(_section(content, "model", path), path)


def _params(model: Mapping[str, Any], path: Path) -> TamingParams:
    """Read what ``model:`` says, or within it what a transformer says of its first stage."""
    inner = _section(model, "params", path)
    if "first_stage_config" in inner:
        return _params(_section(inner, "first_stage_config", path), path)
    target = str(model.get("target", "")).rpartition(".")[2]
    if target not in _CLASSES:
        known = " or ".join(_CLASSES)
        raise CheckpointError(f'{path} is of a "{target[:40]}": use one of a {known}')
    shape = _section(inner, "ddconfig", path)
    for key, value in _FIXED.items():
        if shape.get(key, value) != value:
            raise CheckpointError(f"{path}: {key} must be {value}, not {str(shape[key])[:40]}")
    multiples = shape.get("ch_mult")
    levels = len(multiples) if isinstance(multiples, list) else 1
    return checked_params(
        {
            "resolution": shape.get("resolution"),
            "factor": 2 ** (min(levels, _MOST_LEVELS) - 1),
            "codes": inner.get("n_embed"),
            "embed_dim": inner.get("embed_dim"),
            "z_channels": shape.get("z_channels"),
            "ch": shape.get("ch"),
            "ch_mult": multiples,
            "num_res_blocks": shape.get("num_res_blocks"),
            "attn_resolutions": shape.get("attn_resolutions"),
            "gumbel": _CLASSES[target],
        },
        name=str(path),
    )


def _section(content: Any, key: str, path: Path) -> Mapping[str, Any]:
    found = content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(found, Mapping):
        raise CheckpointError(f'{path} has no section "{key}"')
    return found


def checked_params(values: Mapping[str, Any], *, name: str) -> TamingParams:
    """Make a shape of plain values; ``CheckpointError`` where one is missing or makes no sense."""
    if set(values) != {field.name for field in fields(TamingParams)}:
        raise CheckpointError(f"{name} does not describe a published VQGAN")
    for key, most in _LIMITS.items():
        if not _is_number(values[key], most):
            raise CheckpointError(f"{name}: {key} must be a number from 1 to {most}")
    for key, least in (("ch_mult", 1), ("attn_resolutions", 0)):
        listed = values[key]
        if not isinstance(listed, list | tuple) or not least <= len(listed) <= _MOST_LEVELS:
            raise CheckpointError(
                f"{name}: {key} must be a list of {least} to {_MOST_LEVELS} numbers"
            )
        if not all(_is_number(value, _LIMITS["resolution"]) for value in listed):
            raise CheckpointError(f"{name}: {key} must hold whole numbers from 1")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    made = TamingParams(**plain)
    _check_shape(made, name)
    return made


def _check_shape(params: TamingParams, name: str) -> None:
    if params.factor != 2 ** (len(params.ch_mult) - 1) or params.resolution % params.factor:
        raise CheckpointError(f"{name}: resolution must be a multiple of {params.factor}")
    if any(width % GROUPS or width > _LIMITS["ch"] * 16 for width in (params.ch, *params.widths())):
        raise CheckpointError(f"{name}: ch and ch_mult must give multiples of {GROUPS}")


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
