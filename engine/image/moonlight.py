"""Moonlight: at night and in caves figures stand out from the dark, and a moon's light is round.

A draft is made of tiles, out of which a night's faint halo comes ragged, and a brown bear fades
into a dark wood. Both are mended in the picture itself, with its own colours: each ring about a
moon takes the mean of its colours, and about dark figures the contrast to what lies behind grows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor

from engine.image.codec import to_pixels, to_tensor
from engine.image.layout import Layout
from engine.machine import bfloat16_is_fast
from engine.models.vqgan import VQGAN

Light = NDArray[np.float32]
"""A picture (H, W, 3), or a share of it (H, W), in 0..1."""

_DARK_PLACES = ("cave",)
_LEAST, _MOST = 0.035, 0.11  # a moon's radius as a share of the picture's height
_HALO, _SKY = 2.2, 3.2  # how far its light reaches, and the sky that is compared, in radii
_SHINES = 0.2  # brighter than what lies about it
_DARKER = 0.03  # than the sky: a branch before the moon
_CHANGED = 0.02
_REACH = 0.055  # of the blur that tells what lies about a point, as a share of the height
_CONTRAST = 1.1
_BRIGHT, _DARK = 0.42, 0.3  # mean light of a figure's box: no help needed, all help needed
_EDGE, _FADE = 1.35, 0.5  # where help ends, in half boxes, and over how much it fades


def moonlit(vqgan: VQGAN, codes: Tensor, layout: Layout, glow: Tensor) -> Tensor:
    """Return the latents (1, C, h, w) of a draft's codes (1, h, w), lit where it is dark.

    ``glow`` (h, w) are those of its codes in the sky that a moon is made of. By day, and where
    there is nothing to mend, they are those of the codes.
    """
    latents = vqgan.codes_to_latents(codes.long().to(vqgan.codebook.device))
    if layout.time != "night" and layout.place not in _DARK_PLACES:
        return latents
    kind = latents.device.type
    reduced = torch.autocast(kind, torch.bfloat16, enabled=bfloat16_is_fast(kind))
    with reduced:
        lit = drawn = to_pixels(vqgan.decode(latents))[0].astype(np.float32) / 255
    if layout.time == "night":
        lit = round_moons(lit, glow.cpu().numpy(), layout)
    lit = set_off(lit, layout)
    change = torch.from_numpy(np.abs(lit - drawn).max(axis=2))[None, None]
    changed = F.adaptive_max_pool2d(change, codes.shape[-2:]) > _CHANGED
    if not bool(changed.any()):
        return latents
    pixels = (lit * 255).round().astype(np.uint8)
    with reduced:
        finer = vqgan.encode(to_tensor(pixels[None]).to(latents.device))
    return torch.where(changed.to(latents.device), finer.to(latents.dtype), latents)


def round_moons(picture: Light, glow: NDArray[np.bool_], layout: Layout) -> Light:
    """Return a picture whose moons, of the codes in ``glow`` (h, w), are round as their light."""
    free = ~_bodies(picture.shape[:2], layout)
    for place in _moons(picture, glow):
        picture = _round(picture, *place, free)
    return picture


def set_off(picture: Light, layout: Layout) -> Light:
    """Return a picture with more contrast about its dark figures."""
    share = np.zeros(picture.shape[:2], dtype=np.float32)
    for far in _distances(picture.shape[:2], layout):
        dark = _BRIGHT - float(picture[far < 1].mean()) if far.min() < 1 else 0.0
        need = min(max(dark / (_BRIGHT - _DARK), 0.0), 1.0)
        edge = np.clip((_EDGE - far) / _FADE, 0, 1)
        share = np.maximum(share, need * edge * edge * (3 - 2 * edge))
    if not share.any():
        return picture
    radius = _REACH * picture.shape[0]
    image = Image.fromarray((picture * 255).round().astype(np.uint8))
    about = np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32) / 255
    clear: Light = np.clip(picture + _CONTRAST * share[..., None] * (picture - about), 0, 1)
    return clear


def _moons(picture: Light, glow: NDArray[np.bool_]) -> Iterator[tuple[float, float, float]]:
    """Yield centre and radius of each moon, in pixels, that is large and whole enough."""
    factor = picture.shape[0] // glow.shape[0]
    light = picture.mean(axis=2)
    for cells in _patches(glow):
        near = np.kron(_grown(_grown(cells)), np.ones((factor, factor), dtype=bool))
        near = near[: light.shape[0], : light.shape[1]]
        bright = near & (light > 0.75 * np.percentile(light[near], 98))
        ys, xs = bright.nonzero()
        radius = float(np.sqrt(len(ys) / np.pi))
        spread = max(np.ptp(ys), np.ptp(xs)) + 1 if len(ys) else np.inf
        fits = _LEAST <= radius / picture.shape[0] <= _MOST and spread < 3.2 * radius
        if fits and light[bright].mean() - np.median(light[near & ~bright]) > _SHINES:
            yield float(ys.mean()), float(xs.mean()), radius


def _patches(cells: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Yield each patch of cells (h, w) that touch one another."""
    left = cells.copy()
    while left.any():
        patch = np.zeros_like(left)
        patch[tuple(np.argwhere(left)[0])] = True
        while True:
            grown = _grown(patch) & left
            if (grown == patch).all():
                break
            patch = grown
        left &= ~patch
        yield patch


