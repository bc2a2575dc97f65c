"""Films through the latent space: what lies between pictures, decoded without quantising."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from einops import rearrange
from numpy.typing import NDArray
from torch import Tensor

from engine.image.codec import to_pixels
from engine.image.picture import Pixels
from engine.models.vqgan import VQGAN

BATCH = 4  # frames decoded at once: bounded memory, and a cancel that is felt soon

Moment = tuple[int, int, float]  # from picture, to picture, share of the second


def ease(share: float) -> float:
    """Return alpha = sin(pi/2 * share)**6, 0 to 1 for a share of the time from 0 to 1.

    At 25 frames a second this is the sin(1.5 t)**6 of t seconds, which takes 26 frames.
    """
    return math.sin(share * math.pi / 2) ** 6


def film_moments(pictures: int, *, frames: int, loop: bool) -> list[Moment]:
    """Return where each frame stands: ``frames`` a transition, then the last picture itself.

    Picture ``n`` itself is frame ``n * frames``; a ``loop`` ends just before its first picture.
    """
    stops = [*range(pictures), *([0] if loop else [])]
    between = [
        (first, second, ease(frame / frames))
        for first, second in pairwise(stops)
        for frame in range(frames)
    ]
    return between if loop else [*between, (pictures - 1, pictures - 1, 0.0)]


def film_frames(
    vqgan: VQGAN,
    pictures: Sequence[NDArray[np.int64]],
    *,
    frames: int,
    loop: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Pixels]:
    """Decode a film through pictures' codes (h, w each): pixels (H, W, 3) frame by frame.

    The codes must be of one shape and within the codebook. Ends early where ``should_stop``
    answers true, within ``BATCH`` frames.
    """
    latents = _latents(vqgan, pictures)
    moments = film_moments(len(pictures), frames=frames, loop=loop)
    for start in range(0, len(moments), BATCH):
        if should_stop():
            return
        yield from _decode(vqgan, latents, moments[start : start + BATCH])


@torch.inference_mode()
def _latents(vqgan: VQGAN, pictures: Sequence[NDArray[np.int64]]) -> Tensor:
    """Look up all pictures' latents (N, C, h, w)."""
    codes = torch.from_numpy(np.stack(pictures)).to(vqgan.codebook.device)
    return vqgan.codes_to_latents(codes).float()


@torch.inference_mode()
def _decode(vqgan: VQGAN, latents: Tensor, moments: Sequence[Moment]) -> Iterator[Pixels]:
    first, second, shares = zip(*moments, strict=True)
    alpha = rearrange(torch.tensor(shares, device=latents.device), "b -> b 1 1 1")
    between = torch.lerp(latents[list(first)], latents[list(second)], alpha)
    yield from to_pixels(vqgan.decode(between.contiguous(memory_format=torch.channels_last)))
