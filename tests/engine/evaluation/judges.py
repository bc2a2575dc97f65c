"""An untrained judge and a few scenes, for tests of what is done with them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from engine.image.layout import Figure, Layout, layout_to_json
from engine.models.clip import build_clip
from engine.training.common import export_weights
from engine.training.contrast import train_tokenizer
from engine.training.judge import SHAPE

TINY = replace(
    SHAPE, image_size=32, width=8, embed_dim=16, text_width=32, text_heads=4, text_layers=1,
    vocab_size=320,
)  # fmt: skip
LAYOUTS = (
    Layout("forest", "night", "snow", 0.6, (Figure("fox", None, 0.5, 0.68, 0.4, 0.5),)),
    Layout("sea", "day", "rainbow", 0.5, (Figure("boat", "red", 0.3, 0.7, 0.4, 0.5),)),
    Layout("cave", "dawn", "clear", 0.6, (Figure("bat"), Figure("knight", "blue", 0.7))),
)


def make_judge(folder: Path) -> Path:
    """Write an untrained judge."""
    tokenizer = folder / "judge-tokenizer.json"
    train_tokenizer(["a fox in a forest"] * 9, tokenizer, vocabulary=TINY.vocab_size)
    tokens = json.loads(tokenizer.read_text())["added_tokens"][-1]["id"] + 1
    params = replace(TINY, vocab_size=tokens)
    torch.manual_seed(0)
    metadata = {"params": json.dumps(asdict(params))}
    export_weights(build_clip(params).state_dict(), folder / "judge.safetensors", metadata=metadata)
    return folder


def make_scenes(folder: Path, *, count: int, size: int) -> Path:
    """Write a data set of noise, its layouts taken in turn."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    np.save(folder / "images.npy", rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8))
    lines = [layout_to_json(LAYOUTS[i % len(LAYOUTS)]) for i in range(count)]
    (folder / "layouts.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "done.json").write_text("{}", encoding="utf-8")
    return folder
