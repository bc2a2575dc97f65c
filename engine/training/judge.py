"""Recipe of the judge: a CLIP apart from the guide, by which finished pictures are measured.

It shares with the guide the contrastive loss (Radford et al. 2021, section 2.3), the damaged views
among the choices and the kind of network, for a vision transformer learns too slowly on a CPU; its
shape, size, input, tokenizer and seed are others, so are its scenes, and its captions are said more
loosely. It guides nothing and is not shipped, so what it says is a second opinion.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor, nn

from engine.data.dataset import SceneDataset, load_dataset
from engine.errors import ModelFileError
from engine.image.codec import fill_model, read_weights
from engine.image.perceptor import (
    Perceptor,
    TextTokenizer,
    load_tokenizer,
    normalise,
)
from engine.models.clip import CLIPParams, build_clip, encode_images, encode_tokens
from engine.training.clip import contrastive_loss, measure, train_tokenizer, unit_pictures
from engine.training.clip_views import damage_views, draw_views
from engine.training.common import (
    Clock,
    Every,
    RunLog,
    TrainOptions,
    bfloat16,
    export_weights,
    learning_rate,
    load_checkpoint,
    parameter_groups,
    save_checkpoint,
    seed_everything,
    set_learning_rate,
    write_card,
)
from engine.training.feed import Pictures, ahead
from engine.training.judge_texts import judge_texts, loose_caption

WEIGHTS, TOKENIZER = "judge.safetensors", "judge-tokenizer.json"
# Far from the seeds that people give to the guide's recipe.
_SEED = 7_919


SHAPE = CLIPParams(
    image_size=96, layers=(1, 1, 2, 1), width=24, embed_dim=160, context_length=40, vocab_size=2048,
    text_width=192, text_heads=6, text_layers=2,
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset; ``damaged`` views join the ``batch`` ones as further choices."""

    minutes: float = 60.0
    batch: int = 160
    damaged: int = 40
    rate: float = 1.2e-3
    weight_decay: float = 0.1
    texts: int = 60_000
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


