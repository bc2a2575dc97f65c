"""Painterly finishes over a rendered scene: mild, so that shapes stay crisp."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageEnhance

FINISHES = ("plain", "gouache", "watercolour")


def _paper(rng: np.random.Generator, side: int) -> np.ndarray:
    """Return soft blotches of paper and pigment, about 1 on average, as (side, side, 1)."""
    coarse = rng.normal(0.0, 1.0, (9, 9)).astype(np.float32)
    soft = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(soft, dtype=np.float32)[..., None]


def apply_finish(image: Image.Image, kind: str, rng: np.random.Generator) -> Image.Image:
    """Give a picture one of ``FINISHES``."""
    if kind == "gouache":
        return ImageEnhance.Color(image).enhance(1.2)
    if kind == "watercolour":
        pixels = np.asarray(image, dtype=np.float32)
        washed = pixels * (1 + 0.035 * _paper(rng, image.width)) * 0.95 + 11.0
        return Image.fromarray(np.clip(washed, 0, 255).astype(np.uint8), "RGB")
    return image
