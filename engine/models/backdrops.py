"""Views of places: what lies behind the figures of a draft, as neural textures of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from engine.models.scenes import DraftParams, Scenes

VIEW_SIDE = 32  # codes a side that a place's views are kept for

Frame = tuple[int, int, int, int]
"""Where a picture lies in a larger one: left, top, width and height, in codes."""


class Backdrops(nn.Module):
    """Textures of the places' views, laid behind the figures in the light of the hour.

    They join what the transformer says of each code, which tells where a figure hides them.
    """

    def __init__(self, params: DraftParams) -> None:
        super().__init__()
        p = params
        self.views = p.views
        self.width = 2 * p.feature_width
        side = 2 * VIEW_SIDE
        self.textures = nn.Parameter(
            torch.randn(p.places * p.views, p.view_channels, side, side) * 0.1
        )
        self.time = nn.Embedding(p.times, self.width)
        self.weather = nn.Embedding(p.weathers, self.width)
        self.read = nn.Conv2d(p.view_channels, self.width, 4, stride=2, padding=1)
        self.norm = nn.LayerNorm(p.feature_width)
        self.mix = nn.Linear(p.feature_width, self.width)
        self.out = nn.Linear(self.width, p.feature_width)
        with torch.no_grad():  # begins as if there were no views
            self.out.weight.zero_()
            self.out.bias.zero_()

    def draw(
        self, scenes: Scenes, height: int, width: int, *, frame: Frame | None = None
    ) -> Tensor:
        """Return what the wanted views show at each code (B, height, width, self.width).

        With a ``frame`` they fill that, and go on around it as in a mirror.
        """
        drawn = self.read(self._lay(scenes, height, width, frame))
        light = self.time(scenes.time) + self.weather(scenes.weather)
        shown: Tensor = rearrange(drawn, "b c h w -> b h w c") + light[:, None, None]
        return shown

    def forward(self, states: Tensor, drawn: Tensor, wanted: Tensor) -> Tensor:
        """Return states (B, h, w, feature_width) with views drawn, where they are ``wanted``.

        That is (B,), or (B, h, w) for each code.
        """
        seen = self.out(F.silu(drawn + self.mix(self.norm(states))))
        each = wanted if wanted.ndim > 1 else wanted[:, None, None]
        joined: Tensor = states + seen * each[..., None]
        return joined

    def _lay(self, scenes: Scenes, height: int, width: int, frame: Frame | None) -> Tensor:
        """Return the wanted textures (B, c, 2 height, 2 width), mirrored and shifted as wanted."""
        view = (scenes.backdrop - 1).clamp_min(0)
        textures = self.textures[scenes.place * self.views + view // 2]
        left, top, wide, high = frame or (0, 0, width, height)
        ys = _steps(height, top, high, view.device)
        xs = _steps(width, left, wide, view.device)
        across = torch.where((view % 2 == 1)[:, None], -xs, xs)[:, None].expand(-1, len(ys), -1)
        down = (ys - 2 * scenes.shift[:, None])[:, :, None].expand(-1, -1, len(xs))
        grid = torch.stack([across, down], -1)
        around = "reflection" if frame else "border"
        laid: Tensor = F.grid_sample(textures, grid, align_corners=False, padding_mode=around)
        return laid


def _steps(length: int, start: int, inner: int, device: torch.device) -> Tensor:
    """Return where each half code of ``length`` lies, from -1 to 1 over ``inner`` codes."""
    return (torch.arange(2 * length, device=device) + 0.5 - 2 * start) / (2 * inner) * 2 - 1


@dataclass(frozen=True)
class Wishes:
    """What layouts want at each code.

    ``features`` (B, h, w, feature_width) are of scene and figures; ``drawn`` is what views show,
    where any is ``seen``, (B,) or (B, h, w), and None without views.
    """

    features: Tensor
    drawn: Tensor | None = None
    seen: Tensor | None = None

    def without_view(self, codes: Tensor) -> Wishes:
        """Return the wishes without what views show at some ``codes`` (1, h, w)."""
        if self.seen is None:
            return self
        seen = self.seen if self.seen.ndim > 1 else self.seen[:, None, None]
        return replace(self, seen=seen & ~codes)

    @staticmethod
    def join(parts: Sequence[Wishes]) -> Wishes:
        """Return the wishes of several batches as one batch."""
        features = torch.cat([part.features for part in parts])
        drawn = [part.drawn for part in parts if part.drawn is not None]
        seen = [part.seen for part in parts if part.seen is not None]
        return Wishes(features, torch.cat(drawn), torch.cat(seen)) if drawn else Wishes(features)
