"""The perceptor: a CLIP that tells how well a view shows a text, with gradients to the view."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, Self, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from engine.errors import ModelFileError
from engine.image.codec import REMEDY, fill_model, read_weights
from engine.models.clip import CLIPParams, build_clip, encode_images, encode_tokens
from engine.models.precision import in_bfloat16

END_MARK = "<|end|>"
PAD_MARK = "<|pad|>"
START_MARK = "<|start|>"
PAD_ID = 0
START_ID = 1
# The usual statistics of CLIP's pictures: red, green, blue in 0..1.
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
_CACHED_TEXTS = 512


def normalise(views: Tensor, *, mean: Sequence[float] = MEAN, std: Sequence[float] = STD) -> Tensor:
    """Bring views (N, 3, S, S) in 0..1 to the statistics a CLIP was trained with."""
    middle = torch.tensor(mean, device=views.device, dtype=views.dtype)[:, None, None]
    spread = torch.tensor(std, device=views.device, dtype=views.dtype)[:, None, None]
    return (views - middle) / spread


@dataclass(frozen=True)
class TextTokenizer:
    """Turns texts into CLIP's tokens; the end token has the highest id, where open_clip pools."""

    tokenizer: Tokenizer
    context_length: int

    @property
    def end_id(self) -> int:
        """Return the id of the end token, the last of the vocabulary."""
        return int(self.tokenizer.get_vocab_size()) - 1

    def fits(self, text: str) -> bool:
        """Say whether a whole text fits the context."""
        return len(self.tokenizer.encode(text).ids) + 2 <= self.context_length

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Tokenise texts to (B, n), n the longest of them; what does not fit is cut off."""
        room = self.context_length - 2
        rows = [
            [START_ID, *encoding.ids[:room], self.end_id]
            for encoding in self.tokenizer.encode_batch(list(texts))
        ]
        longest = max(len(row) for row in rows)
        return torch.tensor([row + [PAD_ID] * (longest - len(row)) for row in rows])


class Tokens(Protocol):
    """What a perceptor asks of a tokenizer."""

    def fits(self, text: str) -> bool:
        """Say whether a whole text fits the context."""
        ...

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Tokenise texts to (B, n), n at most the context; what does not fit is cut off."""
        ...


class Perceptor:
    """A frozen CLIP with its tokenizer; embeddings are unit vectors in float32.

    ``few_words`` tells that it was taught the words of a small world only.
    """

    few_words = True
    mean, std = MEAN, STD

    def __init__(self, model: nn.Module, tokenizer: Tokens, image_size: int) -> None:
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.image_size = image_size
        self._texts: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def device(self) -> torch.device:
        """Return where the model computes."""
        return next(self.model.parameters()).device

    def to(self, device: str) -> Self:
        """Move the model to a device; returns the perceptor itself."""
        self.model.to(device)
        self._texts.clear()
        return self

    def halved(self) -> Self:
        """Return a perceptor that sees in bfloat16, with the same texts' embeddings."""
        half = copy.copy(self)
        half.model = nn.Module()
        half.model.visual = in_bfloat16(cast(nn.Module, self.model.visual))
        half.encode_text = self.encode_text  # type: ignore[method-assign]
        return half

    @torch.no_grad()
    def encode_text(self, text: str) -> Tensor:
        """Encode a text to a unit embedding (D,); recent ones are kept.

        Each text is encoded alone, so that its embedding never depends on its company.
        """
        with self._lock:
            if text not in self._texts:
                tokens = self.tokenizer([text]).to(self.device)
                self._texts[text] = self._encode_tokens(tokens)[0]
                if len(self._texts) > _CACHED_TEXTS:
                    self._texts.popitem(last=False)
            self._texts.move_to_end(text)
            return self._texts[text]

    def _encode_tokens(self, tokens: Tensor) -> Tensor:
        """Encode tokens (B, n) to unit embeddings (B, D) in float32."""
        return encode_tokens(self.model, tokens)

    def encode_views(self, views: Tensor) -> Tensor:
        """Encode views (N, 3, S, S) in 0..1, S the perceptor's own size, to embeddings (N, D)."""
        pixels = normalise(views, mean=self.mean, std=self.std).to(kind_of(self.model))
        return encode_images(self.model, pixels.contiguous(memory_format=torch.channels_last))

    def fit_text(self, text: str) -> tuple[str, bool]:
        """Return as many words of a text as the context holds, and whether any had to go."""
        if self.tokenizer.fits(text):
            return text, False
        words = text.split()
        kept = _most(len(words), lambda n: self.tokenizer.fits(" ".join(words[:n])))
        if kept:
            return " ".join(words[:kept]), True
        # A single word of many letters: better a part of it than nothing.
        return text[: _most(len(text), lambda n: self.tokenizer.fits(text[:n]))], True


def kind_of(model: Any) -> torch.dtype:
    """Return the precision that a CLIP's pictures are to come in."""
    kind: torch.dtype = next(p.dtype for p in model.visual.parameters() if p.ndim > 1)
    return kind


def _most(count: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to ``count`` that fits, 0 always fitting (bisection)."""
    low = 0
    while low < count:
        middle = (low + count + 1) // 2
        low, count = (middle, count) if fits(middle) else (low, middle - 1)
    return low


def load_perceptor(folder: Path, name: str = "clip", *, device: str = "cpu") -> Perceptor:
    """Load the starter's CLIP: ``clip.safetensors`` and ``clip-tokenizer.json`` of a folder.

    Another ``name`` loads another one of its kind, such as the judge's. Raises ModelFileError where
    a file is missing, damaged, or does not fit the other.
    """
    path = folder / f"{name}.safetensors"
    tensors, saved = read_weights(path)
    params = _read_params(saved, path)
    tokenizer = load_tokenizer(folder / f"{name}-tokenizer.json", params)
    model = build_clip(params)
    fill_model(model, tensors, path)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Perceptor(model, tokenizer, params.image_size).to(device)


def _read_params(saved: dict[str, Any], path: Path) -> CLIPParams:
    if set(saved) != {f.name for f in fields(CLIPParams)}:
        raise ModelFileError(f"{path} is of an unknown shape; {REMEDY}")
    layers: Any = tuple(saved["layers"])
    return CLIPParams(**{**saved, "layers": layers})


def load_tokenizer(path: Path, params: CLIPParams) -> TextTokenizer:
    """Load a tokenizer file that fits a CLIP's shape; ModelFileError where it does not."""
    if not path.is_file():
        raise ModelFileError(f"{path} is missing; {REMEDY}")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the tokenizers library raises bare Exceptions
        reason = " ".join(str(error).split())[:80]
        raise ModelFileError(f"{path} is damaged ({reason}); {REMEDY}") from None
    fitting = tokenizer.get_vocab_size() == params.vocab_size
    if not fitting or tokenizer.token_to_id(END_MARK) != params.vocab_size - 1:
        raise ModelFileError(f"{path} does not fit clip.safetensors beside it; {REMEDY}")
    return TextTokenizer(tokenizer, params.context_length)
