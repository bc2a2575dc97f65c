"""Cutouts: the views of a picture that the perceptor looks at, by one homography each.

All views of all pictures are taken by one ``grid_sample``; a homography maps a view's coordinates
to the picture's, both running from -1 to 1 between the outer edges of the border pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor

from engine.image.damage import Damage, draw_damage


@dataclass(frozen=True)
class CutoutParams:
    """How views are drawn; lengths are fractions of the picture's shorter side, angles radians.

    The share of whole views falls from ``whole_first`` to ``whole_last`` over the steps: the whole
    has to be right before its parts are worth a look. Views about a box are larger than it by a
    factor within ``box_margin``, and never smaller than ``box_least``. ``overhang`` lets views
    reach beyond the border, where the picture is mirrored: so corners are seen as often as the
    middle. ``jitter`` is how far colours turn and fade, ``erase`` the largest side of a rectangle
    that is greyed out as a share of the view's, ``noise`` the most that is added to a pixel.
    """

    whole_first: float = 0.75
    whole_last: float = 0.4
    whole_scale: tuple[float, float] = (0.9, 1.05)
    crop_scale: tuple[float, float] = (0.45, 0.85)
    rotation: float = 0.06
    perspective: float = 0.06
    overhang: float = 0.06
    flips: bool = True
    brightness: float = 0.06
    box_margin: tuple[float, float] = (1.1, 1.5)
    box_least: float = 0.35
    jitter: float = 0.0
    erase: float = 0.0
    noise: float = 0.0


Box = tuple[float, float, float, float]  # centre x, centre y, width, height as shares of sides


@dataclass(frozen=True, eq=False)
class Views:
    """How one picture is looked at in one step: K homographies (K, 3, 3), factors (K,).

    ``damage`` is what else is done to the views.
    """

    matrices: Tensor
    factors: Tensor
    damage: Damage = field(default_factory=Damage)

    def __len__(self) -> int:
        """Return the number of views."""
        return len(self.matrices)

    def part(self, first: int, last: int) -> Views:
        """Return some of the views, as they stand."""
        damage = self.damage.part(first, last)
        return Views(self.matrices[first:last], self.factors[first:last], damage)


def draw_views(
    generator: torch.Generator,
    *,
    cuts: int,
    boxes: Sequence[Box],
    box_cuts: int,
    progress: float,
    height: int,
    width: int,
    params: CutoutParams,
) -> Views:
    """Draw the views of one picture's next step: of the whole, then of each box."""
    wholes = draw_homographies(
        generator, cuts=cuts, progress=progress, height=height, width=width, params=params
    )
    parts = [
        draw_box_homographies(
            generator, box=box, cuts=box_cuts, height=height, width=width, params=params
        )
        for box in boxes
    ]
    matrices = torch.cat([wholes, *parts])
    factors = brightness_factors(generator, len(matrices), params)
    damage = draw_damage(
        generator,
        len(matrices),
        jitter=params.jitter,
        erase=params.erase,
        noise=params.noise,
    )
    return Views(matrices, factors, damage)


def take_views(pictures: Tensor, drawn: Sequence[Views], *, size: int) -> Tensor:
    """Take the views (B * K, 3, size, size) of pictures (B, 3, H, W), K views of each."""
    matrices = torch.stack([views.matrices for views in drawn]).to(pictures.device)
    factors = torch.cat([views.factors for views in drawn])
    taken = sample_views(pictures, matrices, size=size)
    taken = taken * rearrange(factors, "n -> n 1 1 1").to(taken)
    if not any(views.damage for views in drawn):
        return taken
    parts = taken.split([len(views) for views in drawn])  # type: ignore[no-untyped-call]
    return torch.cat([v.damage.apply(part) for v, part in zip(drawn, parts, strict=True)])


def draw_homographies(
    generator: torch.Generator,
    *,
    cuts: int,
    progress: float,
    height: int,
    width: int,
    params: CutoutParams,
) -> Tensor:
    """Draw the views (cuts, 3, 3) of one picture; the first is always the whole, as it is.

    ``progress`` runs from 0 to 1 over the steps. The number of random draws does not depend on it,
    so a picture's views depend on its own generator only.
    """
    share = params.whole_first + (params.whole_last - params.whole_first) * progress
    wholes = max(1, round(share * cuts))
    u = torch.rand(cuts, 8, generator=generator) * 2 - 1  # -1..1
    low = torch.full((cuts,), params.crop_scale[0])
    high = torch.full((cuts,), params.crop_scale[1])
    low[:wholes], high[:wholes] = params.whole_scale
    scale = low + (high - low) * (u[:, 0] + 1) / 2
    matrices = _assemble(u, scale, _fit(height, width), params)
    matrices[0] = torch.diag(torch.tensor([*_fit(height, width), 1.0]))
    return matrices


def _fit(height: int, width: int) -> tuple[float, float]:
    """Return the half sides (x, y) of a centred square view of a picture."""
    short = min(height, width)
    return short / width, short / height


