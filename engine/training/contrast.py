"""What the recipes of both CLIPs share: the contrastive loss, with mush among the choices.

The loss of Radford et al. 2021 (section 2.3); damaged views are further choices that no caption may
prefer, so that mush never scores high.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from engine.data.captions import caption
from engine.data.dataset import SceneDataset
from engine.image.codec import to_tensor
from engine.image.cutouts import sample_views
from engine.image.layout import Layout
from engine.image.perceptor import (
    END_MARK,
    PAD_MARK,
    START_MARK,
    TextTokenizer,
    Tokens,
    load_perceptor,
    normalise,
)
from engine.models.clip import CLIPParams, build_clip, encode_images, encode_tokens
from engine.training.bpe import train_bpe
from engine.training.clip_views import damage_views
from engine.training.common import TrainOptions, bfloat16, export_weights
from engine.training.feed import Pictures, ahead
from engine.training.run import Run

MEASURED = 256
"""Held-out scenes that a CLIP is measured on, as many damaged ones beside them."""


@dataclass(frozen=True)
class ContrastiveRecipe:
    """Figures of a preset; ``damaged`` views join the ``batch`` ones as further choices.

    ``texts`` captions train the tokenizer, whose size ``shape`` tells.
    """

    minutes: float
    batch: int
    damaged: int
    rate: float = 1.2e-3
    weight_decay: float = 0.1
    texts: int = 60_000
    shape: CLIPParams = field(default_factory=CLIPParams)


def train_tokenizer(texts: Iterable[str], path: Path, *, vocabulary: int) -> None:
    """Train a CLIP's tokenizer; the end token comes last, with the highest id."""
    tokenizer = train_bpe(texts, vocabulary=vocabulary - 1, marks=[PAD_MARK, START_MARK])
    tokenizer.add_special_tokens([END_MARK])
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))


def contrastive_loss(images: Tensor, texts: Tensor, damaged: Tensor, scale: Tensor) -> Tensor:
    """Return the symmetric loss of unit embeddings (B, D); texts choose among damaged ones too."""
    target = torch.arange(len(images), device=images.device)
    of_texts = scale * texts @ torch.cat([images, damaged]).T
    of_images = scale * images @ texts.T
    return (F.cross_entropy(of_texts, target) + F.cross_entropy(of_images, target)) / 2


@torch.inference_mode()
def measure(
    model: nn.Module, tokenizer: Tokens, pictures: Tensor, texts: list[str], *, size: int
) -> dict[str, float]:
    """Return R@1 both ways among pictures (N, 3, H, W) in 0..1, and with N damaged ones beside."""
    device = next(model.parameters()).device
    whole = torch.eye(3, device=device).expand(len(pictures), 1, 3, 3)
    views = sample_views(pictures.to(device), whole, size=size)
    mush = damage_views(views, torch.Generator().manual_seed(1))
    images = encode_images(model, normalise(views))
    damaged = encode_images(model, normalise(mush))
    embedded = encode_tokens(model, tokenizer(texts).to(device))
    own = torch.arange(len(texts), device=device)
    of_texts = embedded @ torch.cat([images, damaged]).T
    return {
        "text_to_image": float((of_texts[:, : len(own)].argmax(1) == own).float().mean()),
        "image_to_text": float(((images @ embedded.T).argmax(1) == own).float().mean()),
        "text_to_image_mush": float((of_texts.argmax(1) == own).float().mean()),
        "cosine": float((images * embedded).sum(1).mean()),
        "cosine_mush": float((damaged * embedded).sum(1).mean()),
    }


def unit_pictures(pictures: NDArray[np.uint8]) -> Tensor:
    """Turn pictures (B, H, W, 3) of bytes into (B, 3, H, W) in 0..1."""
    return (to_tensor(pictures) + 1) / 2


