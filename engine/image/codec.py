"""VQGANs on disk: load the starter's or a published one, turn pictures into codes and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from engine.errors import ModelFileError
from engine.models.checkpoint import CheckpointError
from engine.models.published import build_published, checked_params, load_published
from engine.models.vqgan import VQGAN, CodecParams, VQGANParams
from engine.weights import unpack

REMEDY = "restore the file and run `pagewright doctor`"


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a safetensors file: tensors in fp32 and the ``params`` of its metadata.

    Raises ModelFileError, one line with a remedy, where it is missing, cut off or has no params.
    """
    try:
        with safe_open(str(path), framework="pt") as file:
            tensors = unpack({key: file.get_tensor(key) for key in file.keys()})  # noqa: SIM118
            params = dict(json.loads((file.metadata() or {})["params"]))
    except FileNotFoundError:
        raise ModelFileError(f"{path} is missing; {REMEDY}") from None
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:80]
        raise ModelFileError(f"{path} is damaged ({reason}); {REMEDY}") from None
    return tensors, params


def fill_model(model: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Put weights into a model in evaluation mode; ModelFileError where they do not fit it."""
    wanted = model.state_dict()
    wrong = sorted(set(wanted) ^ set(tensors)) or [
        key for key, value in wanted.items() if value.shape != tensors[key].shape
    ]
    if wrong:
        raise ModelFileError(f"{path} does not fit its model (at {wrong[0]}); {REMEDY}")
    model.load_state_dict(tensors)
    model.eval().requires_grad_(False)


def vqgan_metadata(params: CodecParams) -> dict[str, str]:
    """Return the safetensors metadata that ``load_vqgan`` reads."""
    return {"params": json.dumps(asdict(params))}


def load_vqgan(place: Path) -> VQGAN:
    """Load a VQGAN of a folder or file, fp32, frozen, laid out for CPU convolutions.

    A folder has a ``vqgan.safetensors``, the starter's or one that ``pagewright models import``
    made, or else a published ``.ckpt`` with its ``.yaml``. Raises ModelFileError where a file is
    missing, damaged, hostile or of another shape.
    """
    path = _vqgan_file(place)
    try:
        if path.suffix == ".ckpt":
            model: VQGAN = load_published(path, config_beside(path))
        else:
            model = _load_safetensors(path)
    except CheckpointError as error:
        raise ModelFileError(f"{error}; {REMEDY}") from None
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _vqgan_file(place: Path) -> Path:
    if place.suffix in (".ckpt", ".safetensors"):
        return place
    known = [place / name for name in ("vqgan.safetensors", "vqgan.ckpt", "last.ckpt")]
    return next((path for path in known if path.is_file()), known[0])


def config_beside(checkpoint: Path) -> Path:
    """Return the configuration of a ``.ckpt``: of the same name, else the ``model.yaml`` there.

    The published folders have it in ``configs`` beside ``ckpts``.
    """
    known = (
        checkpoint.with_suffix(".yaml"),
        checkpoint.with_name("model.yaml"),
        checkpoint.parent.parent / "configs" / "model.yaml",
    )
    return next((path for path in known if path.is_file()), known[1])


def _load_safetensors(path: Path) -> VQGAN:
    tensors, params = read_weights(path)
    if "ch_mult" in params:
        return build_published(checked_params(params, name=str(path)), tensors, name=str(path))
    try:
        model = VQGAN(VQGANParams(**{k: _tuple(v) for k, v in params.items()}))
    except TypeError:
        raise ModelFileError(f"{path} is of an unknown shape; {REMEDY}") from None
    fill_model(model, tensors, path)
    return model


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def to_tensor(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn pictures (B, H, W, 3) of bytes into (B, 3, H, W) in -1..1."""
    return rearrange(torch.from_numpy(np.array(pictures)), "b h w c -> b c h w").float() / 127.5 - 1


def to_pixels(pictures: Tensor) -> NDArray[np.uint8]:
    """Turn pictures (B, 3, H, W) in -1..1 into bytes (B, H, W, 3), values beyond clamped."""
    scaled = ((pictures.detach().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    pixels: NDArray[np.uint8] = rearrange(scaled, "b c h w -> b h w c").cpu().numpy()
    return pixels


@torch.inference_mode()
def encode_pictures(model: VQGAN, pictures: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Turn pictures (B, H, W, 3) of bytes into codes (B, H/f, W/f)."""
    pixels = to_tensor(pictures).to(model.device)
    codes: NDArray[np.int64] = model.nearest(model.encode(pixels)).cpu().numpy()
    return codes


@torch.inference_mode()
def decode_codes(model: VQGAN, codes: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Turn codes (B, h, w) into pictures (B, f·h, f·w, 3) of bytes."""
    indices = torch.from_numpy(np.array(codes)).to(model.device)
    return to_pixels(model.decode(model.codes_to_latents(indices)))