def _grown(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return cells (h, w) and all that touch them."""
    padded = np.pad(cells, 1)
    grown: NDArray[np.bool_] = sliding_window_view(padded, (3, 3)).max(axis=(2, 3))
    return grown


def _smooth(lights: Light) -> Light:
    """Return lights (N, 3) along a radius, each the mean of its neighbourhood."""
    kernel = np.exp(-(np.arange(-4.0, 5.0) ** 2) / 4)
    padded = np.pad(lights, ((4, 4), (0, 0)), mode="edge")
    smooth: Light = sliding_window_view(padded, 9, axis=0) @ (kernel / kernel.sum())
    return smooth


def _round(picture: Light, y: float, x: float, radius: float, free: NDArray[np.bool_]) -> Light:
    """Return a picture whose every ring about a moon has one light over that of the sky."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    far = np.hypot(rows - y, columns - x) / radius
    around = (far > _HALO) & (far < _SKY) & free
    if not around.any():
        return picture
    sky = _sky(picture, rows, around)
    open_ = free & (picture.mean(axis=2) > sky.mean(axis=2) - _DARKER) & (far < _SKY)
    steps = np.arange(0.0, _SKY, 0.06)
    over = (picture - sky)[open_]
    rings = np.digitize(far[open_], steps) - 1
    counts = np.bincount(rings, minlength=len(steps))[:, None]
    sums = np.stack([np.bincount(rings, over[:, c], len(steps)) for c in range(3)], axis=1)
    lights = sums / np.maximum(counts, 1)
    seen = counts[:, 0] > 0
    mean = _smooth(np.stack([np.interp(steps, steps[seen], c[seen]) for c in lights.T], axis=1))
    mean = np.minimum.accumulate(np.maximum(mean - mean[-1], 0), axis=0)
    ring = np.stack([np.interp(far, steps, mean[:, c]) for c in range(3)], axis=2)
    share = (np.clip(_SKY - far, 0, 1) * open_)[..., None]
    rounded: Light = (picture + share * (np.clip(sky + ring, 0, 1) - picture)).astype(np.float32)
    return rounded


def _sky(picture: Light, rows: Light, around: NDArray[np.bool_]) -> Light:
    """Return the sky's colours, row by row, as a line through those seen ``around``."""
    light = picture.mean(axis=2)
    plain = around & (np.abs(light - np.median(light[around])) < 2 * _DARKER)
    terms = np.stack([np.ones(int(plain.sum())), rows[plain]], axis=1)
    fit, *_ = np.linalg.lstsq(terms, picture[plain], rcond=None)
    sky: Light = (fit[0] + rows[..., None] * fit[1]).astype(np.float32)
    return sky


def _distances(shape: tuple[int, ...], layout: Layout) -> Iterator[Light]:
    """Yield how far (H, W) each point lies from a figure's middle, in halves of its box."""
    ys = (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / shape[0]
    xs = (np.arange(shape[1], dtype=np.float32)[None] + 0.5) / shape[1]
    for f in layout.figures:
        yield np.maximum(abs(xs - f.x) / (f.width / 2), abs(ys - f.y) / (f.height / 2))


def _bodies(shape: tuple[int, ...], layout: Layout) -> NDArray[np.bool_]:
    """Return which points (H, W) a figure may well cover."""
    covered = np.zeros(shape[:2], dtype=bool)
    for far in _distances(shape, layout):
        covered |= far < 1
    return covered
