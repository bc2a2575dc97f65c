"""Loads the story model and its tokenizer from a folder of weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import GPT2LMHeadModel

from engine.errors import ModelFileError
from engine.models.story import StoryModelParams, build_story_model
from engine.text.beats import BEAT_TOKENS
from engine.text.format import CONTROLS, plot_token
from engine.text.roles import ROLE_TOKENS
from engine.text.wish import POINTERS
from engine.weights import unpack

_REMEDY = "restore it, or train it again with: pagewright train story"


def load_story_model(folder: Path) -> tuple[GPT2LMHeadModel, Tokenizer, StoryModelParams]:
    """Load story.json, story.safetensors and story-tokenizer.json, in float32 and ready to sample.

    Raises ModelFileError, naming the file, when one is missing, damaged or does not fit the others.
    """
    params = _params(folder / "story.json")
    tokenizer = _tokenizer(folder / "story-tokenizer.json", params)
    model = build_story_model(params)
    path = folder / "story.safetensors"
    try:
        weights = unpack(load_file(path))
        weights["lm_head.weight"] = weights["transformer.wte.weight"]
        model.load_state_dict(weights)
    except FileNotFoundError:
        raise ModelFileError(f"The story model {path} is missing; {_REMEDY}.") from None
    except (SafetensorError, RuntimeError, KeyError, OSError, ValueError):
        raise ModelFileError(
            f"The story model {path} is damaged or does not fit story.json; {_REMEDY}."
        ) from None
    return model.eval().requires_grad_(False), tokenizer, params


def _params(path: Path) -> StoryModelParams:
    try:
        params = StoryModelParams(**json.loads(path.read_text("utf-8")))
        beats = {str(name): tuple(map(str, names)) for name, names in params.plots.items()}
        roles = {str(name): tuple(map(str, names)) for name, names in params.roles.items()}
        return replace(params, plots=beats, roles=roles)
    except FileNotFoundError:
        raise ModelFileError(
            f"The story model's configuration {path} is missing; {_REMEDY}."
        ) from None
    except (ValueError, TypeError, AttributeError, OSError):
        raise ModelFileError(
            f"The story model's configuration {path} is damaged; {_REMEDY}."
        ) from None


def _tokenizer(path: Path, params: StoryModelParams) -> Tokenizer:
    if not path.exists():
        raise ModelFileError(f"The story model's tokenizer {path} is missing; {_REMEDY}.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # tokenizers raises plain Exception for anything unreadable
        raise ModelFileError(f"The story model's tokenizer {path} is damaged; {_REMEDY}.") from None
    own = (*CONTROLS, *POINTERS, *BEAT_TOKENS, *ROLE_TOKENS, *map(plot_token, params.plots))
    known = all(tokenizer.token_to_id(token) is not None for token in own)
    if not known or tokenizer.get_vocab_size() != params.vocabulary:
        raise ModelFileError(f"The tokenizer {path} does not fit story.json; {_REMEDY}.")
    return tokenizer


def page_generator(*, seed: int, number: int) -> torch.Generator:
    """Make the random source of one page; it depends on the story's seed and the page's number."""
    mixed = (seed * 1_000_003 + number * 7_919) % (2**63)
    return torch.Generator().manual_seed(mixed)
