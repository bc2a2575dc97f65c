"""Recipe that finishes the VQGAN's decoder: whole pictures from codes that stay as they are.

Encoder and codebook are frozen, so that a draft model trained on the codes stays valid while the
decoder goes on learning; it may run beside the draft's training or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.data.dataset import load_dataset
from engine.image.codec import load_vqgan, vqgan_metadata
from engine.training.codes import encode_dataset, to_device
from engine.training.common import TrainOptions, bfloat16, export_weights, write_text
from engine.training.run import Run
from engine.training.vqgan import draw_sheet, measure, reconstruction_loss


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset."""

    minutes: float = 24.0
    batch: int = 1
    rate: float = 4e-4
    edge_weight: float = 0.3
    ema_decay: float = 0.998


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=3.0, batch=32)}


class Training(Run):
    """State of one run."""

    look_s = 360.0

    def __init__(self, options: TrainOptions) -> None:
        self.recipe = recipe = PRESETS[options.preset]
        super().__init__(options, "decoder", minutes=recipe.minutes)
        data = load_dataset(options.data / "scenes-256")
        self.images = data.images
        self.heldout = load_dataset(options.data / "scenes-256-heldout").images[:256]
        self.model = load_vqgan(options.out)
        codes = options.runs / "draft" / "codes.npy"
        self.codes = encode_dataset(self.model, data, codes, options.device).cpu()
        self.model.to(options.device)
        self.decoder = self.model.decoder.train().requires_grad_(True)
        self.begin(
            self.decoder, rate=recipe.rate, weight_decay=0.01, ema_decay=recipe.ema_decay,
            key="decoder",
        )  # fmt: skip

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return codes and pictures of a random batch."""
        rows = self.rng.integers(len(self.codes), size=self.recipe.batch)
        codes = self.codes[torch.from_numpy(rows)].long().to(self.options.device)
        return codes, to_device(self.images[rows], self.options.device)

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        codes, x = self.batch()
        with bfloat16(self.options.device):
            output = self.decoder(self.model.codes_to_latents(codes)).float()
        loss = reconstruction_loss(output, x, edge_weight=self.recipe.edge_weight)
        return self.descend(loss)

    def look(self) -> None:
        """Export the weights as they are into the run's own folder."""
        self.export(self.folder)

    def export(self, folder: Path) -> dict[str, float]:
        """Write the VQGAN with the averaged decoder, and its new figures into the card."""
        state = self.model.state_dict()
        state |= {f"decoder.{key}": value for key, value in self.ema.state.items()}
        metadata = vqgan_metadata(self.model.params)
        export_weights(state, folder / "vqgan.safetensors", metadata=metadata, int8=True)
        model = load_vqgan(folder)
        figures = measure(model, self.heldout)
        draw_sheet(model, self.heldout, self.folder / "sheet.png")
        self.note(**figures)
        return figures

    def tell(self, figures: dict[str, float]) -> None:
        """Put what this run did into the VQGAN's card."""
        card = self.options.out / "vqgan.md"
        kept = [
            line for line in card.read_text(encoding="utf-8").splitlines()
            if not line.startswith(("| decoder alone", "| PSNR"))
        ]  # fmt: skip
        at = next(i for i, line in enumerate(kept) if line.startswith("| training"))
        kept[at + 1 : at + 1] = [
            f"| decoder alone, codes frozen | {self.step:,} steps of {self.recipe.batch} whole "
            f"pictures, {self.clock.elapsed / 60:.0f} min more |",
            f"| PSNR, {len(self.heldout)} held-out scenes | {figures['psnr']:.2f} dB |",
        ]
        write_text(card, "\n".join(kept) + "\n")


def train(options: TrainOptions) -> None:
    """Finish the decoder of ``vqgan.safetensors``; its codes keep their meaning."""
    run = Training(options)
    run.go()
    run.tell(run.export(options.out))
