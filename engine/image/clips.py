"""Perceptors made of published CLIPs: OpenAI's, LAION's, SigLIP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from engine.errors import ModelFileError
from engine.image.perceptor import Perceptor
from engine.models.attention import pack_clip
from engine.models.checkpoint import CheckpointError
from engine.models.open_clip_models import OpenClip, load_open_clip

_MARKS = re.compile(r"<(?:start|end)_of_text>|<\|(?:start|end)oftext\|>")


class PublishedTokenizer:
    """A published CLIP's own tokenizer; every row of tokens is as long as the context."""

    def __init__(self, tokenizer: Any, context_length: int) -> None:
        self._tokenizer = tokenizer
        self.context_length = context_length

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Tokenise texts to (B, context_length); what does not fit is cut off."""
        return self._tokenise(texts, self.context_length)

    def fits(self, text: str) -> bool:
        """Say whether a whole text fits the context."""
        # No tokenizer makes more tokens than there are bytes, but for its own marks.
        longer = self.context_length + 2 * len(text.encode("utf-8", "replace")) + 8
        (whole,) = self._tokenise([text], longer)
        (cut,) = self._tokenise([text], self.context_length)
        beyond = whole[self.context_length :]
        return torch.equal(whole[: self.context_length], cut) and bool((beyond == whole[-1]).all())

    def _tokenise(self, texts: Sequence[str], length: int) -> Tensor:
        # Nobody may end a text from within it.
        plain = [_MARKS.sub(" ", text) for text in texts]
        tokens: Tensor = self._tokenizer(plain, context_length=length)
        return tokens


class PublishedPerceptor(Perceptor):
    """A published CLIP at work.

    ``probability`` is what SigLIP was trained to tell; of the others, ``scale`` times a cosine is
    only comparable with that of another text.
    """

    few_words = False

    def __init__(self, clip: OpenClip) -> None:
        super().__init__(
            clip.model, PublishedTokenizer(clip.tokenizer, clip.context_length), clip.image_size
        )
        pack_clip(self.model)
        self.mean, self.std = clip.mean, clip.std
        self.scale, self.bias = clip.scale, clip.bias

    def _encode_tokens(self, tokens: Tensor) -> Tensor:
        features: Tensor = self.model.encode_text(tokens)  # type: ignore[operator]
        return torch.nn.functional.normalize(features.float(), dim=-1)

    def probability(self, cosines: Tensor) -> Tensor:
        """Return how likely views and texts with these cosines belong together (Zhai et al. 2023).

        Meaningful for models with a bias of their own, SigLIP.
        """
        return torch.sigmoid(self.scale * cosines + self.bias)


def load_published_perceptor(source: str) -> PublishedPerceptor:
    """Load a CLIP of a folder, ``hf-hub:OWNER/NAME`` or ``MODEL:TAG``.

    Raises ModelFileError, one line, where it is missing, damaged or cannot be fetched.
    """
    try:
        return PublishedPerceptor(load_open_clip(source))
    except CheckpointError as error:
        raise ModelFileError(f"{error}.") from None