def _assemble(u: Tensor, scale: Tensor, fit: tuple[float, float], params: CutoutParams) -> Tensor:
    """Build matrices from draws in -1..1: shift · stretch · rotation · perspective · flip."""
    angle = u[:, 1] * params.rotation
    cos, sin = torch.cos(angle), torch.sin(angle)
    mirror = torch.where((u[:, 2] < 0) & torch.tensor(params.flips), -1.0, 1.0)
    # Room is what a view can move without leaving the picture; a little more shows the borders.
    room_x = (1 - fit[0] * scale).clamp_min(0) + params.overhang
    room_y = (1 - fit[1] * scale).clamp_min(0) + params.overhang
    zero, one = torch.zeros_like(scale), torch.ones_like(scale)
    x, y = fit[0] * scale, fit[1] * scale
    affine = _matrix(
        [x * cos * mirror, -x * sin, u[:, 3] * room_x],
        [y * sin * mirror, y * cos, u[:, 4] * room_y],
        [zero, zero, one],
    )
    lens = _matrix(
        [one, zero, zero],
        [zero, one, zero],
        [u[:, 5] * params.perspective, u[:, 6] * params.perspective, one],
    )
    return affine @ lens


def _matrix(*rows: list[Tensor]) -> Tensor:
    """Stack rows of vectors (N,) into matrices (N, 3, 3)."""
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def draw_box_homographies(
    generator: torch.Generator,
    *,
    box: Box,
    cuts: int,
    height: int,
    width: int,
    params: CutoutParams,
) -> Tensor:
    """Draw views (cuts, 3, 3) about a box: centre x, centre y, width, height as shares of sides."""
    fit_x, fit_y = _fit(height, width)
    u = torch.rand(cuts, 4, generator=generator) * 2 - 1
    low, high = params.box_margin
    side = max(box[2] / fit_x, box[3] / fit_y, params.box_least)
    scale = (side * (low + (high - low) * (u[:, 0] + 1) / 2)).clamp_max(1.0)
    mirror = torch.where((u[:, 1] < 0) & torch.tensor(params.flips), -1.0, 1.0)
    half_x, half_y = fit_x * scale, fit_y * scale
    centre_x = box[0] * 2 - 1 + 0.15 * u[:, 2] * half_x
    centre_y = box[1] * 2 - 1 + 0.15 * u[:, 3] * half_y
    zero, one = torch.zeros_like(scale), torch.ones_like(scale)
    return _matrix(
        [half_x * mirror, zero, _within(centre_x, half_x)],
        [zero, half_y, _within(centre_y, half_y)],
        [zero, zero, one],
    )


def _within(centre: Tensor, half: Tensor) -> Tensor:
    """Move views so that they stay inside the picture."""
    room = (1 - half).clamp_min(0)
    return torch.maximum(torch.minimum(centre, room), -room)


def fixed_homographies(height: int, width: int) -> Tensor:
    """Return the views (5, 3, 3) a picture is judged by: the whole and four large crops."""
    fit_x, fit_y = _fit(height, width)
    views = [torch.diag(torch.tensor([fit_x, fit_y, 1.0]))]
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        half_x, half_y = 0.78 * fit_x, 0.78 * fit_y
        view = torch.diag(torch.tensor([half_x, half_y, 1.0]))
        view[0, 2], view[1, 2] = x * (1 - half_x), y * (1 - half_y)
        views.append(view)
    return torch.stack(views)


def brightness_factors(generator: torch.Generator, cuts: int, params: CutoutParams) -> Tensor:
    """Draw a factor of brightness a view (cuts,); the first, whole view keeps its own."""
    factors = 1 + (torch.rand(cuts, generator=generator) * 2 - 1) * params.brightness
    factors[0] = 1
    return factors


def sample_views(pictures: Tensor, homographies: Tensor, *, size: int) -> Tensor:
    """Take views (B · K, 3, size, size) of pictures (B, 3, H, W) by homographies (B, K, 3, 3).

    Beyond the border the picture is mirrored. Where a view shrinks the picture more than bilinear
    sampling bears (twice), it is sampled finer and averaged.
    """
    count = homographies.shape[1]
    finer = max(1, math.ceil(min(pictures.shape[-2:]) / (2 * size)))
    grid = view_grid(rearrange(homographies, "b k i j -> (b k) i j"), size * finer)
    copies = repeat(pictures, "b c h w -> (b k) c h w", k=count)
    views = F.grid_sample(
        copies, grid.to(pictures), mode="bilinear", padding_mode="reflection", align_corners=False
    )
    return F.avg_pool2d(views, finer) if finer > 1 else views


def view_grid(homographies: Tensor, size: int) -> Tensor:
    """Return where views (N, 3, 3) look at: a grid (N, size, size, 2) in picture coordinates."""
    axis = (torch.arange(size, dtype=torch.float32, device=homographies.device) + 0.5) * 2 / size
    y, x = torch.meshgrid(axis - 1, axis - 1, indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], dim=-1)  # (size, size, 3)
    mapped = torch.einsum("nij,hwj->nhwi", homographies, points)
    return mapped[..., :2] / mapped[..., 2:]
