"""Small networks of the real classes, untrained but not flat, for tests of the loop."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from engine.image.guidance import Guidance
from engine.image.painter import Painter
from engine.image.painting import Painting
from engine.image.params import PaintParams
from engine.image.perceptor import Perceptor, TextTokenizer
from engine.models.clip import CLIPParams, build_clip
from engine.models.vqgan import VQGAN, VQGANParams

PARAMS = PaintParams(steps=4, cuts=4, judge_every=2)


def small_vqgan() -> VQGAN:
    """Return a VQGAN of 64 codes."""
    torch.manual_seed(0)
    vqgan = VQGAN(VQGANParams(width_fine=16, width_coarse=24, codes=64))
    for parameter in vqgan.parameters():
        if not bool(parameter.any()):
            torch.nn.init.normal_(parameter, std=0.05)
    return vqgan.eval().requires_grad_(False)


def small_perceptor(seed: int = 0, image_size: int = 64) -> Perceptor:
    """Return a CLIP of 32 dimensions."""
    torch.manual_seed(seed)
    shape = CLIPParams(
        width=8, layers=(1, 1, 1, 1), embed_dim=32, vocab_size=300, image_size=image_size
    )
    clip = build_clip(shape)
    for name, parameter in clip.named_parameters():
        if name.endswith("bn3.weight"):
            torch.nn.init.ones_(parameter)
    # The loop itself never tokenises.
    tokenizer: TextTokenizer = None  # type: ignore[assignment]
    return Perceptor(clip, tokenizer, image_size)


def guidance(seed: int, prompts: int = 1, share: float = 1.0) -> Guidance:
    """Return prompts in random directions."""
    source = torch.Generator().manual_seed(seed)
    embeddings = torch.nn.functional.normalize(torch.randn(prompts, 32, generator=source), dim=-1)
    stops = torch.full((prompts,), float("-inf"))
    return Guidance(embeddings, torch.ones(prompts), stops, share=share)


def painting(
    vqgan: VQGAN, seed: int, params: PaintParams = PARAMS, side: int = 8, **options: object
) -> Painting:
    """Return a painting that starts from random codes."""
    source = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 64, (1, side, side), generator=source)
    latents = vqgan.codes_to_latents(codes)
    return Painting(latents, guidance(seed), params, seed=seed, **options)  # type: ignore[arg-type]


def run(painter: Painter, *paintings: Painting) -> None:
    """Paint to the end."""
    while not all(p.finished for p in paintings):
        painter.step(paintings)


def numeric_gradient(
    function: Callable[[Tensor], Tensor], x: Tensor, *, step: float = 1e-3
) -> Tensor:
    """Return central differences of a scalar function."""
    gradient = torch.zeros(x.shape, dtype=x.dtype)
    for i in range(x.numel()):
        shift = torch.zeros(x.numel(), dtype=x.dtype)
        shift[i] = step
        up, down = function(x + shift.view(x.shape)), function(x - shift.view(x.shape))
        gradient.reshape(-1)[i] = (up - down) / (2 * step)
    return gradient
