"""Recipe of the VQGAN: reconstruction of rendered scenes with an EMA codebook.

Codebook by moving averages with dead codes restarted (van den Oord et al. 2017, appendix A.1),
after a short warm-up without quantising. No discriminator: in trials a late one at weights a CPU
budget can train only added stipple.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from engine.data.dataset import load_images
from engine.image.codec import load_vqgan, to_tensor, vqgan_metadata
from engine.models.vqgan import VQGAN
from engine.training.codes import to_device
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
    write_card,
)


@dataclass(frozen=True)
class Recipe:
    """Figures of a preset; ``warmup`` and ``large`` are shares of the run's time."""

    minutes: float = 22.0
    batch: int = 8
    rate: float = 6e-4
    warmup: float = 0.06
    large: float = 0.85
    crop: int = 64
    edge_weight: float = 0.3
    commitment: float = 0.1
    ema_decay: float = 0.998


PRESETS = {"cpu": Recipe(), "gpu": Recipe(minutes=6.0, batch=128, rate=1e-3, ema_decay=0.999)}


_AT_ONCE = 65_536  # latents whose distances are measured together


class CodebookEma:
    """Moves each code to the average of the latents it stands for; restarts the idle ones."""

    def __init__(self, model: VQGAN, decay: float = 0.99, idle: float = 0.03) -> None:
        self.codebook = model.codebook
        self.decay = decay
        self.idle = idle
        self.counts = torch.ones(len(self.codebook), device=self.codebook.device)
        self.sums = self.codebook.clone()

    @torch.no_grad()
    def start(self, latents: Tensor, *, rounds: int = 12) -> None:
        """Set the codes by k-means over latents (n, C)."""
        chosen = torch.randperm(len(latents), device=latents.device)[: len(self.codebook)]
        centres = latents[chosen].clone()
        for _ in range(rounds):
            nearest = _nearest(latents, centres)
            counts, sums = _tally(latents, nearest, len(centres))
            idle = counts == 0
            centres = sums / counts.clamp_min(1)[:, None]
            fresh = torch.randint(len(latents), (int(idle.sum()),), device=latents.device)
            centres[idle] = latents[fresh]
        self.codebook.copy_(centres)
        self.counts.fill_(1.0)
        self.sums.copy_(centres)

    @torch.no_grad()
    def update(self, z: Tensor, indices: Tensor) -> None:
        """Move the codes by one batch of latents (B, C, h, w) and their codes (B, h, w)."""
        latents = rearrange(z.float(), "b c h w -> (b h w) c")
        counts, sums = _tally(latents, indices.flatten(), len(self.codebook))
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)
        idle = self.counts < self.idle * len(latents) / len(self.codebook)
        fresh = latents[torch.randint(len(latents), (int(idle.sum()),), device=latents.device)]
        self.counts[idle] = len(latents) / len(self.codebook)
        self.sums[idle] = fresh * self.counts[idle][:, None]
        self.codebook.copy_(self.sums / self.counts.clamp_min(1e-6)[:, None])


def _nearest(latents: Tensor, centres: Tensor) -> Tensor:
    norms = centres.pow(2).sum(1)
    # Part by part: all distances at once would take gigabytes.
    parts = [(norms - 2 * part @ centres.T).argmin(1) for part in latents.split(_AT_ONCE)]  # type: ignore[no-untyped-call]
    return torch.cat(parts)


def _tally(latents: Tensor, indices: Tensor, codes: int) -> tuple[Tensor, Tensor]:
    """Count the latents of each code and add them up."""
    counts = torch.zeros(codes, device=latents.device)
    counts.index_add_(0, indices, torch.ones(len(indices), device=latents.device))
    sums = torch.zeros(codes, latents.shape[1], device=latents.device)
    return counts, sums.index_add_(0, indices, latents)


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


