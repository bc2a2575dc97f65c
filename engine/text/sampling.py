"""Draws tokens from the story model: a cached decoder that can step back, bans, sampling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import torch
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
                torch.tensor([list(tokens)], device=self._model.device),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self.length += len(tokens)
        # Drawn from on the CPU, by the same random numbers wherever the model computes.
        self.logits = result.logits[0, -1].float().cpu()

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


class Encoder(Protocol):
    """Whatever turns a text into tokens: the result has ``ids``."""

    def encode(self, text: str, /) -> Any:
        """Encode a text."""
        ...


class BannedWords:
    """Words that must not appear: as token sequences while sampling, and as words in a text.

    ``avoid`` is as a person typed it and stands for plurals too; ``banned`` are single entries, of
    which those that end in ``*`` stand for all words that begin so.
    """

    def __init__(self, avoid: str, tokenizer: Encoder, banned: Sequence[str] = ()) -> None:
        phrases = [part.strip() for part in re.split(r"[,;\n]|\band\b", avoid) if part.strip()]
        stems = [word for entry in banned if (word := entry.strip().removesuffix("*").strip())]
        words = {word for phrase in phrases for word in (phrase, phrase + "s")} | {*stems}
        # By what stands before the last token, so that a long list costs no more than a short one.
        self._last: dict[tuple[int, ...], set[int]] = {}
        for word in words:
            for case in {word, word.lower(), word.capitalize(), word.title()}:
                for lead in ("", " "):
                    if ids := tokenizer.encode(f"{lead}{case}").ids:
                        self._last.setdefault(tuple(ids[:-1]), set()).add(ids[-1])
        self._longest = max(map(len, self._last), default=0)
        forms = [rf"{re.escape(phrase)}(?:e?s)?" for phrase in phrases]
        forms += [_form(entry.strip()) for entry in banned if entry.strip(" *")]
        pattern = rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)"
        self._pattern = re.compile(pattern, re.IGNORECASE) if forms else None

    def next_tokens(self, written: Sequence[int]) -> set[int]:
        """Give the tokens that would complete a banned word after ``written``."""
        found: set[int] = set()
        for length in range(min(self._longest, len(written)) + 1):
            found |= self._last.get(tuple(written[len(written) - length :]), set())
        return found

    def spoil(self, text: str) -> bool:
        """Say whether a text holds a banned word, however it was spelt in tokens."""
        return self._pattern is not None and self._pattern.search(text) is not None


def _form(entry: str) -> str:
    stem = r"\W+".join(map(re.escape, entry.removesuffix("*").split()))
    return rf"{stem}\w*" if entry.endswith("*") else stem
