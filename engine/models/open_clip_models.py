"""Builds CLIPs that open_clip knows: OpenAI's, LAION's, SigLIP; from a folder or by hub name."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from engine.models.checkpoint import CheckpointError

CONFIG = "open_clip_config.json"
HUB = "hf-hub:"
_OPENAI_TAG = "openai"


@dataclass(frozen=True, eq=False)
class OpenClip:
    """A CLIP with what its pictures and texts must look like.

    ``tokenizer`` turns texts into ids (n, context_length). ``scale`` and ``bias`` turn cosines into
    logits; of those but SigLIP the bias is 0.
    """

    model: nn.Module
    tokenizer: Any
    image_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    context_length: int
    scale: float
    bias: float


def load_open_clip(source: str) -> OpenClip:
    """Load a frozen CLIP in fp32.

    ``source`` is a folder with an ``open_clip_config.json``, the weights and, where the model has
    one of its own, the tokenizer; or ``hf-hub:OWNER/NAME``; or ``MODEL:TAG`` of open_clip's list,
    as in ``ViT-B-32:openai``. Raises ``CheckpointError``, one line, where that cannot be.
    """
    # open_clip takes a second to import, so only those who build a CLIP pay for it.
    import open_clip

    name, tag = _split(source)
    try:
        with _quiet():
            model = open_clip.create_model(name, tag, require_pretrained=True, weights_only=True)
            tokenizer = open_clip.get_tokenizer(name)
    # A damaged file, a wrong configuration, no network: open_clip raises whatever came up.
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise CheckpointError(f"The CLIP {source} cannot be loaded ({reason})") from None
    return _described(model.eval().requires_grad_(False), tokenizer, source)


def repository_of(source: str) -> str:
    """Return the hub's OWNER/NAME that holds the CLIP a source names, "" for a folder.

    Raises ``CheckpointError`` for a name that open_clip's list has not.
    """
    if source.startswith(HUB):
        return source.removeprefix(HUB)
    name, tag = _split(source)
    if tag is None:
        return ""
    import open_clip

    known: Any = open_clip.get_pretrained_cfg(name, tag)
    repository = str(known.get("hf_hub") or "").rstrip("/")
    if not repository:
        raise CheckpointError(f"There is no CLIP {source} in the list of open_clip")
    return repository


def _split(source: str) -> tuple[str, str | None]:
    """Return open_clip's name of a source, and its tag."""
    if source.startswith(HUB):
        return source, None
    folder = Path(source)
    if folder.is_dir():
        _check_config(folder)
        return f"local-dir:{folder}", None
    if not re.fullmatch(r"[\w.+-]+:[\w.-]+", source):
        raise CheckpointError(
            f"There is no CLIP {source}: name a folder, hf-hub:OWNER/NAME or MODEL:TAG"
        )
    name, tag = source.split(":")
    # OpenAI's were trained with another form of GELU; open_clip would only warn of it.
    quick = tag == _OPENAI_TAG and not name.endswith("-quickgelu")
    return (f"{name}-quickgelu" if quick else name), tag


def _check_config(folder: Path) -> None:
    """Refuse a folder whose configuration is missing or would fetch something from elsewhere."""
    path = folder / CONFIG
    try:
        model = json.loads(path.read_text("utf-8"))["model_cfg"]
        towers = str(model["vision_cfg"].get("timm_model_name") or "") + str(
            model["text_cfg"].get("hf_model_name") or ""
        )
        clips_mode = model["text_cfg"].get("tokenizer_mode") == "clips"
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing") from None
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise CheckpointError(f"{path} is no configuration of open_clip") from None
    if ":" in towers or "/" in towers or clips_mode:
        raise CheckpointError(f"{path} names a network that does not come with open_clip")


def _described(model: Any, tokenizer: Any, source: str) -> OpenClip:
    sizes = (
        {model.visual.image_size}
        if isinstance(model.visual.image_size, int)
        else set(model.visual.image_size)
    )
    if len(sizes) != 1:
        raise CheckpointError(f"The CLIP {source} wants pictures that are not square")
    return OpenClip(
        model=model,
        tokenizer=tokenizer,
        image_size=int(sizes.pop()),
        mean=tuple(model.visual.image_mean),
        std=tuple(model.visual.image_std),
        context_length=int(model.context_length),
        scale=float(model.logit_scale.exp()),
        bias=0.0 if model.logit_bias is None else float(model.logit_bias),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' remarks from the log: what matters here is an error or nothing."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
