"""A straightforward VQGAN+CLIP loop, to hold ours against: float32, views one by one, no tricks.

Written from the description of the most used tool's loop (Crowson et al. 2022, section 2): random
codes, nearest code with a straight-through gradient, so many random crops resized one by one,
noise, squared arc distance to the prompt, Adam with rate 0.1, latents held in the codebook's range.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor

from engine.image.perceptor import Perceptor
from engine.image.regular import clamp_with_gradient
from engine.models.vqgan import VQGAN

RATE, NOISE, STEPS = 0.1, 0.1, 500


class ReferenceLoop:
    """One picture of ``side`` pixels on its way to some texts' embeddings (P, D)."""

    def __init__(
        self,
        vqgan: VQGAN,
        perceptor: Perceptor,
        texts: Tensor,
        *,
        side: int,
        cuts: int,
        seed: int = 0,
    ) -> None:
        self.vqgan, self.perceptor, self.texts, self.cuts = vqgan, perceptor, texts, cuts
        self.generator = torch.Generator().manual_seed(seed)
        codebook = vqgan.codebook.float()
        size = (1, side // vqgan.params.factor, side // vqgan.params.factor)
        codes = torch.randint(len(codebook), size, generator=self.generator)
        start = vqgan.codes_to_latents(codes.to(codebook.device)).float()
        self.latents = start.clone().requires_grad_(True)
        self.low = rearrange(codebook.amin(dim=0), "c -> 1 c 1 1")
        self.high = rearrange(codebook.amax(dim=0), "c -> 1 c 1 1")
        self.optimiser = torch.optim.Adam([self.latents], lr=RATE)

    def picture(self) -> Tensor:
        """Decode the nearest codes to a picture (1, 3, H, W) in 0..1."""
        quantised, _ = self.vqgan.quantise(self.latents)
        return clamp_with_gradient((self.vqgan.decode(quantised) + 1) / 2)

    def step(self) -> None:
        """Take one step of Adam."""
        views = torch.cat(self._views(self.picture()))
        strength = torch.rand(len(views), 1, 1, 1, generator=self.generator) * NOISE
        noise = torch.randn(views.shape, generator=self.generator)
        seen = self.perceptor.encode_views(views + (strength * noise).to(views))
        half = (seen[:, None] - self.texts[None]).norm(dim=-1) / 2
        loss = (2 * half.clamp_max(1 - 1e-6).arcsin().square()).mean(dim=0).sum()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        with torch.no_grad():
            self.latents.clamp_(self.low, self.high)

    def _views(self, picture: Tensor) -> Sequence[Tensor]:
        """Take random square crops, each resized, turned, mirrored and brightened by itself."""
        height, width = picture.shape[-2:]
        size, short = self.perceptor.image_size, min(picture.shape[-2:])
        views = []
        for _ in range(self.cuts):
            u = torch.rand(6, generator=self.generator).tolist()
            side = int(min(size, short) + u[0] * (short - min(size, short)))
            top, left = int(u[1] * (height - side)), int(u[2] * (width - side))
            crop = picture[..., top : top + side, left : left + side]
            view = F.adaptive_avg_pool2d(crop, size)
            turned = _turned(view, angle=0.25 * (2 * u[3] - 1), mirrored=u[4] < 0.5)
            views.append(turned * (0.9 + 0.2 * u[5]))
        return views


def _turned(view: Tensor, *, angle: float, mirrored: bool) -> Tensor:
    cos, sin = torch.tensor(angle).cos(), torch.tensor(angle).sin()
    sign = -1.0 if mirrored else 1.0
    matrix = torch.tensor([[[sign * cos, -sin, 0.0], [sign * sin, cos, 0.0]]]).to(view)
    grid = F.affine_grid(matrix, list(view.shape), align_corners=False)
    return F.grid_sample(view, grid, padding_mode="border", align_corners=False)
