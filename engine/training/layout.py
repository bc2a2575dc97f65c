"""Recipe of the layout transformer: captions of rendered layouts in, their layouts out.

It needs no pictures. Each layout is said anew, in other words, every time it is seen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from engine.data.captions import caption
from engine.data.dataset import load_dataset
from engine.image.composer import Composer, LayoutTokens, caption_ids
from engine.image.layout import Layout
from engine.image.names import Names
from engine.models.layout import LayoutNet, LayoutNetParams
from engine.training.bpe import train_bpe
from engine.training.common import TrainOptions, export_weights, write_card
from engine.training.run import Run, count_millions


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset."""

    minutes: float = 5.0
    batch: int = 48
    rate: float = 2e-3
    vocabulary: int = 1500


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=1.0, batch=512)}
_IGNORE = -100


def layout_batch(tokens: LayoutTokens, layouts: list[Layout]) -> tuple[Tensor, Tensor]:
    """Return inputs and targets (B, m) of layouts; padding counts for nothing."""
    rows = [tokens.encode(layout) for layout in layouts]
    length = max(map(len, rows))
    inputs = torch.tensor([row[:-1] + [1] * (length - len(row)) for row in rows])
    targets = torch.tensor([row[1:] + [_IGNORE] * (length - len(row)) for row in rows])
    return inputs, targets


class Training(Run):
    """State of one run."""

    report_s, save_s = 20.0, 60.0

    def __init__(self, options: TrainOptions) -> None:
        self.recipe = recipe = PRESETS[options.preset]
        super().__init__(options, "layout", minutes=recipe.minutes)
        self.layouts = load_dataset(options.data / "scenes-128").layouts
        self.heldout = load_dataset(options.data / "scenes-128-heldout").layouts
        said = [caption(layout, self.rng) for layout in self.layouts]
        # Id 0 is padding.
        self.tokenizer = train_bpe(said, vocabulary=recipe.vocabulary, marks=["<pad>"])
        self.names = Names.current()
        self.tokens = LayoutTokens(self.names)
        params = LayoutNetParams(self.tokens.count, self.tokenizer.get_vocab_size())
        self.net = LayoutNet(params).to(options.device)
        self.begin(self.net, rate=recipe.rate, weight_decay=0.05, key="net")

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up a checkpoint."""
        super().restore(saved)
        self.tokenizer = Tokenizer.from_str(saved["tokenizer"])

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {**super().state(), "tokenizer": self.tokenizer.to_str()}

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
        chosen = self.rng.integers(len(self.layouts), size=self.recipe.batch)
        return self.descend(self.loss([self.layouts[i] for i in chosen], self.rng))

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
        self.note(heldout=loss)
        write_card(out / "layout.md", "Starter layout transformer", {
            "What": f"A prompt to a layout: place, time, weather, horizon and up to three figures "
            "with colour, box and direction. "
            f"{count_millions(self.net):.2f} M parameters, with its own byte-level BPE. At run "
            "time, decoding is held to what the vocabulary finds in the prompt.",
            "Data": f"{len(self.layouts):,} layouts composed by chance, captioned anew from "
            "templates at each view. No other text.",
            "Recipe": "`pagewright train layout`: GPT-like, next-token loss on the layout only.",
            "Figures": {
                "training": f"{self.step:,} steps of {self.recipe.batch}, "
                f"{self.clock.elapsed / 60:.0f} min on {self.hardware()}",
                "cross-entropy a token, 400 held-out layouts": f"{loss:.3f} nats",
            },
            "Licence": "Weights under the project's MIT licence.",
        })  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the layout transformer and export ``layout.safetensors`` with its card."""
    run = Training(options)
    run.go()
    run.export()
