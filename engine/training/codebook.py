"""A codebook learnt by moving averages (van den Oord et al. 2017, appendix A.1).

Codes that stand for hardly anything are restarted from latents of the batch.
"""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor

from engine.models.vqgan import VQGAN

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
