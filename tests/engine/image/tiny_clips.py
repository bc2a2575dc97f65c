"""Tiny CLIPs with random weights, saved as open_clip's own are on the hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

HALF = (0.5, 0.5, 0.5)
WORDS = ["a fox in a snowy forest at night", "a small green dragon by a castle", "the moon"] * 5


def save_clip(folder: Path, *, quick_gelu: bool = True, seed: int = 0) -> Path:
    """Save a CLIP like OpenAI's: a ViT, causal text of 77 tokens, QuickGELU."""
    model_cfg = {
        "embed_dim": 16,
        "quick_gelu": quick_gelu,
        "vision_cfg": {
            "image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16
        },
        "text_cfg": {
            "context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1
        },
    }  # fmt: skip
    return _save(folder, model_cfg, {}, seed)


def save_siglip(folder: Path, *, seed: int = 0) -> Path:
    """Save a CLIP like SigLIP: a tower of timm's, a tokenizer and colours of its own, a bias."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _sentence_tokenizer()
    tokenizer.save_pretrained(folder)
    model_cfg = {
        "embed_dim": 64,
        "custom_text": True,
        "init_logit_bias": -10,
        "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "",
                       "timm_proj": "none"},
        "text_cfg": {
            "context_length": 16, "vocab_size": len(tokenizer), "width": 64, "heads": 2,
            "layers": 1, "no_causal_mask": True, "proj_bias": True, "pool_type": "last",
            "hf_tokenizer_name": "nobody/nothing", "tokenizer_kwargs": {"clean": "canonicalize"},
        },
    }  # fmt: skip
    return _save(folder, model_cfg, {"mean": HALF, "std": HALF}, seed)


def _save(folder: Path, model_cfg: dict[str, Any], preprocess: dict[str, Any], seed: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": model_cfg, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = {k: v.contiguous() for k, v in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def _sentence_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>",  # noqa: S106
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator(WORDS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        "$A </s>", special_tokens=[("</s>", 1)]
    )
    marks = {"pad_token": "</s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks)
