"""Enlarge a draft: its background is scaled up, its figures are drawn anew with finer codes.

A draft model knows a scene as a whole at the size it was trained at only, but a figure at any size
up to the whole picture: so the small draft decides what is where, and each figure's box, being some
quarter of the picture, is filled in again at the large size, given the background around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFilter
from torch import Tensor

from engine.image.codec import to_pixels, to_tensor
from engine.image.draft import DraftModel, scene_tensors
from engine.image.layout import Layout
from engine.models.draft import DraftNet, Wishes
from engine.models.vqgan import VQGAN


@dataclass(frozen=True)
class EnlargeParams:
    """How figures are redrawn: passes, sampling, guidance, margin as a share of the picture."""

    steps: int = 8
    temperature: float = 0.35
    order_noise: float = 0.7
    guidance: float = 1.5
    margin: float = 0.03


@torch.inference_mode()
def enlarge(
    vqgan: VQGAN,
    drafts: DraftModel,
    layout: Layout,
    codes: Tensor,
    *,
    size: tuple[int, int],
    seed: int,
    params: EnlargeParams | None = None,
) -> Tensor:
    """Return codes (1, *size) of a larger picture from a draft's codes (1, h, w); size even."""
    p = params or EnlargeParams()
    background = _scaled_up(vqgan, codes.to(vqgan.device), size)
    hidden = figure_mask(layout, size, margin=p.margin)[None].to(vqgan.device)
    known = torch.where(hidden, torch.full_like(background, drafts.net.mask), background)
    scenes = scene_tensors([layout], drafts.names).to(drafts.net.device)
    bare = scenes.without_figures(torch.ones_like(scenes.place, dtype=torch.bool))
    wishes = Wishes.join([drafts.net.wishes(scene, *size) for scene in (scenes, bare)])
    return draw_hidden(drafts.net, known, wishes, torch.Generator().manual_seed(seed), p)


def figure_mask(layout: Layout, size: tuple[int, int], *, margin: float) -> Tensor:
    """Return which codes of a picture lie in the box of a figure, with a margin: (h, w)."""
    y = ((torch.arange(size[0]) + 0.5) / size[0])[:, None]
    x = ((torch.arange(size[1]) + 0.5) / size[1])[None, :]
    mask = torch.zeros(size, dtype=torch.bool)
    for f in layout.figures:
        beside = (x - f.x).abs() < f.width / 2 + margin
        mask |= beside & ((y - f.y).abs() < f.height / 2 + margin)
    return mask


def _scaled_up(vqgan: VQGAN, codes: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the codes of a decoded, scaled and encoded picture, its stairs rounded off."""
    factor = vqgan.params.factor
    pixels = to_pixels(vqgan.decode(vqgan.codes_to_latents(codes)))[0]
    shape = (size[1] * factor, size[0] * factor)
    scaled = Image.fromarray(pixels).resize(shape, Image.Resampling.BICUBIC)
    rounded = np.asarray(scaled.filter(ImageFilter.MedianFilter(9)))
    return vqgan.nearest(vqgan.encode(to_tensor(rounded[None]).to(vqgan.device)))


def draw_hidden(
    net: DraftNet, codes: Tensor, wishes: Wishes, generator: torch.Generator, p: EnlargeParams,
    *, dim: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Draw the unknown codes (1, h, w), the surest first (Chang et al. 2022, section 3.2).

    Where it is ``dim`` (1, h, w) there is no sun and no moon.
    """
    count = int((codes == net.mask).sum())
    unlit = None if dim is None else dim[..., None] & net.glow
    for step in range(1, p.steps + 1):
        logits = net.predict(codes.expand(2, -1, -1), wishes)
        guided = logits[1:] + p.guidance * (logits[:1] - logits[1:])
        if unlit is not None:
            guided = guided.masked_fill(unlit, -math.inf)
        shares = (guided / p.temperature).log_softmax(-1)
        drawn = (shares + _gumbel(shares.shape, generator, codes.device)).argmax(-1)
        order = _gumbel(codes.shape, generator, codes.device)
        noise = p.order_noise * (1 - step / p.steps) * order
        sure = shares.gather(-1, drawn[..., None])[..., 0] + noise
        unknown = codes == net.mask
        codes = torch.where(unknown, drawn, codes)
        left = int(count * math.cos(math.pi / 2 * step / p.steps))
        if left:
            sure = torch.where(unknown, sure, torch.full_like(sure, math.inf))
            again = sure.flatten().topk(left, largest=False).indices
            codes = codes.flatten().index_fill(0, again, net.mask).view_as(codes)
    return codes


def _gumbel(shape: torch.Size, generator: torch.Generator, device: torch.device) -> Tensor:
    uniform = torch.rand(shape, generator=generator).to(device).clamp(1e-9, 1 - 1e-7)
    return -(-uniform.log()).log()
