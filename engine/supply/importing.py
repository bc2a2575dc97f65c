"""Turns a published VQGAN's checkpoint into the safetensors file that the engine loads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file

from engine.errors import EngineError
from engine.image.codec import config_beside, vqgan_metadata
from engine.models.checkpoint import CheckpointError
from engine.models.published import load_published
from engine.models.taming import TamingParams


@dataclass(frozen=True)
class Imported:
    """A file that was made, the shape in it, and its number of weights."""

    path: Path
    params: TamingParams
    weights: int


def import_vqgan(checkpoint: Path, *, config: Path | None = None, out: Path) -> Imported:
    """Write a ``.ckpt`` with its ``.yaml`` as safetensors: names and numbers as they are, in fp32.

    Raises ``EngineError("bad_input")``, one line, where the checkpoint or its configuration cannot
    be used; what is at ``out`` is replaced only by a whole file.
    """
    config = config or config_beside(checkpoint)
    _require_files(checkpoint, config, out)
    try:
        model = load_published(checkpoint, config)
    except CheckpointError as error:
        raise EngineError("bad_input", f"{error}.") from None
    state = {key: value.contiguous() for key, value in model.state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f"{out.name}.part")
    try:
        save_file(state, unfinished, metadata=vqgan_metadata(model.params))
        # safetensors keeps it to its writer; an engine may run as somebody else.
        unfinished.chmod(0o644)
        unfinished.replace(out)
    except SafetensorError as error:
        reason = " ".join(str(error).split())[:100]
        raise EngineError("failed", f"{out} cannot be written ({reason}).") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return Imported(out, model.params, sum(value.numel() for value in state.values()))


def _require_files(checkpoint: Path, config: Path, out: Path) -> None:
    """Raise ``EngineError("bad_input")`` where a file is missing or in the way."""
    if not checkpoint.is_file():
        raise EngineError("bad_input", f"There is no file {checkpoint}: name a checkpoint (.ckpt).")
    if not config.is_file():
        raise EngineError(
            "bad_input", f"There is no configuration {config}: name one with --config FILE.yaml."
        )
    if out.is_dir():
        raise EngineError("bad_input", f"{out} is a folder: name a file with --out.")
