"""What is done to views so that the perceptor is not fooled: colours turned, parts hidden, noise.

Drawn on the CPU from the picture's own generator, so that a picture is the same on any device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from einops import rearrange
from torch import Tensor

GREY = 0.5
_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, eq=False)
class Damage:
    """Of K views: colour matrices (K, 3, 3), hidden boxes (K, 4), noise (K,) and its seeds (K,).

    Boxes hold left, top, right and bottom as shares of the sides; None is no damage of a kind.
    """

    colours: Tensor | None = None
    boxes: Tensor | None = None
    noise: Tensor | None = None
    seeds: Tensor | None = None

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return self.colours is not None or self.boxes is not None or self.noise is not None

    def part(self, first: int, last: int) -> Damage:
        """Return that of some of the views."""
        fields = (self.colours, self.boxes, self.noise, self.seeds)
        return Damage(*(None if field is None else field[first:last] for field in fields))

    def apply(self, views: Tensor) -> Tensor:
        """Return damaged views (K, 3, S, S) in 0..1."""
        if self.colours is not None:
            turned = torch.einsum("kij,kjhw->kihw", self.colours.to(views), views - GREY)
            views = turned + GREY
        if self.boxes is not None:
            hidden = _inside(self.boxes.to(views), views.shape[-1])
            views = torch.where(hidden, GREY, views)
        if self.noise is not None and self.seeds is not None:
            views = views + _noise(self.noise, self.seeds, views.shape[1:]).to(views)
        return views


def draw_damage(
    generator: torch.Generator, views: int, *, jitter: float, erase: float, noise: float
) -> Damage:
    """Draw the damage of views; a kind that is off takes nothing from the generator.

    The first view, the whole picture as it is, keeps its colours and is seen in full.
    """
    colours = boxes = amounts = seeds = None
    if jitter:
        colours = _draw_colours(torch.rand(views, 3, generator=generator) * 2 - 1, jitter)
        colours[0] = torch.eye(3)
    if erase:
        u = torch.rand(views, 4, generator=generator)
        sides = u[:, :2] * erase
        corner = u[:, 2:] * (1 - sides)
        boxes = torch.cat([corner, corner + sides], dim=1)
        boxes[0] = 0
    if noise:
        # Each view its own amount, up to the most (Crowson et al. 2022).
        amounts = torch.rand(views, generator=generator) * noise
        seeds = torch.randint(2**62, (views,), generator=generator)
    return Damage(colours, boxes, amounts, seeds)


def _draw_colours(u: Tensor, most: float) -> Tensor:
    """Return matrices (K, 3, 3) that turn hues, fade or deepen colours, and change contrast."""
    angle = u[:, 0] * most * math.pi
    axis = torch.full((3, 3), 1 / 3)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    cos = rearrange(torch.cos(angle), "k -> k 1 1")
    sin = rearrange(torch.sin(angle), "k -> k 1 1")
    turned = cos * torch.eye(3) + sin * cross + (1 - cos) * axis
    grey = torch.tensor(_LUMA).expand(3, 3)
    depth = rearrange(1 + u[:, 1] * most, "k -> k 1 1")
    faded = grey + depth * (torch.eye(3) - grey)
    return rearrange(1 + u[:, 2] * most, "k -> k 1 1") * (faded @ turned)


def _inside(boxes: Tensor, size: int) -> Tensor:
    """Return which pixels (K, 1, size, size) lie in boxes (K, 4)."""
    at = (torch.arange(size, device=boxes.device) + 0.5) / size
    left, top, right, bottom = (rearrange(side, "k -> k 1") for side in boxes.unbind(dim=1))
    across = (at >= left) & (at < right)
    down = (at >= top) & (at < bottom)
    return rearrange(down, "k h -> k 1 h 1") & rearrange(across, "k w -> k 1 1 w")


def _noise(amounts: Tensor, seeds: Tensor, shape: torch.Size) -> Tensor:
    """Return normal noise (K, *shape), each view's from a generator of its own."""
    drawn = [
        torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds.tolist()
    ]
    return torch.stack(drawn) * rearrange(amounts, "k -> k 1 1 1")