class Training:
    """State of one run: model, codebook average, optimiser, clock and files."""

    def __init__(self, options: TrainOptions) -> None:
        self.options = options
        self.recipe = PRESETS[options.preset]
        self.folder = options.runs / "vqgan"
        self.log = RunLog(self.folder)
        self.clock = Clock((options.minutes or self.recipe.minutes) * 60)
        self.rng = np.random.default_rng(options.seed)
        self.images = load_images(options.data / "scenes-256")
        self.heldout = load_images(options.data / "scenes-256-heldout")
        seed_everything(options.seed)
        self.model = VQGAN().to(options.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codes = CodebookEma(self.model)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.model, 0.01), betas=(0.9, 0.98), fused=True
        )
        self.step = 0
        self.quantised = False
        self._begin()

    def _begin(self) -> None:
        """Start from the patches' components, or take up a checkpoint."""
        saved = load_checkpoint(self.folder / "checkpoint.pt") if self.options.resume else None
        if saved is None:
            # Four whole pictures at a time keep the reads of a memory map few.
            chosen = np.sort(self.rng.choice(len(self.images), min(256, len(self.images)), False))
            self.model.start_from_patches(to_tensor(self.images[chosen]))
            if self.options.start is not None:
                self._start_networks(load_vqgan(self.options.start))
        self.ema = Ema(self.model, self.recipe.ema_decay)
        if saved is not None:
            self._restore(saved)

    def _start_networks(self, earlier: VQGAN) -> None:
        """Take over encoder and decoder of earlier weights; the codebook starts anew."""
        self.model.encoder.load_state_dict(earlier.encoder.state_dict())
        self.model.decoder.load_state_dict(earlier.decoder.state_dict())

    def _restore(self, saved: dict[str, object]) -> None:
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])  # type: ignore[arg-type]
        self.ema.load_state_dict(saved["ema"])  # type: ignore[arg-type]
        self.codes.counts.copy_(saved["counts"])  # type: ignore[arg-type]
        self.codes.sums.copy_(saved["sums"])  # type: ignore[arg-type]
        self.step, self.quantised = int(saved["step"]), bool(saved["quantised"])  # type: ignore[call-overload]
        self.clock.before = float(saved["elapsed"])  # type: ignore[arg-type]
        self.rng = np.random.default_rng([self.options.seed, self.step])

    def save(self) -> None:
        """Write a checkpoint."""
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "ema": self.ema.state_dict(), "counts": self.codes.counts, "sums": self.codes.sums,
            "step": self.step, "quantised": self.quantised, "elapsed": self.clock.elapsed,
        }  # fmt: skip
        save_checkpoint(self.folder / "checkpoint.pt", state)

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
        set_learning_rate(self.optimiser, learning_rate(self.clock.progress, self.recipe.rate))
        x = self.batch()
        with bfloat16(self.options.device):
            z = self.model.encode(x)
            z_q, indices = self.model.quantise(z) if self.quantised else (z, None)
            output = self.model.decode(z_q).float()
        loss = reconstruction_loss(output, x, edge_weight=self.recipe.edge_weight)
        total = loss
        if indices is not None:
            codes = self.model.codes_to_latents(indices).detach()
            total = loss + self.recipe.commitment * F.mse_loss(z.float(), codes)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        if indices is not None:
            self.codes.update(z.detach(), indices)
        self.ema.update(self.model)
        self.step += 1
        return float(loss.detach())

    @torch.no_grad()
    def start_codebook(self) -> None:
        """Begin to quantise: codes by k-means over the latents of many crops."""
        latents = []
        for _ in range(64):
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

    def sheet(self, model: VQGAN, path: Path) -> None:
        """Draw eight held-out pictures above their reconstructions."""
        x = to_tensor(self.heldout[:8])
        with torch.inference_mode():
            save_sheet(path, torch.cat([x, model(x)[0]]), columns=8)

    def export(self) -> dict[str, float]:
        """Write the weights and the card; return held-out figures of the file as written."""
        out = self.options.out
        export_weights(
            self.ema.state, out / "vqgan.safetensors",
            metadata=vqgan_metadata(self.model.params), int8=True,
        )  # fmt: skip
        model = load_vqgan(out)
        figures = measure(model, self.heldout[:256])
        self.sheet(model, self.folder / f"sheet-{self.step:06d}.png")
        write_card(out / "vqgan.md", "Starter VQGAN", self.card(figures))
        self.log.write(step=self.step, minutes=self.clock.elapsed / 60, **figures)
        return figures

    def card(self, figures: dict[str, float]) -> dict[str, str | dict[str, object]]:
        """Return the sections of the model card."""
        millions = sum(p.numel() for p in self.model.parameters()) / 1e6
        return {
            "What": "Pictures to codes and back: 256 x 256 px (any sides that 8 divides) to one of "
            f"{self.model.params.codes} codes for each 8 x 8 px; {millions:.1f} M parameters, "
            "int8 safetensors. Read by the draft model and by the VQGAN+CLIP loop.",
            "Data": f"{len(self.images):,} storybook scenes painted by the project's own renderer "
            "with figures of Noto Color Emoji (SIL Open Font License). No photographs.",
            "Recipe": "`pagewright train vqgan`: 64 px crops, mean square, absolute and edge "
            "error; linear path started from patch components, residual nets from zero; codebook "
            "by k-means after an unquantised warm-up, then moving averages with idle codes "
            "restarted; larger crops at the end; no discriminator; averaged weights.",
            "Figures": {
                "training": f"{self.step:,} steps, {self.clock.elapsed / 60:.0f} min on two shared "
                "x86 cores" if self.options.preset == "cpu" else f"{self.step:,} steps on a GPU",
                "PSNR, 256 held-out scenes": f"{figures['psnr']:.2f} dB",
                "codes used by them": f"{figures['codes_used']:.0f} of {self.model.params.codes}",
            },
            "Licence": "Weights under the project's MIT licence.",
        }  # fmt: skip


def train(options: TrainOptions) -> None:
    """Train the VQGAN on ``data/scenes-256`` and export ``vqgan.safetensors`` with its card."""
    run = Training(options)
    run.clock.start()
    report, checkpoint, look = Every(30), Every(120), Every(240)
    recent: list[float] = []
    while not run.clock.finished:
        if not run.quantised and run.clock.progress > run.recipe.warmup:
            run.start_codebook()
        recent.append(run.train_step())
        if report.due():
            loss = float(np.mean(recent))
            run.log.write(step=run.step, minutes=run.clock.elapsed / 60, loss=loss)
            recent = []
        if checkpoint.due():
            run.save()
        if look.due():
            figures = measure(run.averaged(), run.heldout[:64])
            run.sheet(run.averaged(), run.folder / "sheet.png")
            run.log.write(step=run.step, minutes=run.clock.elapsed / 60, **figures)
    run.save()
    run.export()
