"""Masks: a region of a picture that changes while all else stays, to the last byte."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from engine.image.codec import to_tensor
from engine.image.picture import Pixels


@dataclass(frozen=True, eq=False)
class Region:
    """What may change: ``open`` (1, 1, H, W), 1 where it does, and the picture (1, 3, H, W)."""

    open: Tensor
    picture: Tensor

    @classmethod
    def of(cls, mask: NDArray[np.uint8], pixels: Pixels, device: torch.device) -> Region:
        """Take a mask (H, W), 255 where the picture (H, W, 3) may change."""
        opened = torch.from_numpy(mask.copy()).float()[None, None] / 255
        return cls(opened.to(device), ((to_tensor(pixels[None]) + 1) / 2).to(device))

    def compose(self, painted: Tensor) -> Tensor:
        """Return a painted picture (1, 3, h, w) inside the region, and what was there outside."""
        region = self.at((painted.shape[-2], painted.shape[-1]))
        return region.picture + region.open * (painted - region.picture)

    def freedom(self, size: tuple[int, int]) -> Tensor:
        """Return which latents (1, 1, h, w) move: those that any open pixel is made of."""
        return (F.adaptive_max_pool2d(self.open, size) > 0).float()

    def at(self, size: tuple[int, int]) -> Region:
        """Return the region at a size (H, W)."""
        if self.open.shape[-2:] == size:
            return self
        return Region(F.adaptive_avg_pool2d(self.open, size), _scaled(self.picture, size))


def _scaled(picture: Tensor, size: tuple[int, int]) -> Tensor:
    scaled = F.interpolate(picture, size, mode="bilinear", antialias=True, align_corners=False)
    return scaled.clamp(0, 1)


def hidden_codes(mask: NDArray[np.uint8], factor: int) -> NDArray[np.bool_]:
    """Return which codes (h, w) of a picture any open pixel of a mask (H, W) belongs to."""
    height, width = mask.shape[0] // factor, mask.shape[1] // factor
    cells = mask.reshape(height, factor, width, factor)
    hidden: NDArray[np.bool_] = cells.max(axis=(1, 3)) > 0
    return hidden


def extended(
    pixels: Pixels, margins: tuple[int, int, int, int], *, seam: int
) -> tuple[Pixels, NDArray[np.uint8]]:
    """Return a picture on a larger canvas, mirrored and blurred there, and the mask of what is new.

    ``margins`` are left, top, right and bottom in pixels; over ``seam`` pixels of its border the
    picture itself gives way.
    """
    left, top, right, bottom = margins
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((top, bottom), (left, right), (0, 0)), mode="symmetric")
    blurred = Image.fromarray(padded).filter(ImageFilter.GaussianBlur(seam / 2))
    mask = np.full(padded.shape[:2], 255.0)
    ramp = _ramp(height, top, bottom, seam)[:, None], _ramp(width, left, right, seam)[None]
    mask[top : top + height, left : left + width] = np.maximum(*ramp)
    canvas = np.asarray(blurred).copy()
    canvas[top : top + height, left : left + width] = pixels
    return canvas, mask.round().astype(np.uint8)


def _ramp(length: int, before: int, after: int, seam: int) -> NDArray[np.float64]:
    """Return how open a picture's rows are, 255 at a border that has a margin, falling inwards."""
    at = np.arange(length, dtype=float)
    first = np.clip(1 - at / seam, 0, 1) if before else np.zeros(length)
    last = np.clip(1 - at[::-1] / seam, 0, 1) if after else np.zeros(length)
    return 255 * np.maximum(first, last)
