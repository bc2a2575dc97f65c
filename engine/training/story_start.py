"""Begins a story run from earlier weights: new control tokens get rows of their own."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from transformers import GPT2LMHeadModel

from engine.errors import ModelFileError
from engine.text import format as layout
from engine.text.wish import POINTERS
from engine.training.story_data import own_tokens
from engine.weights import unpack

_LIKE = {"H": "the fox", "a-hero": "a fox", "hero": " fox", "name": " Mia", "he": " he",
         "him": " him", "his": " his", "himself": " himself", "hero-looks": "a fox",
         "F": "the owl", "a-friend": " an owl", "friend": " owl", "fhe": " she", "fhim": " her",
         "fhis": " her", "friend-looks": " an owl", "in-home": " in the forest",
         "home": " the forest", "home-picture": " in a forest", "X": " hat", "aX": " a hat",
         "theX": " the hat", "do": " do", "did": " did", "doing": " doing"}  # fmt: skip
"""Words that a role's row begins as the mean of; a plot's or a beat's begins as its name's."""


def start_tokenizer(folder: Path) -> Tokenizer:
    """Load an earlier tokenizer, with the control tokens that it lacks at the end."""
    path = folder / "story-tokenizer.json"
    if not path.exists():
        raise ModelFileError(f"No {path.name} in {folder}; give a folder of story weights.")
    tokenizer = Tokenizer.from_file(str(path))
    wanted = [*layout.CONTROLS, *POINTERS, *own_tokens()]
    tokenizer.add_special_tokens([t for t in wanted if tokenizer.token_to_id(t) is None])
    return tokenizer


def begin_from(folder: Path, model: GPT2LMHeadModel, tokenizer: Tokenizer) -> None:
    """Copy earlier weights into a model whose vocabulary may have grown."""
    state = _earlier(folder)
    rows = state["transformer.wte.weight"]
    grown = torch.empty(tokenizer.get_vocab_size(), rows.shape[1])
    grown[: len(rows)] = rows
    for number in range(len(rows), len(grown)):
        grown[number] = _first_row(rows, tokenizer, tokenizer.id_to_token(number) or "")
    state["transformer.wte.weight"] = state["lm_head.weight"] = grown
    model.load_state_dict(state)


def _earlier(folder: Path) -> dict[str, Tensor]:
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
        state: dict[str, Tensor] = saved["model"]
        return state
    path = folder / "story.safetensors"
    if not path.exists():
        raise ModelFileError(f"No story.safetensors in {folder}; give a folder of story weights.")
    return unpack(load_file(path))


def _first_row(rows: Tensor, tokenizer: Tokenizer, token: str) -> Tensor:
    name = token.strip("<|>")
    words = _LIKE.get(name) or name.removeprefix("plot-").removeprefix("beat-")
    ids = [number for number in tokenizer.encode(words).ids if number < len(rows)]
    mean: Tensor = rows[ids].mean(dim=0)
    return mean + 0.005 * torch.randn(rows.shape[1])
