"""Loads general language models: GPT-2 and its kin, instruct models with a chat template."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.errors import ModelFileError

HUB = "hf-hub:"


class Vocabulary:
    """A pretrained tokenizer: texts to ids without marks of its own, ids to text."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        added = tokenizer.get_added_vocab().values()
        self.marks = frozenset({*tokenizer.all_special_ids, *added})
        pieces = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        # A byte-level vocabulary writes a line's end with a letter of its own.
        self.breaks = frozenset(
            i for i, piece in enumerate(pieces) if piece and ("\n" in piece or "Ċ" in piece)
        )

    def __len__(self) -> int:
        return len(self.tokenizer)

    @property
    def chats(self) -> bool:
        """Say whether the model wants to be talked to."""
        return bool(self.tokenizer.chat_template)

    def encode(self, text: str) -> Any:
        """Encode a text; the result has ``ids``, as those of the ``tokenizers`` library."""
        return _Ids(self.tokenizer.encode(text, add_special_tokens=False))

    def decode(self, ids: Sequence[int]) -> str:
        """Decode ids, marks left out."""
        text: str = self.tokenizer.decode(
            list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def start(self, text: str) -> list[int]:
        """Encode what a model goes on with, begun as the model is used to."""
        ids: list[int] = self.tokenizer.encode(text)
        return ids

    def chat(self, messages: Sequence[dict[str, str]]) -> list[int]:
        """Encode a chat up to where the model answers, aloud and not in thought."""
        # In two steps: what the template returns as ids differs between versions of the library.
        text: str = self.tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


class _Ids:
    def __init__(self, ids: list[int]) -> None:
        self.ids = ids


def load_language_model(source: str, *, device: str = "cpu") -> tuple[nn.Module, Vocabulary]:
    """Load a frozen causal language model and its tokenizer, in fp32 on a CPU, else in bf16.

    ``source`` is a folder or ``hf-hub:OWNER/NAME``; weights are read from safetensors only, and no
    code that comes with them is run. Raises ModelFileError, one line.
    """
    # It takes seconds to import, and the starter never needs it.
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = Path(source)
    if not source.startswith(HUB) and not (folder / "config.json").is_file():
        raise ModelFileError(f"The writer's {folder / 'config.json'} is missing.")
    name = source.removeprefix(HUB)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    options: dict[str, Any] = {
        "local_files_only": not source.startswith(HUB),
        "trust_remote_code": False,
    }
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        model, report = AutoModelForCausalLM.from_pretrained(
            name,
            **options,
            use_safetensors=True,
            dtype=torch.float32 if device == "cpu" else torch.bfloat16,
            output_loading_info=True,
        )
    # A damaged file, a wrong configuration, no network: the library raises whatever came up.
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise ModelFileError(f"The writer {source} cannot be loaded ({reason}).") from None
    if report["missing_keys"]:
        lacking = sorted(report["missing_keys"])[0]
        raise ModelFileError(f"The writer {source} lacks weights (at {lacking}).")
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        raise ModelFileError(f"The writer {source} has a tokenizer that does not fit its weights.")
    return model.to(device).eval().requires_grad_(False), Vocabulary(tokenizer)