def draw_scenes(scenes: SceneDataset, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the rows of ``count`` scenes, or of all where there are fewer."""
    # In the order of the file, a memory map is read once through at most.
    return np.sort(rng.choice(len(scenes.layouts), min(count, len(scenes.layouts)), False))


def draw_pairs(
    scenes: SceneDataset, count: int, rng: np.random.Generator
) -> tuple[Tensor, list[str]]:
    """Draw pictures (count, 3, H, W) in 0..1, each with a caption made anew."""
    chosen = draw_scenes(scenes, count, rng)
    return unit_pictures(scenes.images[chosen]), [caption(scenes.layouts[n], rng) for n in chosen]


class ContrastiveRun(Run):
    """A run that trains a CLIP: model, tokenizer and scenes; the loss is the recipe's own."""

    look_s = 120.0
    model: Any

    def __init__(
        self, options: TrainOptions, name: str, recipe: ContrastiveRecipe, *, seed: int
    ) -> None:
        super().__init__(options, name, minutes=recipe.minutes, seed=seed)
        self.recipe, self.name = recipe, name
        self.scenes, self.heldout = self.load_scenes(""), self.load_scenes("-heldout")
        self.generator = torch.Generator().manual_seed(self.seed)
        self.pictures = Pictures(self.scenes.images, options.device)
        self.tokenizer = self._tokenizer()
        vocabulary = self.tokenizer.end_id + 1
        self.params = CLIPParams(**{**asdict(recipe.shape), "vocab_size": vocabulary})
        model = build_clip(self.params).to(options.device).train()
        self.model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.begin(self.model, rate=recipe.rate, weight_decay=recipe.weight_decay)
        self.drawn = ahead(self._draw, device=options.device)

    @abstractmethod
    def load_scenes(self, part: str) -> SceneDataset:
        """Load the scenes to learn from, or with "-heldout" those to measure on."""

    @abstractmethod
    def tokenizer_texts(self) -> Iterable[str]:
        """Yield the texts that train the tokenizer."""

    @abstractmethod
    def say(self, layout: Layout, rng: np.random.Generator) -> str:
        """Caption a layout, each time in other words."""

    @abstractmethod
    def loss(self) -> Tensor:
        """Return the loss of the next batch."""

    @abstractmethod
    def settling_views(self, pictures: Tensor) -> Tensor:
        """Return what the batch norms' statistics are taken from, of pictures (B, 3, H, W)."""

    def _tokenizer(self) -> TextTokenizer:
        """Train the tokenizer, or take the one of the run that is resumed."""
        path = self.folder / f"{self.name}-tokenizer.json"
        if not (self.options.resume and path.exists()):
            vocabulary = self.recipe.shape.vocab_size
            train_tokenizer(self.tokenizer_texts(), path, vocabulary=vocabulary)
        return TextTokenizer(Tokenizer.from_file(str(path)), self.recipe.shape.context_length)

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up a checkpoint."""
        super().restore(saved)
        self.generator.manual_seed(self.seed * 1_000_003 + self.step)

    def _draw(self) -> tuple[NDArray[np.int64], list[str]]:
        chosen = draw_scenes(self.scenes, self.recipe.batch, self.rng)
        return chosen, self._said(self.scenes.layouts, chosen, self.rng)

    def _said(
        self, layouts: Sequence[Layout], chosen: Iterable[int], rng: np.random.Generator
    ) -> list[str]:
        return [self.say(layouts[n], rng) for n in chosen]

    def batch(self) -> tuple[Tensor, list[str]]:
        """Return the next pictures (B, 3, H, W) in 0..1 on the device, and their captions."""
        chosen, captions = next(self.drawn)
        return (self.pictures.take(chosen) + 1) / 2, captions

    def encode(self, views: Tensor) -> Tensor:
        """Encode views (B, 3, S, S) in 0..1 to unit embeddings (B, D)."""
        pixels = normalise(views).contiguous(memory_format=torch.channels_last)
        with bfloat16(self.options.device):
            return encode_images(self.model, pixels)

    def encode_captions(self, captions: list[str]) -> Tensor:
        """Encode captions to unit embeddings (B, D)."""
        with bfloat16(self.options.device):
            return encode_tokens(self.model, self.tokenizer(captions).to(self.options.device))

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        loss = self.descend(self.loss())
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(100))
        return loss

    def note(self, **figures: float) -> None:
        """Write a line of the log."""
        super().note(**figures, scale=float(self.model.logit_scale.detach().exp()))

    def look(self) -> None:
        """Measure on held-out scenes."""
        self.note(**self.measure(self.model, self.tokenizer))

    def measure(self, model: nn.Module, tokenizer: Tokens) -> dict[str, float]:
        """Measure a model on held-out scenes with captions of their own seed."""
        rng = np.random.default_rng(7)
        chosen = draw_scenes(self.heldout, MEASURED, rng)
        pictures = unit_pictures(self.heldout.images[chosen])
        texts = self._said(self.heldout.layouts, chosen, rng)
        training = model.training
        figures = measure(model.eval(), tokenizer, pictures, texts, size=self.params.image_size)
        model.train(training)
        return figures

    @torch.no_grad()
    def settle_statistics(self, *, batches: int = 24) -> None:
        """Set the batch norms' statistics from clean views, as they will be looked at."""
        norms = [m for m in self.model.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        for _ in range(batches):
            self.encode(self.settling_views(self.batch()[0]))
        for norm in norms:
            norm.momentum = 0.1

    def write_files(self, folder: Path) -> dict[str, float]:
        """Write weights and tokenizer; return and log held-out figures of the files as written."""
        self.settle_statistics()
        metadata = {"params": json.dumps(asdict(self.params))}
        path = folder / f"{self.name}.safetensors"
        export_weights(self.model.state_dict(), path, metadata=metadata)
        self.tokenizer.tokenizer.save(str(folder / f"{self.name}-tokenizer.json"))
        perceptor = load_perceptor(folder, self.name)
        figures = self.measure(perceptor.model, perceptor.tokenizer)
        self.note(**figures)
        return figures


def recall_rows(figures: dict[str, float]) -> dict[str, object]:
    """Return the rows of a card that tell how often a CLIP finds what belongs together."""
    return {
        f"R@1 of {MEASURED} held-out, text to picture": f"{figures['text_to_image']:.2f}",
        f"R@1 of {MEASURED} held-out, picture to text": f"{figures['image_to_text']:.2f}",
        f"R@1, text to picture, {MEASURED} damaged ones among the choices":
            f"{figures['text_to_image_mush']:.2f}",
    }  # fmt: skip
