"""The published VQGANs' network (Esser et al. 2021, table 7), names and numbers as in their files.

State-dict keys are those of the taming-transformers checkpoints without ``loss.*``. Behind the
methods of the starter's ``VQGAN``, so that whatever paints with one paints with the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from engine.models.frozen import FrozenUpsample, normed_silu
from engine.models.vqgan import VQGAN, CodecParams

GROUPS, EPSILON = 32, 1e-6


@dataclass(frozen=True)
class TamingParams(CodecParams):
    """Shape of a published VQGAN, by default of ImageNet f16-16384; ``factor`` follows ``ch_mult``.

    Attention stands at the levels whose side is in ``attn_resolutions`` when the picture has
    ``resolution`` pixels, whatever size comes in. ``gumbel`` is the variant with a Gumbel codebook.
    """

    factor: int = 16
    codes: int = 16384
    embed_dim: int = 256
    z_channels: int = 256
    ch: int = 128
    ch_mult: tuple[int, ...] = (1, 1, 2, 2, 4)
    num_res_blocks: int = 2
    attn_resolutions: tuple[int, ...] = (16,)
    gumbel: bool = False

    def widths(self) -> list[int]:
        """Return the channels at each level, from full resolution down."""
        return [self.ch * times for times in self.ch_mult]

    def attends(self, level: int) -> bool:
        """Say whether a level has attention."""
        return self.resolution // 2**level in self.attn_resolutions


def _norm(width: int) -> nn.GroupNorm:
    return nn.GroupNorm(GROUPS, width, eps=EPSILON)


class ResnetBlock(nn.Module):
    """Two 3x3 convolutions around an identity, or a 1x1 convolution where the width changes."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.norm1 = _norm(width)
        self.conv1 = nn.Conv2d(width, out, 3, padding=1)
        self.norm2 = _norm(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        if width != out:
            self.nin_shortcut = nn.Conv2d(width, out, 1)
        self.widens = width != out

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to (B, out, h, w)."""
        h = self.conv1(normed_silu(self.norm1, x))
        h = self.conv2(normed_silu(self.norm2, h))
        result: Tensor = (self.nin_shortcut(x) if self.widens else x) + h
        return result


class AttnBlock(nn.Module):
    """Attention of one head over all places of a feature map, around an identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = _norm(width)
        self.q = nn.Conv2d(width, width, 1)
        self.k = nn.Conv2d(width, width, 1)
        self.v = nn.Conv2d(width, width, 1)
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to the same shape."""
        h = self.norm(x)
        q, k, v = (rearrange(m(h), "b c h w -> b 1 (h w) c") for m in (self.q, self.k, self.v))
        # Its scale is the width to the power of -1/2, as theirs.
        mixed = F.scaled_dot_product_attention(q, k, v)
        mixed = rearrange(mixed, "b 1 (h w) c -> b c h w", h=x.shape[2])
        result: Tensor = x + self.proj_out(mixed)
        return result


class Downsample(nn.Module):
    """Halves a feature map; only right and bottom are padded."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to (B, width, h/2, w/2)."""
        halved: Tensor = self.conv(F.pad(x, (0, 1, 0, 1)))
        return halved


class Upsample(nn.Module):
    """Doubles a feature map: nearest neighbour, then a convolution."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, width, h, w) to (B, width, 2h, 2w)."""
        doubled: Tensor = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return doubled

    def frozen(self) -> nn.Module:
        """Return the same with fewer products, for weights that stay as they are."""
        return FrozenUpsample(self.conv)


class Level(nn.Module):
    """One resolution: residual blocks, each with attention where there is any, then a resize."""

    def __init__(
        self, width: int, out: int, blocks: int, *, attends: bool, resize: str = ""
    ) -> None:
        super().__init__()
        widths = [width, *(out for _ in range(blocks))]
        self.block = nn.ModuleList(ResnetBlock(widths[i], out) for i in range(blocks))
        self.attn = nn.ModuleList(AttnBlock(out) for _ in range(blocks if attends else 0))
        self.resize = resize
        if resize == "down":
            self.downsample = Downsample(out)
        elif resize == "up":
            self.upsample = Upsample(out)

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, width, h, w) to (B, out, …), at half or twice the size where it resizes."""
        for i, block in enumerate(self.block):
            h = block(h)
            if self.attn:
                h = self.attn[i](h)
        if self.resize:
            h = self.downsample(h) if self.resize == "down" else self.upsample(h)
        return h


class Middle(nn.Module):
    """What happens at the lowest resolution, in encoder and decoder alike."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block_1 = ResnetBlock(width, width)
        self.attn_1 = AttnBlock(width)
        self.block_2 = ResnetBlock(width, width)

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, width, h, w) to the same shape."""
        result: Tensor = self.block_2(self.attn_1(self.block_1(h)))
        return result


class TamingEncoder(nn.Module):
    """Pictures (B, 3, H, W) to (B, z_channels, H/f, W/f)."""

    def __init__(self, params: TamingParams) -> None:
        super().__init__()
        widths, last = params.widths(), len(params.ch_mult) - 1
        self.conv_in = nn.Conv2d(3, params.ch, 3, padding=1)
        self.down = nn.ModuleList(
            Level(
                before, width, params.num_res_blocks,
                attends=params.attends(i), resize="down" if i < last else "",
            )
            for i, (before, width) in enumerate(
                zip([params.ch, *widths[:-1]], widths, strict=True)
            )
        )  # fmt: skip
        self.mid = Middle(widths[-1])
        self.norm_out = _norm(widths[-1])
        self.conv_out = nn.Conv2d(widths[-1], params.z_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Encode pictures in -1..1."""
        h = self.conv_in(x)
        for level in self.down:
            h = level(h)
        latents: Tensor = self.conv_out(normed_silu(self.norm_out, self.mid(h)))
        return latents


