"""Recipe of the VQGAN: reconstruction of rendered scenes with an EMA codebook.

The codebook joins after a short warm-up without quantising. No discriminator: in trials a late one
at weights a CPU budget can train only added stipple.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from engine.data.dataset import load_images
from engine.image.codec import load_vqgan, to_tensor, vqgan_metadata
from engine.models.vqgan import VQGAN
from engine.training.codebook import CodebookEma
from engine.training.codes import to_device
from engine.training.common import (
    TrainOptions,
    bfloat16,
    export_weights,
    save_sheet,
    write_card,
)
from engine.training.run import Run, count_millions


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset; ``warmup`` and ``large`` are shares of the run's time.

    The codebook begins from the latents of ``codebook_batches``.
    """

    minutes: float = 22.0
    batch: int = 8
    rate: float = 6e-4
    warmup: float = 0.06
    large: float = 0.85
    crop: int = 64
    edge_weight: float = 0.3
    commitment: float = 0.1
    ema_decay: float = 0.998
    codebook_batches: int = 64


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=6.0, batch=128, rate=1e-3, ema_decay=0.999)}


def crops(
    images: NDArray[np.uint8], *, batch: int, side: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Cut a batch of random square crops (B, side, side, 3), half of them mirrored."""
    height, width = images.shape[1:3]
    out = np.empty((batch, side, side, 3), np.uint8)
    for i, n in enumerate(rng.integers(len(images), size=batch)):
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = images[n, y : y + side, x : x + side]
        out[i] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return out


def reconstruction_loss(output: Tensor, target: Tensor, *, edge_weight: float) -> Tensor:
    """Mean square and absolute error, plus the error of differences between neighbours."""
    error = output - target
    loss = F.mse_loss(output, target) * 2 + 0.25 * error.abs().mean()
    down = error[..., 1:, :] - error[..., :-1, :]
    across = error[..., 1:] - error[..., :-1]
    edges = down.abs().mean() + across.abs().mean()
    total: Tensor = loss + edge_weight * edges
    return total


@torch.inference_mode()
def measure(model: VQGAN, images: NDArray[np.uint8]) -> dict[str, float]:
    """Return PSNR in dB (mean of pictures) and the number of codes used over pictures."""
    values: list[float] = []
    used: set[int] = set()
    for start in range(0, len(images), 32):
        x = to_tensor(images[start : start + 32])
        output, _, indices = model(x)
        error = ((output.clamp(-1, 1) - x) / 2).pow(2).mean((1, 2, 3))
        values += (-10 * error.log10()).tolist()
        used |= set(indices.flatten().tolist())
    return {"psnr": float(np.mean(values)), "codes_used": float(len(used))}


def draw_sheet(model: VQGAN, images: NDArray[np.uint8], path: Path) -> None:
    """Draw eight pictures (N, H, W, 3) above their reconstructions."""
    x = to_tensor(images[:8])
    with torch.inference_mode():
        save_sheet(path, torch.cat([x, model(x)[0]]), columns=8)


class Training(Run):
    """State of one run: model and codebook average."""

    look_s = 240.0

    def __init__(self, options: TrainOptions) -> None:
        self.recipe = recipe = PRESETS[options.preset]
        super().__init__(options, "vqgan", minutes=recipe.minutes)
        self.images = load_images(options.data / "scenes-256")
        self.heldout = load_images(options.data / "scenes-256-heldout")
        self.model = VQGAN().to(options.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codes = CodebookEma(self.model)
        self.quantised = False
        self.begin(
            self.model, rate=recipe.rate, weight_decay=0.01, ema_decay=recipe.ema_decay,
            afresh=self._start,
        )  # fmt: skip

    def _start(self) -> None:
        """Start from the patches' components, and from earlier weights where some are given."""
        # Four whole pictures at a time keep the reads of a memory map few.
        chosen = np.sort(self.rng.choice(len(self.images), min(256, len(self.images)), False))
        self.model.start_from_patches(to_tensor(self.images[chosen]))
        if self.options.start is not None:
            # The codebook starts anew.
            earlier = load_vqgan(self.options.start)
            self.model.encoder.load_state_dict(earlier.encoder.state_dict())
            self.model.decoder.load_state_dict(earlier.decoder.state_dict())

    def restore(self, saved: dict[str, Any]) -> None:
        """Take up a checkpoint."""
        super().restore(saved)
        self.codes.counts.copy_(saved["counts"])
        self.codes.sums.copy_(saved["sums"])
        self.quantised = bool(saved["quantised"])

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        codes = {"counts": self.codes.counts, "sums": self.codes.sums}
        return {**super().state(), **codes, "quantised": self.quantised}

    def batch(self) -> Tensor:
        """Return the next batch: crops, fewer and larger ones at the end (as many pixels)."""
        recipe, side = self.recipe, self.recipe.crop
        batch = recipe.batch
        if self.clock.progress > recipe.large:
            side, batch = 2 * side, batch // 4
        chosen = crops(self.images, batch=batch, side=side, rng=self.rng)
        return to_device(chosen, self.options.device)

    def train_step(self) -> float:
        """Train on one batch and return its reconstruction loss."""
        if not self.quantised and self.clock.progress > self.recipe.warmup:
            self.start_codebook()
        x = self.batch()
        with bfloat16(self.options.device):
            z = self.model.encode(x)
            z_q, indices = self.model.quantise(z) if self.quantised else (z, None)
            output = self.model.decode(z_q).float()
        loss = reconstruction_loss(output, x, edge_weight=self.recipe.edge_weight)
        if indices is None:
            return self.descend(loss)
        codes = self.model.codes_to_latents(indices).detach()
        total = loss + self.recipe.commitment * F.mse_loss(z.float(), codes)
        self.codes.update(z.detach(), indices)
        self.descend(total)
        return float(loss.detach())

    @torch.no_grad()
    def start_codebook(self) -> None:
        """Begin to quantise: codes by k-means over the latents of many crops."""
        latents = []
        for _ in range(self.recipe.codebook_batches):
            with bfloat16(self.options.device):
                z = self.model.encode(self.batch())
            latents.append(rearrange(z.float(), "b c h w -> (b h w) c"))
        self.codes.start(torch.cat(latents))
        self.ema.state["codebook"].copy_(self.model.codebook)
        self.quantised = True

    def averaged(self) -> VQGAN:
        """Return a copy of the model with averaged weights."""
        model = VQGAN(self.model.params)
        model.load_state_dict(self.ema.state)
        return model.cpu().eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def look(self) -> None:
        """Measure the averaged weights on held-out scenes, and draw some."""
        model = self.averaged()
        self.note(**measure(model, self.heldout[:64]))
        draw_sheet(model, self.heldout, self.folder / "sheet.png")

    def export(self) -> dict[str, float]:
        """Write the weights and the card; return held-out figures of the file as written."""
        out = self.options.out
        export_weights(
            self.ema.state, out / "vqgan.safetensors",
            metadata=vqgan_metadata(self.model.params), int8=True,
        )  # fmt: skip
        model = load_vqgan(out)
        figures = measure(model, self.heldout[:256])
        draw_sheet(model, self.heldout, self.folder / f"sheet-{self.step:06d}.png")
        write_card(out / "vqgan.md", "Starter VQGAN", self.card(figures))
        self.note(**figures)
        return figures

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        return {
            "What": "Pictures to codes and back: 256 x 256 px (any sides that 8 divides) to one of "
            f"{self.model.params.codes} codes for each 8 x 8 px; "
            f"{count_millions(self.model):.1f} M parameters, int8 safetensors. Read by the draft "
            "model and by the VQGAN+CLIP loop.",
            "Data": f"{len(self.images):,} storybook scenes painted by the project's own renderer "
            "with figures of Noto Color Emoji (SIL Open Font License). No photographs.",
            "Recipe": "`pagewright train vqgan`: 64 px crops, mean square, absolute and edge "
            "error; linear path started from patch components, residual nets from zero; codebook "
            "by k-means after an unquantised warm-up, then moving averages with idle codes "
            "restarted; larger crops at the end; no discriminator; averaged weights.",
            "Figures": {
                "training": f"{self.step:,} steps, {self.clock.elapsed / 60:.0f} min on "
                f"{self.hardware('two shared x86 cores')}",
                "PSNR, 256 held-out scenes": f"{figures['psnr']:.2f} dB",
                "codes used by them": f"{figures['codes_used']:.0f} of {self.model.params.codes}",
            },
            "Licence": "Weights under the project's MIT licence.",
        }  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the VQGAN on ``data/scenes-256`` and export ``vqgan.safetensors`` with its card."""
    run = Training(options)
    run.go()
    run.export()