class Training:
    """State of one run: model, tokenizer, optimiser, clock and files."""

    def __init__(self, options: TrainOptions) -> None:
        self.options = options
        self.recipe = PRESETS[options.preset]
        self.folder = options.runs / "judge"
        self.log = RunLog(self.folder)
        self.seed = options.seed + _SEED
        self.rng = np.random.default_rng(self.seed)
        seed_everything(self.seed)
        self.generator = torch.Generator().manual_seed(self.seed)
        self.scenes = self._scenes("scenes-256")
        self.heldout = self._scenes("scenes-256-heldout")
        self.clock = Clock((options.minutes or self.recipe.minutes) * 60)
        self.step, self.core_seconds = 0, 0.0
        self.tokenizer = self._tokenizer()
        vocabulary = self.tokenizer.end_id + 1
        self.params = CLIPParams(**{**asdict(self.recipe.shape), "vocab_size": vocabulary})
        model = build_clip(self.params).to(options.device)
        self.model: Any = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.model, self.recipe.weight_decay), betas=(0.9, 0.98), fused=True
        )
        if options.resume:
            self._restore()
        self.pictures = Pictures(self.scenes.images, options.device)
        self.drawn = ahead(
            lambda: self._say(self.scenes, self.recipe.batch, self.rng), device=options.device
        )

    def _scenes(self, name: str) -> SceneDataset:
        scenes = load_dataset(self.options.data / name)
        size = self.recipe.shape.image_size
        small = reduce_scenes(scenes, self.folder / f"{name}-at-{size}.npy", size=size)
        return SceneDataset(small, scenes.layouts)

    def _tokenizer(self) -> TextTokenizer:
        """Train the tokenizer, or take the one of the run that is resumed."""
        path = self.folder / TOKENIZER
        if not (self.options.resume and path.exists()):
            texts = judge_texts(self.scenes.layouts, self.rng, count=self.recipe.texts)
            train_tokenizer(texts, path, vocabulary=self.recipe.shape.vocab_size)
        return TextTokenizer(Tokenizer.from_file(str(path)), self.recipe.shape.context_length)

    def _restore(self) -> None:
        saved = load_checkpoint(self.folder / "checkpoint.pt")
        if saved is None:
            return
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.step, self.core_seconds = int(saved["step"]), float(saved["core_seconds"])
        self.clock.before = float(saved["elapsed"])
        self.rng = np.random.default_rng([self.seed, self.step])
        self.generator.manual_seed(self.seed * 1_000_003 + self.step)

    def save(self) -> None:
        """Write a checkpoint."""
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "step": self.step, "elapsed": self.clock.elapsed, "core_seconds": self.core_seconds,
        }  # fmt: skip
        save_checkpoint(self.folder / "checkpoint.pt", state)

    def draw(
        self, scenes: SceneDataset, count: int, rng: np.random.Generator
    ) -> tuple[Tensor, list[str]]:
        """Draw pictures (count, 3, S, S) in 0..1, each with a loose caption made anew."""
        chosen, texts = self._say(scenes, count, rng)
        return unit_pictures(scenes.images[chosen]), texts

    @staticmethod
    def _say(
        scenes: SceneDataset, count: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], list[str]]:
        chosen = np.sort(rng.choice(len(scenes.layouts), min(count, len(scenes.layouts)), False))
        return chosen, [loose_caption(scenes.layouts[n], rng) for n in chosen]

    def loss(self) -> Tensor:
        """Return the loss of the next batch."""
        chosen, captions = next(self.drawn)
        pictures = (self.pictures.take(chosen) + 1) / 2
        views = draw_views(pictures, self.generator, size=self.params.image_size)
        mush = damage_views(views[-self.recipe.damaged :], self.generator)
        both = torch.cat([soften(views, self.generator), mush])
        pixels = normalise(both).contiguous(memory_format=torch.channels_last)
        with bfloat16(self.options.device):
            texts = encode_tokens(self.model, self.tokenizer(captions).to(self.options.device))
            embedded = encode_images(self.model, pixels)
        images, damaged = torch.split(embedded, [len(views), len(mush)])
        return contrastive_loss(images, texts, damaged, self.model.logit_scale.exp())

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        begun = time.process_time()
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.recipe.rate))
        loss = self.loss()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(0, math.log(100))
        self.step += 1
        self.core_seconds += time.process_time() - begun
        return float(loss.detach())

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Measure a model on 256 held-out scenes with captions of their own seed."""
        model.eval()
        pictures, texts = self.draw(self.heldout, 256, np.random.default_rng(7))
        figures = measure(model, self.tokenizer, pictures, texts, size=self.params.image_size)
        model.train()
        return figures

    def report(self, **figures: float) -> None:
        """Write a line of the log."""
        minutes, core = self.clock.elapsed / 60, self.core_seconds / 60
        self.log.write(step=self.step, minutes=minutes, core_minutes=core, **figures)

    @torch.no_grad()
    def settle_statistics(self, *, batches: int = 24) -> None:
        """Set the batch norms' statistics from whole pictures, as they will be looked at."""
        norms = [m for m in self.model.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        for _ in range(batches):
            chosen, _ = next(self.drawn)
            pictures = (self.pictures.take(chosen) + 1) / 2
            with bfloat16(self.options.device):
                self.model.visual(normalise(pictures))
        for norm in norms:
            norm.momentum = 0.1

    def export(self) -> None:
        """Write weights, tokenizer and card, with figures of the files as written."""
        self.settle_statistics()
        metadata = {"params": json.dumps(asdict(self.params))}
        export_weights(self.model.state_dict(), self.folder / WEIGHTS, metadata=metadata)
        figures = self.measure(load_judge(self.folder).model)
        self.report(**figures)
        write_card(self.folder / "judge.md", "Judge", self.card(figures))

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        millions = sum(p.numel() for p in self.model.parameters()) / 1e6
        return {
            "What": f"How well a picture, reduced to {self.params.image_size} px, shows a text: a "
            "CLIP with a ModifiedResNet of another shape than the guide's, "
            f"{millions:.1f} M parameters. It measures finished pictures; it guides none and is "
            "not shipped.",
            "Data": f"{len(self.scenes.layouts):,} scenes of the project's own renderer, captioned "
            "anew and loosely each time they are seen.",
            "Recipe": "`pagewright train judge`: contrastive loss with damaged views among the "
            "choices; jittered crops, some of them softened; no attacks.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.core_seconds / 60:.0f} core-minutes",
                "R@1 of 256 held-out, text to picture": f"{figures['text_to_image']:.2f}",
                "R@1 of 256 held-out, picture to text": f"{figures['image_to_text']:.2f}",
                "R@1, text to picture, 256 damaged ones among the choices":
                    f"{figures['text_to_image_mush']:.2f}",
            },
        }  # fmt: skip


def load_judge(folder: Path) -> Perceptor:
    """Load a judge as the recipe wrote it; ModelFileError where it cannot be used."""
    path = folder / WEIGHTS
    tensors, saved = read_weights(path)
    if set(saved) != {f.name for f in fields(CLIPParams)}:
        raise ModelFileError(f"{path} is of an unknown shape: run pagewright train judge")
    params = CLIPParams(**{**saved, "layers": tuple(saved["layers"])})
    tokenizer = load_tokenizer(folder / TOKENIZER, params)
    model = build_clip(params)
    fill_model(model, tensors, path)
    return Perceptor(model, tokenizer, params.image_size)


def train(options: TrainOptions) -> None:
    """Train the judge on ``data/scenes-256``; its files stay in ``runs/judge``."""
    run = Training(options)
    run.model.train()
    run.clock.start()
    report, checkpoint = Every(30), Every(120)
    recent: list[float] = []
    while not run.clock.finished:
        recent.append(run.train_step())
        if report.due():
            run.report(
                loss=float(np.mean(recent)), scale=float(run.model.logit_scale.detach().exp())
            )
            recent = []
        if checkpoint.due():
            run.save()
            run.report(**run.measure(run.model))
    run.save()
    run.export()