class TamingDecoder(nn.Module):
    """Latents (B, z_channels, h, w) to pictures (B, 3, f·h, f·w)."""

    def __init__(self, params: TamingParams) -> None:
        super().__init__()
        widths = params.widths()
        self.conv_in = nn.Conv2d(params.z_channels, widths[-1], 3, padding=1)
        self.mid = Middle(widths[-1])
        # Numbered from full resolution, run from the deepest.
        self.up = nn.ModuleList(
            Level(
                before, width, params.num_res_blocks + 1,
                attends=params.attends(i), resize="up" if i else "",
            )
            for i, (before, width) in enumerate(zip([*widths[1:], widths[-1]], widths, strict=True))
        )  # fmt: skip
        self.norm_out = _norm(widths[0])
        self.conv_out = nn.Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """Decode latents; the picture may leave -1..1."""
        h = self.mid(self.conv_in(z))
        for level in reversed(self.up):
            h = level(h)
        picture: Tensor = self.conv_out(normed_silu(self.norm_out, h))
        return picture


class Codebook(nn.Module):
    """The codes; those of a Gumbel codebook have another name and, unused here, its logits.

    Their Gumbel encoder draws its codes even when nothing is trained; here the nearest one counts.
    """

    def __init__(self, params: TamingParams) -> None:
        super().__init__()
        embedding = nn.Embedding(params.codes, params.embed_dim)
        if params.gumbel:
            self.proj = nn.Conv2d(params.z_channels, params.codes, 1)
            self.embed = embedding
        else:
            self.embedding = embedding


class TamingVQGAN(VQGAN):
    """A published VQGAN; works at any height and width that its factor divides."""

    params: TamingParams

    def __init__(self, params: TamingParams | None = None) -> None:
        # Not the starter's own: the networks differ, the methods do not.
        nn.Module.__init__(self)
        self.params = p = params or TamingParams()
        self.encoder = TamingEncoder(p)  # type: ignore[assignment]
        self.decoder = TamingDecoder(p)  # type: ignore[assignment]
        self.quantize = Codebook(p)
        self.quant_conv = nn.Conv2d(p.z_channels, p.embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(p.embed_dim, p.z_channels, 1)

    @property
    def codebook(self) -> Tensor:  # type: ignore[override]
        """Return the codes (codes, embed_dim)."""
        quantize = self.quantize
        return (quantize.embed if self.params.gumbel else quantize.embedding).weight

    def encode(self, x: Tensor) -> Tensor:
        """Encode pictures (B, 3, H, W) in -1..1 to continuous latents (B, C, H/f, W/f)."""
        latents: Tensor = self.quant_conv(self.encoder(x))
        return latents

    def decode(self, z: Tensor) -> Tensor:
        """Decode latents (B, C, h, w) to pictures (B, 3, f·h, f·w); no quantising, no clamping."""
        picture: Tensor = self.decoder(self.post_quant_conv(z))
        return picture

    def start_from_patches(self, pictures: Tensor) -> None:
        """Refuse: only the starter's network has linear maps to start from."""
        raise NotImplementedError("a published VQGAN starts from its checkpoint")
