"""Recipe of the layout transformer: captions of rendered layouts in, their layouts out.

It needs no pictures. Each layout is said anew, in other words, every time it is seen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from torch import Tensor

from engine.data.captions import caption
from engine.data.dataset import load_dataset
from engine.image.composer import Composer, LayoutTokens, caption_ids
from engine.image.layout import Layout
from engine.image.names import Names
from engine.models.layout import LayoutNet, LayoutNetParams
from engine.training.common import (
    Clock,
    Every,
    RunLog,
    TrainOptions,
    export_weights,
    learning_rate,
    load_checkpoint,
    parameter_groups,
    save_checkpoint,
    seed_everything,
    set_learning_rate,
    write_card,
)


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset."""

    minutes: float = 5.0
    batch: int = 48
    rate: float = 2e-3
    vocabulary: int = 1500


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=1.0, batch=512)}
_IGNORE = -100


def train_tokenizer(captions: list[str], size: int) -> Tokenizer:
    """Train a byte-level BPE on captions; id 0 is padding."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<pad>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(captions, trainer)
    return tokenizer


def layout_batch(tokens: LayoutTokens, layouts: list[Layout]) -> tuple[Tensor, Tensor]:
    """Return inputs and targets (B, m) of layouts; padding counts for nothing."""
    rows = [tokens.encode(layout) for layout in layouts]
    length = max(map(len, rows))
    inputs = torch.tensor([row[:-1] + [1] * (length - len(row)) for row in rows])
    targets = torch.tensor([row[1:] + [_IGNORE] * (length - len(row)) for row in rows])
    return inputs, targets


class Training:
    """State of one run."""

    def __init__(self, options: TrainOptions) -> None:
        self.options, self.recipe = options, PRESETS[options.preset]
        self.folder = options.runs / "layout"
        self.log = RunLog(self.folder)
        self.clock = Clock((options.minutes or self.recipe.minutes) * 60)
        self.rng = np.random.default_rng(options.seed)
        seed_everything(options.seed)
        self.layouts = load_dataset(options.data / "scenes-128").layouts
        self.heldout = load_dataset(options.data / "scenes-128-heldout").layouts
        said = [caption(layout, self.rng) for layout in self.layouts]
        self.tokenizer = train_tokenizer(said, self.recipe.vocabulary)
        self.names = Names.current()
        self.tokens = LayoutTokens(self.names)
        params = LayoutNetParams(self.tokens.count, self.tokenizer.get_vocab_size())
        self.net = LayoutNet(params).to(options.device)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.net, 0.05), betas=(0.9, 0.98), fused=True
        )
        self.step = 0
        self._resume()

    def _resume(self) -> None:
        saved = load_checkpoint(self.folder / "checkpoint.pt") if self.options.resume else None
        if saved is not None:
            self.net.load_state_dict(saved["net"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.tokenizer = Tokenizer.from_str(saved["tokenizer"])
            self.step, self.clock.before = saved["step"], saved["elapsed"]
            self.rng = np.random.default_rng([self.options.seed, self.step])

    def save(self) -> None:
        """Write a checkpoint."""
        save_checkpoint(self.folder / "checkpoint.pt", {
            "net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(),
            "tokenizer": self.tokenizer.to_str(), "step": self.step,
            "elapsed": self.clock.elapsed,
        })  # fmt: skip

    def loss(self, layouts: list[Layout], rng: np.random.Generator) -> Tensor:
        """Return the mean cross-entropy of layouts' tokens, each said in new words."""
        said = [caption(layout, rng) for layout in layouts]
        words = caption_ids(self.tokenizer, said, self.net.params.caption_length)
        inputs, targets = layout_batch(self.tokens, layouts)
        device = self.options.device
        logits = self.net(words.to(device), inputs.to(device))
        return F.cross_entropy(logits.flatten(0, 1), targets.to(device).flatten(),
                               ignore_index=_IGNORE)  # fmt: skip

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.recipe.rate))
        chosen = self.rng.integers(len(self.layouts), size=self.recipe.batch)
        loss = self.loss([self.layouts[i] for i in chosen], self.rng)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.step += 1
        return float(loss.detach())

    @torch.inference_mode()
    def heldout_loss(self) -> float:
        """Return the loss of held-out layouts, said in the same words each time."""
        return float(self.loss(list(self.heldout[:400]), np.random.default_rng(0)))

    def export(self) -> None:
        """Write ``layout.safetensors`` and its card."""
        params = {
            "net": asdict(self.net.params), "names": self.names.to_dict(),
            "tokenizer": self.tokenizer.to_str(),
        }  # fmt: skip
        out = self.options.out
        export_weights(
            self.net.state_dict(), out / "layout.safetensors",
            metadata={"params": json.dumps(params)},
        )  # fmt: skip
        Composer.load(out)
        loss = self.heldout_loss()
        self.log.write(step=self.step, heldout=loss)
        hardware = "one of two shared x86 cores" if self.options.preset == "cpu" else "a GPU"
        millions = sum(p.numel() for p in self.net.parameters()) / 1e6
        write_card(out / "layout.md", "Starter layout transformer", {
            "What": f"A prompt to a layout: place, time, weather, horizon and up to three figures "
            f"with colour, box and direction. {millions:.2f} M parameters, with its own byte-level "
            "BPE. At run time, decoding is held to what the vocabulary finds in the prompt.",
            "Data": f"{len(self.layouts):,} layouts composed by chance, captioned anew from "
            "templates at each view. No other text.",
            "Recipe": "`pagewright train layout`: GPT-like, next-token loss on the layout only.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.clock.elapsed / 60:.0f} min on {hardware}",
                "cross-entropy a token, 400 held-out layouts": f"{loss:.3f} nats",
            },
            "Licence": "Weights under the project's MIT licence.",
        })  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the layout transformer and export ``layout.safetensors`` with its card."""
    run = Training(options)
    run.clock.start()
    report, checkpoint = Every(20), Every(60)
    recent: list[float] = []
    while not run.clock.finished:
        recent.append(run.train_step())
        if report.due():
            loss = float(np.mean(recent))
            run.log.write(step=run.step, minutes=run.clock.elapsed / 60, loss=loss)
            recent = []
        if checkpoint.due():
            run.save()
    run.save()
    run.export()
