"""Draws tokens from the story model: a cached decoder that can step back, bans, sampling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import DynamicCache, GPT2LMHeadModel


class Decoder:
    """A model with its key-value cache: ``push`` tokens, read ``logits``, ``rewind`` to a mark."""

    def __init__(self, model: GPT2LMHeadModel, prompt: Sequence[int]) -> None:
        self._model = model
        self._cache = DynamicCache()
        self.length = 0
        self.logits = torch.empty(0)
        self.push(prompt)

    def push(self, tokens: Sequence[int]) -> None:
        """Append tokens; ``logits`` (v,) then belong to the place after them."""
        with torch.inference_mode():
            result = self._model(
                torch.tensor([list(tokens)]),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self.length += len(tokens)
        self.logits = result.logits[0, -1]

    def mark(self) -> tuple[int, Tensor]:
        """Remember this place."""
        return self.length, self.logits

    def rewind(self, mark: tuple[int, Tensor]) -> None:
        """Go back to a place remembered by ``mark``."""
        surplus = self.length - mark[0]
        self.length, self.logits = mark
        if surplus:
            self._cache.crop(-surplus)


def sample_token(
    logits: Tensor, *, temperature: float, top_p: float, banned: Iterable[int],
    generator: torch.Generator,
) -> int:  # fmt: skip
    """Draw a token by nucleus sampling (Holtzman et al. 2020); ``logits`` is (v,)."""
    logits = logits.clone()
    logits[list(banned)] = -torch.inf
    shares, order = torch.softmax(logits / temperature, dim=-1).sort(descending=True)
    shares[shares.cumsum(0) - shares >= top_p] = 0.0
    return int(order[torch.multinomial(shares, 1, generator=generator)])


def best_name(decoder: Decoder, names: Sequence[str], *, tokenizer: Tokenizer, end: int) -> str:
    """Let the model name one of ``names``, token by token; ``end`` is what follows a name."""
    spelt = {name: [*tokenizer.encode(name).ids, end] for name in names}
    place = 0
    while len(spelt) > 1:
        nexts = {ids[place] for ids in spelt.values()}
        best = max(nexts, key=lambda token: float(decoder.logits[token]))
        spelt = {name: ids for name, ids in spelt.items() if ids[place] == best}
        place += 1
        if len(spelt) > 1:
            decoder.push([best])
    return next(iter(spelt))


class BannedWords:
    """Words that must not appear: as token sequences while sampling, and as words in a text."""

    def __init__(self, avoid: str, tokenizer: Tokenizer) -> None:
        phrases = [part.strip() for part in re.split(r"[,;\n]|\band\b", avoid) if part.strip()]
        self._sequences = {
            tuple(tokenizer.encode(f"{lead}{case}").ids)
            for phrase in phrases
            for word in (phrase, phrase + "s")
            for case in (word, word.lower(), word.capitalize(), word.title())
            for lead in ("", " ")
        }
        words = "|".join(re.escape(phrase) for phrase in phrases)
        self._pattern = re.compile(rf"\b(?:{words})(?:e?s)?\b", re.IGNORECASE) if phrases else None

    def next_tokens(self, written: Sequence[int]) -> set[int]:
        """Give the tokens that would complete a banned word after ``written``."""
        return {
            sequence[-1]
            for sequence in self._sequences
            if sequence and tuple(written[len(written) - len(sequence) + 1 :]) == sequence[:-1]
        }

    def spoil(self, text: str) -> bool:
        """Say whether a text holds a banned word, however it was spelt in tokens."""
        return self._pattern is not None and self._pattern.search(text) is not None
