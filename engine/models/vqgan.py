"""VQGAN: pictures to a small grid of codes and back (Esser et al. 2021, section 3.1).

Made for CPUs: the stem is a pixel-unshuffle by 4, so that no convolution runs at full resolution.
Encoder and decoder are each a linear map of 8x8 patches (started from their principal components)
plus a residual network started at zero, so that the model is a codec from its first step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from engine.models.frozen import normed_silu


@dataclass(frozen=True)
class CodecParams:
    """What the rest of the engine asks of any VQGAN's shape.

    ``resolution`` is the side in pixels it was trained at, ``factor`` the pixels a code is wide.
    """

    resolution: int = 256
    factor: int = 8
    codes: int = 2048
    embed_dim: int = 16


@dataclass(frozen=True)
class VQGANParams(CodecParams):
    """Shape of a starter; ``blocks`` are residual blocks at the fine and at the coarse scale."""

    width_fine: int = 96
    width_coarse: int = 160
    encoder_blocks: tuple[int, int] = (2, 3)
    decoder_blocks: tuple[int, int] = (3, 4)
    groups: int = 8


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with pre-activation group norm around an identity."""

    def __init__(self, width: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.norm2 = nn.GroupNorm(groups, width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to the same shape."""
        h = self.conv1(normed_silu(self.norm1, x))
        result: Tensor = x + self.conv2(normed_silu(self.norm2, h))
        return result


class Head(nn.Sequential):
    """Norm, activation and a convolution that starts at zero."""

    def __init__(self, width: int, out: int, groups: int) -> None:
        conv = nn.Conv2d(width, out, 3, padding=1)
        nn.init.zeros_(conv.weight)
        nn.init.zeros_(conv.bias)  # type: ignore[arg-type]
        super().__init__(nn.GroupNorm(groups, width), nn.SiLU(), conv)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to (B, out, h, w)."""
        norm, _, conv = self
        result: Tensor = conv(normed_silu(norm, x))  # type: ignore[arg-type]
        return result


def _blocks(count: int, width: int, groups: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(width, groups) for _ in range(count)))


class Encoder(nn.Module):
    """Pictures (B, 3, H, W) to continuous latents (B, embed_dim, H/8, W/8)."""

    def __init__(self, params: VQGANParams) -> None:
        super().__init__()
        p = params
        self.skip = nn.Conv2d(3, p.embed_dim, p.factor, stride=p.factor)
        self.stem = nn.Conv2d(3 * 16, p.width_fine, 3, padding=1)
        self.fine = _blocks(p.encoder_blocks[0], p.width_fine, p.groups)
        self.down = nn.Conv2d(p.width_fine * 4, p.width_coarse, 1)
        self.coarse = _blocks(p.encoder_blocks[1], p.width_coarse, p.groups)
        self.head = Head(p.width_coarse, p.embed_dim, p.groups)

    def forward(self, x: Tensor) -> Tensor:
        """Encode pictures in -1..1; sides must be multiples of 8."""
        h = self.fine(self.stem(F.pixel_unshuffle(x, 4)))
        h = self.coarse(self.down(F.pixel_unshuffle(h, 2)))
        latents: Tensor = self.skip(x) + self.head(h)
        return latents


class Decoder(nn.Module):
    """Latents (B, embed_dim, h, w) to pictures (B, 3, 8h, 8w)."""

    def __init__(self, params: VQGANParams) -> None:
        super().__init__()
        p = params
        self.factor = p.factor
        self.skip = nn.Conv2d(p.embed_dim, 3 * p.factor**2, 1)
        self.stem = nn.Conv2d(p.embed_dim, p.width_coarse, 3, padding=1)
        self.coarse = _blocks(p.decoder_blocks[1], p.width_coarse, p.groups)
        self.up = nn.Conv2d(p.width_coarse, p.width_fine * 4, 1)
        self.fine = _blocks(p.decoder_blocks[0], p.width_fine, p.groups)
        self.head = Head(p.width_fine, 3 * 16, p.groups)

    def forward(self, z: Tensor) -> Tensor:
        """Decode latents; the picture may leave -1..1."""
        h = F.pixel_shuffle(self.up(self.coarse(self.stem(z))), 2)
        detail = F.pixel_shuffle(self.head(self.fine(h)), 4)
        picture: Tensor = F.pixel_shuffle(self.skip(z), self.factor) + detail
        return picture


class VQGAN(nn.Module):
    """A picture codec with a discrete codebook; works at any height and width that 8 divides.

    ``engine.models.taming`` holds the published network behind the same methods.
    """

    codebook: Tensor
    params: CodecParams

    def __init__(self, params: VQGANParams | None = None) -> None:
        super().__init__()
        shape = params or VQGANParams()
        self.params = shape
        self.encoder = Encoder(shape)
        self.decoder = Decoder(shape)
        self.register_buffer("codebook", torch.randn(shape.codes, shape.embed_dim))

    @property
    def device(self) -> torch.device:
        """Return where the network computes."""
        return self.codebook.device

    def encode(self, x: Tensor) -> Tensor:
        """Encode pictures (B, 3, H, W) in -1..1 to continuous latents (B, C, H/8, W/8)."""
        latents: Tensor = self.encoder(x)
        return latents

    def nearest(self, z: Tensor) -> Tensor:
        """Return the indices (B, h, w) of the codes nearest to latents (B, C, h, w)."""
        flat = rearrange(z.detach().float(), "b c h w -> (b h w) c")
        codebook = self.codebook.float()
        # The latents' own norm is the same for every code, so it is left out of the distance.
        with torch.autocast(z.device.type, enabled=False):
            distance = codebook.pow(2).sum(1) - 2 * flat @ codebook.T
        return rearrange(
            distance.argmin(1), "(b h w) -> b h w", b=z.shape[0], h=z.shape[2], w=z.shape[3]
        )

    def codes_to_latents(self, indices: Tensor) -> Tensor:
        """Look up latents (B, C, h, w) of code indices (B, h, w)."""
        return rearrange(self.codebook[indices], "b h w c -> b c h w")

    def quantise(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Snap latents to their nearest codes: (straight-through latents, indices (B, h, w))."""
        indices = self.nearest(z)
        codes = self.codes_to_latents(indices).to(z.dtype)
        return z + (codes - z).detach(), indices

    def decode(self, z: Tensor) -> Tensor:
        """Decode latents (B, C, h, w) to pictures (B, 3, 8h, 8w); no quantising, no clamping."""
        picture: Tensor = self.decoder(z)
        return picture

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the reconstruction, the continuous latents and the code indices of pictures."""
        z = self.encode(x)
        z_q, indices = self.quantise(z)
        return self.decode(z_q), z, indices

    @torch.no_grad()
    def start_from_patches(self, pictures: Tensor) -> None:
        """Set both linear maps to the principal components of 8x8 patches (B, 3, H, W)."""
        f = self.params.factor
        patches = rearrange(pictures.float(), "b c (h p) (w q) -> (b h w) (c p q)", p=f, q=f)
        mean = patches.mean(0)
        covariance = (patches - mean).T @ (patches - mean) / len(patches)
        values, vectors = torch.linalg.eigh(covariance.double())
        keep = self.params.embed_dim
        basis = vectors.flip(1)[:, :keep].T.float()  # (C, 3*f*f)
        spread = values.flip(0)[:keep].clamp_min(1e-8).sqrt().float()
        # A half power: latents of equal scale would spend the codebook on faint components.
        scale = (spread / spread[0]).sqrt() / spread
        self._set_linear(basis * scale[:, None], basis / scale[:, None], mean)

    def _set_linear(self, analysis: Tensor, synthesis: Tensor, mean: Tensor) -> None:
        f = self.params.factor
        self.encoder.skip.weight.copy_(rearrange(analysis, "k (c p q) -> k c p q", p=f, q=f))
        self.encoder.skip.bias.copy_(-analysis @ mean)  # type: ignore[union-attr]
        self.decoder.skip.weight.copy_(rearrange(synthesis, "k n -> n k 1 1"))
        self.decoder.skip.bias.copy_(mean)  # type: ignore[union-attr]
