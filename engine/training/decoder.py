"""Recipe that finishes the VQGAN's decoder: whole pictures from codes that stay as they are.

Encoder and codebook are frozen, so that a draft model trained on the codes stays valid while the
decoder goes on learning; it may run beside the draft's training or after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.data.dataset import load_dataset
from engine.image.codec import load_vqgan, to_tensor, vqgan_metadata
from engine.training.codes import encode_dataset, to_device
from engine.training.common import (
    Clock,
    Ema,
    Every,
    RunLog,
    TrainOptions,
    bfloat16,
    export_weights,
    learning_rate,
    load_checkpoint,
    parameter_groups,
    save_checkpoint,
    save_sheet,
    seed_everything,
    set_learning_rate,
    write_text,
)
from engine.training.vqgan import measure, reconstruction_loss


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset."""

    minutes: float = 24.0
    batch: int = 1
    rate: float = 4e-4
    edge_weight: float = 0.3
    ema_decay: float = 0.998


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=3.0, batch=32)}


class Training:
    """State of one run."""

    def __init__(self, options: TrainOptions) -> None:
        self.options, self.recipe = options, PRESETS[options.preset]
        self.folder = options.runs / "decoder"
        self.log = RunLog(self.folder)
        self.clock = Clock((options.minutes or self.recipe.minutes) * 60)
        self.rng = np.random.default_rng(options.seed)
        seed_everything(options.seed)
        data = load_dataset(options.data / "scenes-256")
        self.images = data.images
        self.heldout = load_dataset(options.data / "scenes-256-heldout").images[:256]
        self.model = load_vqgan(options.out)
        codes = options.runs / "draft" / "codes.npy"
        self.codes = encode_dataset(self.model, data, codes, options.device).cpu()
        self.model.to(options.device)
        self.decoder = self.model.decoder.train().requires_grad_(True)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.decoder, 0.01), betas=(0.9, 0.98), fused=True
        )
        self.ema = Ema(self.decoder, self.recipe.ema_decay)
        self.step = 0
        self._resume()

    def _resume(self) -> None:
        saved = load_checkpoint(self.folder / "checkpoint.pt") if self.options.resume else None
        if saved is not None:
            self.decoder.load_state_dict(saved["decoder"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.ema.load_state_dict(saved["ema"])
            self.step, self.clock.before = saved["step"], saved["elapsed"]
            self.rng = np.random.default_rng([self.options.seed, self.step])

    def save(self) -> None:
        """Write a checkpoint."""
        save_checkpoint(self.folder / "checkpoint.pt", {
            "decoder": self.decoder.state_dict(), "optimiser": self.optimiser.state_dict(),
            "ema": self.ema.state_dict(), "step": self.step, "elapsed": self.clock.elapsed,
        })  # fmt: skip

    def batch(self) -> tuple[Tensor, Tensor]:
        """Return codes and pictures of a random batch."""
        rows = self.rng.integers(len(self.codes), size=self.recipe.batch)
        codes = self.codes[torch.from_numpy(rows)].long().to(self.options.device)
        return codes, to_device(self.images[rows], self.options.device)

    def train_step(self) -> float:
        """Train on one batch and return its loss."""
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.recipe.rate))
        codes, x = self.batch()
        with bfloat16(self.options.device):
            output = self.decoder(self.model.codes_to_latents(codes)).float()
        loss = reconstruction_loss(output, x, edge_weight=self.recipe.edge_weight)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), 1.0)
        self.optimiser.step()
        self.ema.update(self.decoder)
        self.step += 1
        return float(loss.detach())

    def export(self, folder: Path) -> dict[str, float]:
        """Write the VQGAN with the averaged decoder, and its new figures into the card."""
        state = self.model.state_dict()
        state |= {f"decoder.{key}": value for key, value in self.ema.state.items()}
        metadata = vqgan_metadata(self.model.params)
        export_weights(state, folder / "vqgan.safetensors", metadata=metadata, int8=True)
        model = load_vqgan(folder)
        figures = measure(model, self.heldout)
        x = to_tensor(self.heldout[:8])
        with torch.inference_mode():
            save_sheet(self.folder / "sheet.png", torch.cat([x, model(x)[0]]), columns=8)
        self.log.write(step=self.step, minutes=self.clock.elapsed / 60, **figures)
        return figures

    def note(self, figures: dict[str, float]) -> None:
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
    run.clock.start()
    report, checkpoint, export = Every(30), Every(120), Every(360)
    recent: list[float] = []
    while not run.clock.finished:
        recent.append(run.train_step())
        if report.due():
            loss = float(np.mean(recent))
            run.log.write(step=run.step, minutes=run.clock.elapsed / 60, loss=loss)
            recent = []
        if checkpoint.due():
            run.save()
        if export.due():
            run.export(run.folder)
    run.save()
    run.note(run.export(options.out))
