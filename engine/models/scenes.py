"""Layouts as tensors, the shape of the draft model that draws them, and where boxes lie."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from einops import rearrange
from torch import Tensor

LAYERS = 3  # depths that are told apart, from the farthest figure to the nearest
FIGURES = 5  # that a picture may hold; the farthest of a crowd share a layer


@dataclass(frozen=True)
class DraftParams:
    """Shape of a draft model; index 0 of subjects and colours means none.

    ``rows`` and ``bands`` are the steps in which height, and height above the horizon, are told;
    ``texture_points`` the points a side at which textures are read for each code. ``latents`` is
    the length of the codebook's vectors, by which codes that look alike are known to be near each
    other from the start; 0: codes are mere names. ``views`` are the pictures of itself that each
    place owns, as textures of ``view_channels``; 0: none.
    """

    codes: int = 1024
    places: int = 40
    times: int = 4
    weathers: int = 6
    subjects: int = 301
    colours: int = 13
    rows: int = 16
    bands: int = 24
    texture_side: int = 14
    texture_channels: int = 12
    texture_points: int = 2
    latents: int = 0
    views: int = 0
    view_channels: int = 6
    feature_width: int = 128
    width: int = 256
    depth: int = 5
    heads: int = 8
    mlp_ratio: int = 3


@dataclass(frozen=True)
class Scenes:
    """Layouts of a batch as tensors; lengths are fractions of the picture's side.

    ``place``, ``time``, ``weather`` and ``horizon`` are (B,); ``subject``, ``colour`` and ``flip``
    (B, K), the farthest figure first; ``box`` is (B, K, 4) as centre x, centre y, width, height.
    ``backdrop`` (B,) is which view of the place is seen, and ``shift`` (B,) how far below its usual
    height the horizon lies.
    """

    place: Tensor
    time: Tensor
    weather: Tensor
    horizon: Tensor
    subject: Tensor
    colour: Tensor
    box: Tensor
    flip: Tensor
    backdrop: Tensor
    shift: Tensor

    def to(self, device: torch.device) -> Scenes:
        """Return the scenes on a device."""
        return Scenes(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    def without_figures(self, rows: Tensor) -> Scenes:
        """Return the scenes with all figures taken out where ``rows`` (B,) is true."""
        subject = torch.where(rows[:, None], torch.zeros_like(self.subject), self.subject)
        return replace(self, subject=subject)


def fourier(x: Tensor, octaves: int) -> Tensor:
    """Return sines and cosines of numbers (…,) at doubling frequencies, (…, 2 * octaves)."""
    scaled = x[..., None] * (math.pi * 2.0 ** torch.arange(octaves, device=x.device))
    return torch.cat([scaled.sin(), scaled.cos()], -1)


def local_coordinates(scenes: Scenes, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return where each point of a grid lies in each box: u and v (B, K, height, width).

    They run from -1 to 1 inside the box; u is mirrored with the figure's flip.
    """
    ys = (torch.arange(height, device=scenes.box.device) + 0.5) / height
    xs = (torch.arange(width, device=scenes.box.device) + 0.5) / width
    x, y, w, h = (rearrange(side, "b k -> b k 1") for side in scenes.box.unbind(-1))
    u = (xs - x) / (w / 2).clamp_min(1e-3)
    v = (ys - y) / (h / 2).clamp_min(1e-3)
    u = torch.where(rearrange(scenes.flip, "b k -> b k 1"), -u, u)
    shape = (*scenes.subject.shape, height, width)
    return u[..., None, :].expand(shape), v[..., :, None].expand(shape)
