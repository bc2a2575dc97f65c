"""Pictures as CLIP's training sees them: crops with jitter, attacked views, and damaged ones.

Damaged views join the softmax as choices no caption may prefer, so that mush never scores high.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor

from engine.image.cutouts import CutoutParams, draw_homographies, sample_views
from engine.models.vqgan import VQGAN

# No flips: captions may tell left from right.
TRAINING_CUTS = CutoutParams(
    whole_scale=(0.85, 1.05), crop_scale=(0.55, 0.95), rotation=0.1, flips=False
)


def draw_views(pictures: Tensor, generator: torch.Generator, *, size: int) -> Tensor:
    """Take one jittered view (B, 3, size, size) in 0..1 of each picture (B, 3, H, W) in 0..1."""
    count, _, height, width = pictures.shape
    matrices = draw_homographies(
        generator, cuts=count + 1, progress=0.0, height=height, width=width, params=TRAINING_CUTS
    )[1:]
    # The whole views come first; any picture may be seen whole or in part.
    matrices = matrices[torch.randperm(count, generator=generator)]
    views = sample_views(pictures, rearrange(matrices, "b i j -> b 1 i j"), size=size)
    return jitter(views, generator)


def jitter(views: Tensor, generator: torch.Generator) -> Tensor:
    """Vary brightness, contrast and saturation of each view; hues stay, captions name colours."""
    u = torch.rand(3, len(views), 1, 1, 1, generator=generator).to(views.device) * 2 - 1
    mean = views.mean(dim=(1, 2, 3), keepdim=True)
    views = (views - mean) * (1 + 0.25 * u[0]) + mean * (1 + 0.2 * u[1])
    grey = views.mean(dim=1, keepdim=True)
    return (grey + (views - grey) * (1 + 0.25 * u[2])).clamp(0, 1)


def shuffle_blocks(views: Tensor, generator: torch.Generator) -> Tensor:
    """Put the blocks of each view in a random order, the same for all views."""
    side = int(torch.randint(0, 3, (1,), generator=generator))
    block = views.shape[-1] // (4, 8, 16)[side]
    rows = views.shape[-1] // block
    blocks = rearrange(views, "b c (i p) (j q) -> (i j) b c p q", p=block, q=block)
    order = torch.randperm(len(blocks), generator=generator).to(views.device)
    return rearrange(blocks[order], "(i j) b c p q -> b c (i p) (j q)", i=rows)


def blur(views: Tensor, generator: torch.Generator) -> Tensor:
    """Keep only 5 to 9 pixels a side of each view."""
    side = int(torch.randint(5, 10, (1,), generator=generator))
    small = F.interpolate(views, size=(side, side), mode="area")
    return F.interpolate(small, size=views.shape[-2:], mode="bicubic").clamp(0, 1)


def mix_noise(views: Tensor, generator: torch.Generator) -> Tensor:
    """Mix each view with coloured noise of a random grain."""
    grain = (8, 16, 32, 64)[int(torch.randint(0, 4, (1,), generator=generator))]
    noise = torch.rand(len(views), 3, grain, grain, generator=generator).to(views.device)
    noise = F.interpolate(noise, size=views.shape[-2:], mode="bicubic").clamp(0, 1)
    share = 0.35 + 0.4 * torch.rand(len(views), 1, 1, 1, generator=generator).to(views.device)
    return views * (1 - share) + noise * share


def blend(views: Tensor, generator: torch.Generator) -> Tensor:
    """Lay each view over the next one of the batch."""
    share = 0.4 + 0.2 * torch.rand(len(views), 1, 1, 1, generator=generator).to(views.device)
    return views * share + views.roll(1, dims=0) * (1 - share)


def smear(views: Tensor, generator: torch.Generator) -> Tensor:
    """Pull each view about by a random field: colours and places stay, shapes do not."""
    grain = (6, 10, 16)[int(torch.randint(0, 3, (1,), generator=generator))]
    field = torch.randn(len(views), 2, grain, grain, generator=generator).to(views.device) * 0.16
    field = F.interpolate(field, size=views.shape[-2:], mode="bicubic")
    still = torch.eye(2, 3, device=views.device)
    shape = list(views.shape)
    grid = F.affine_grid(repeat(still, "i j -> b i j", b=len(views)), shape, align_corners=False)
    moved = grid + rearrange(field, "b c h w -> b h w c")
    return F.grid_sample(views, moved, padding_mode="reflection", align_corners=False)


Damage = Callable[[Tensor, torch.Generator], Tensor]
DAMAGES: tuple[Damage, ...] = (shuffle_blocks, blur, mix_noise, blend, smear)


def damage_views(views: Tensor, generator: torch.Generator) -> Tensor:
    """Damage views (B, 3, S, S), each part of the batch in another way."""
    parts = views.chunk(len(DAMAGES))
    pairs = zip(parts, DAMAGES, strict=False)
    return torch.cat([damage(part, generator) for part, damage in pairs])


def attack_views(
    views: Tensor, loss_of: Callable[[Tensor], Tensor], generator: torch.Generator, *, radius: float
) -> Tensor:
    """Move each pixel by up to ``radius`` where it hurts (one step: Wong et al. 2020, section 4).

    Networks that withstand this have gradients that look like things (Santurkar et al. 2019).
    """
    noise = torch.rand(views.shape, generator=generator).to(views.device) * 2 - 1
    attacked = (views + radius * noise).requires_grad_(True)
    (gradient,) = torch.autograd.grad(loss_of(attacked), attacked)
    moved = attacked.detach() + 1.25 * radius * gradient.sign()
    return torch.min(torch.max(moved, views - radius), views + radius).clamp(0, 1)


def damage_codes(codes: Tensor, generator: torch.Generator) -> Tensor:
    """Replace 15 to 60 % of the codes (B, h, w) of each picture by codes from anywhere in it."""
    flat = rearrange(codes, "b h w -> b (h w)")
    share = 0.15 + 0.45 * torch.rand(len(codes), 1, generator=generator)
    elsewhere = torch.rand(flat.shape, generator=generator).argsort(dim=1).to(codes.device)
    hit = (torch.rand(flat.shape, generator=generator) < share).to(codes.device)
    return torch.where(hit, flat.gather(1, elsewhere), flat).view_as(codes)


@torch.inference_mode()
def code_pictures(
    vqgan: VQGAN, pictures: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pass pictures (B, 3, H, W) in 0..1 through a VQGAN: (decoded, decoded from damaged codes)."""
    with torch.autocast(vqgan.device.type, torch.bfloat16):
        codes = vqgan.nearest(vqgan.encode(pictures * 2 - 1))
        both = torch.cat([codes, damage_codes(codes, generator)])
        decoded = vqgan.decode(vqgan.codes_to_latents(both))
    decoded = ((decoded.float() + 1) / 2).clamp(0, 1)
    whole, damaged = decoded.chunk(2)
    return whole, damaged
