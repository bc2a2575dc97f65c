"""Recipe of the judge: a CLIP apart from the guide, by which finished pictures are measured.

It shares with the guide the contrastive loss, the damaged views among the choices and the kind of
network (``contrast``), for a vision transformer learns too slowly on a CPU; its shape, size, input,
tokenizer and seed are others, so are its scenes, and its captions are said more loosely. It guides
nothing and is not shipped, so what it says is a second opinion.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.data.dataset import SceneDataset, load_dataset
from engine.image.layout import Layout
from engine.models.clip import CLIPParams
from engine.training.clip_views import damage_views, draw_views
from engine.training.common import TrainOptions, write_card
from engine.training.contrast import (
    ContrastiveRecipe,
    ContrastiveRun,
    contrastive_loss,
    recall_rows,
)
from engine.training.judge_texts import judge_texts, loose_caption
from engine.training.run import count_millions

# Far from the seeds that people give to the guide's recipe.
_SEED = 7_919

SHAPE = CLIPParams(
    image_size=96, layers=(1, 1, 2, 1), width=24, embed_dim=160, context_length=40, vocab_size=2048,
    text_width=192, text_heads=6, text_layers=2,
)  # fmt: skip


@dataclass(frozen=True)
class Recipe(ContrastiveRecipe):
    """Figures of a preset."""

    minutes: float = 60.0
    batch: int = 160
    damaged: int = 40
    shape: CLIPParams = SHAPE


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=5.0, batch=1024, damaged=256, rate=2e-3)}


def reduce_scenes(scenes: SceneDataset, path: Path, *, size: int) -> NDArray[np.uint8]:
    """Return all pictures of a data set at ``size`` px, (N, size, size, 3), reduced by area once.

    They are kept in ``path``, a memory map, for the next time.
    """
    shape = (len(scenes.layouts), size, size, 3)
    if not path.exists() or np.load(path, mmap_mode="r").shape != shape:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        small = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
        for n, pixels in enumerate(scenes.images):
            image = Image.fromarray(np.asarray(pixels))
            small[n] = np.asarray(image.resize((size, size), Image.Resampling.BOX))
        small.flush()
        part.replace(path)
    reduced: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return reduced


def soften(views: Tensor, generator: torch.Generator) -> Tensor:
    """Blur a third of the views (B, 3, S, S) a little: softness alone is no fault of a picture."""
    side = views.shape[-1]
    small = int(side * (0.4 + 0.4 * torch.rand(1, generator=generator)))
    blurred = F.interpolate(views, size=(small, small), mode="area")
    blurred = F.interpolate(blurred, size=(side, side), mode="bilinear")
    hit = torch.rand(len(views), 1, 1, 1, generator=generator).to(views.device) < 1 / 3
    return torch.where(hit, blurred, views)


class Training(ContrastiveRun):
    """State of one run: what a CLIP's run has, and the work it took."""

    recipe: Recipe

    def __init__(self, options: TrainOptions) -> None:
        self.core_seconds = 0.0
        super().__init__(options, "judge", PRESETS[options.preset], seed=options.seed + _SEED)

    def load_scenes(self, part: str) -> SceneDataset:
        """Load the scenes, reduced to what the judge sees."""
        size = self.recipe.shape.image_size
        scenes = load_dataset(self.options.data / f"scenes-256{part}")
        small = self.folder / f"scenes-256{part}-at-{size}.npy"
        return SceneDataset(reduce_scenes(scenes, small, size=size), scenes.layouts)

    def tokenizer_texts(self) -> Iterator[str]:
        """Yield the texts that train the tokenizer."""
        return judge_texts(self.scenes.layouts, self.rng, count=self.recipe.texts)

    def say(self, layout: Layout, rng: np.random.Generator) -> str:
        """Caption a layout loosely."""
        return loose_caption(layout, rng)

    def settling_views(self, pictures: Tensor) -> Tensor:
        """Return whole pictures."""
        return pictures

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up a checkpoint."""
        super().restore(saved)
        self.core_seconds = float(saved["core_seconds"])

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {**super().state(), "core_seconds": self.core_seconds}

    def loss(self) -> Tensor:
        """Return the loss of the next batch."""
        pictures, captions = self.batch()
        views = draw_views(pictures, self.generator, size=self.params.image_size)
        mush = damage_views(views[-self.recipe.damaged :], self.generator)
        texts = self.encode_captions(captions)
        embedded = self.encode(torch.cat([soften(views, self.generator), mush]))
        images, damaged = torch.split(embedded, [len(views), len(mush)])
        return contrastive_loss(images, texts, damaged, self.model.logit_scale.exp())

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        begun = time.process_time()
        loss = super().train_step()
        self.core_seconds += time.process_time() - begun
        return loss

    def note(self, **figures: float) -> None:
        """Write a line of the log."""
        super().note(**figures, core_minutes=self.core_seconds / 60)

    def export(self) -> None:
        """Write weights, tokenizer and card, with figures of the files as written."""
        figures = self.write_files(self.folder)
        write_card(self.folder / "judge.md", "Judge", self.card(figures))

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        return {
            "What": f"How well a picture, reduced to {self.params.image_size} px, shows a text: a "
            "CLIP with a ModifiedResNet of another shape than the guide's, "
            f"{count_millions(self.model):.1f} M parameters. It measures finished pictures; it "
            "guides none and is not shipped.",
            "Data": f"{len(self.scenes.layouts):,} scenes of the project's own renderer, captioned "
            "anew and loosely each time they are seen.",
            "Recipe": "`pagewright train judge`: contrastive loss with damaged views among the "
            "choices; jittered crops, some of them softened; no attacks.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.core_seconds / 60:.0f} core-minutes",
                **recall_rows(figures),
            },
        }  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the judge on ``data/scenes-256``; its files stay in ``runs/judge``."""
    run = Training(options)
    run.go()
    run.export()
