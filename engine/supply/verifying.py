"""Holds a VQGAN against reference numbers: encode, quantise, decode and the gradient."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import EngineError, ModelFileError
from engine.image.codec import load_vqgan
from engine.models.checkpoint import CheckpointError
from engine.models.published import codec_weights, read_config
from engine.models.taming import TamingVQGAN
from engine.models.vqgan import VQGAN

TOLERANCE = 2e-4
"""Larger differences are no rounding."""
UNSURE = 1e-4
"""Where the second nearest code is only so much farther, either index is right."""
_GRADIENT_SCALE = 1000.0
_MOST_NAMED = 3


@dataclass(frozen=True)
class Difference:
    """What was compared in which case, the largest difference, and whether it is small enough."""

    name: str
    largest: float
    sound: bool
    remark: str = ""


def verify(folder: Path) -> list[Difference]:
    """Compare a VQGAN with the numbers beside it; see docs/models.md for the folder's files.

    Raises ``EngineError`` where there is nothing to compare or a file cannot be used.
    """
    if not folder.is_dir():
        raise EngineError("bad_input", f"There is no folder {folder}.")
    found: list[Difference] = []
    if (folder / "keys.json").is_file():
        found.append(_compare_keys(folder))
    if (folder / "io.npz").is_file():
        vectors = _read_vectors(folder / "io.npz")
        found += _compare(load_vqgan(folder), vectors)
    if not found:
        raise EngineError("bad_input", f"{folder} holds neither keys.json nor io.npz to verify by.")
    return found


def _compare_keys(folder: Path) -> Difference:
    """Compare names and shapes of the network that ``model.yaml`` describes with a list."""
    path = folder / "keys.json"
    try:
        listed = {
            key: tuple(shape) for key, (shape, _) in json.loads(path.read_text("utf-8")).items()
        }
        params = read_config(folder / "model.yaml")
    except (ValueError, TypeError, AttributeError, CheckpointError) as error:
        message = str(error) if isinstance(error, CheckpointError) else f"{path} is no list of keys"
        raise EngineError("bad_input", f"{message}.") from None
    with torch.device("meta"):
        own = {key: tuple(t.shape) for key, t in TamingVQGAN(params).state_dict().items()}
    wanted = codec_weights(listed)
    wrong = sorted(key for key in {*own, *wanted} if own.get(key) != wanted.get(key))
    remark = f"{len(own)} names and shapes" if not wrong else f"at {', '.join(wrong[:_MOST_NAMED])}"
    return Difference("keys", float(len(wrong)), not wrong, remark)


def _read_vectors(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:80]
        raise ModelFileError(f"{path} cannot be read ({reason}).") from None


def _compare(model: VQGAN, vectors: Mapping[str, NDArray[Any]]) -> Iterator[Difference]:
    cases = (key.partition(".")[0] for key in vectors)
    numbers = sorted({int(case) for case in cases if case.isdecimal()})
    try:
        for number in numbers:
            case = {
                key.partition(".")[2]: torch.from_numpy(value)
                for key, value in vectors.items()
                if key.startswith(f"{number}.")
            }
            yield from _compare_case(model, number, case)
        if "z_min" in vectors:
            lowest, highest = model.codebook.amin(0), model.codebook.amax(0)
            yield _difference("codebook minimum", lowest, torch.from_numpy(vectors["z_min"]))
            yield _difference("codebook maximum", highest, torch.from_numpy(vectors["z_max"]))
    except (KeyError, RuntimeError, IndexError) as error:
        reason = " ".join(str(error).split())[:100]
        raise EngineError("bad_input", f"The vectors do not fit the model ({reason}).") from None


def _compare_case(model: VQGAN, number: int, case: Mapping[str, Tensor]) -> Iterator[Difference]:
    with torch.no_grad():
        yield _difference(f"{number} encode", model.encode(case["x"]), case["prequant"])
        snapped, indices = model.quantise(case["prequant"])
        yield _compare_codes(number, indices, case)
        # Where either index is right, so are its latents.
        sure = ((indices == case["nn_idx"]) | (case["nn_margin"] >= UNSURE))[:, None]
        yield _difference(f"{number} quantise", snapped * sure, case["quant"] * sure)
        continuous = model.decode(case["prequant"])
        yield _difference(f"{number} decode as it is", continuous, case["decoded_continuous"])
    latents = case["quant"].clone().requires_grad_(True)
    decoded = model.decode(latents)
    yield _difference(f"{number} decode", decoded.detach(), case["decoded"])
    score = (decoded * case["grad_w"]).mean() * _GRADIENT_SCALE
    (gradient,) = torch.autograd.grad(score, latents)
    yield _difference(f"{number} gradient", gradient, case["grad_z"])


def _compare_codes(number: int, indices: Tensor, case: Mapping[str, Tensor]) -> Difference:
    other = indices != case["nn_idx"]
    wrong = int((other & (case["nn_margin"] >= UNSURE)).sum())
    return Difference(
        f"{number} nearest codes",
        float(wrong),
        not wrong,
        f"{int(other.sum())} of {other.numel()} differ",
    )


def _difference(name: str, found: Tensor, wanted: Tensor) -> Difference:
    if found.shape != wanted.shape:
        shapes = " is not ".join("x".join(map(str, s)) for s in (found.shape, wanted.shape))
        return Difference(name, float("inf"), False, shapes)
    largest = float((found - wanted).abs().max())
    return Difference(name, largest, largest <= TOLERANCE)
