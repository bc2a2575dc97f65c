"""Draft model: a drawn layout to the codes of a picture, by masked-token prediction.

MaskGIT (Chang et al. 2022) over patches of 2x2 codes, told for each code what the layout wants
there, as in Make-A-Scene (Gafni et al. 2022). Each subject owns a small *neural texture* (Thies et
al. 2019) that is laid into its box, so that shapes need not be learnt as functions of coordinates.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn

from engine.models.backdrops import Backdrops, Frame, Wishes
from engine.models.scenes import (
    FIGURES,
    LAYERS,
    DraftParams,
    Scenes,
    fourier,
    local_coordinates,
)

__all__ = [
    "FIGURES",
    "LAYERS",
    "DraftNet",
    "DraftParams",
    "Scenes",
    "Wishes",
    "fourier",
    "local_coordinates",
]

# What of its box a figure fills, at least: a superellipse, |u|^n + |v|^n below a bound.
_ROUND, _BODY = 2.5, 0.8


class FigureFeatures(nn.Module):
    """Features of the figures at each code: texture, subject, colour, place inside the box."""

    def __init__(self, params: DraftParams) -> None:
        super().__init__()
        p = params
        side, channels = p.texture_side, p.texture_channels
        self.textures = nn.Parameter(torch.randn(p.subjects, channels, side, side) * 0.1)
        self.subject = nn.Embedding(p.subjects, 64)
        self.colour = nn.Embedding(p.colours, 32)
        self.layer = nn.Parameter(torch.zeros(LAYERS, p.feature_width))
        self.points = p.texture_points
        inputs = p.texture_points**2 * channels + 64 + 32 + 2 + 16 + 2
        self.mlp = nn.Sequential(nn.Linear(inputs, 192), nn.SiLU(), nn.Linear(192, p.feature_width))

    def forward(self, scenes: Scenes, height: int, width: int) -> Tensor:
        """Return (B, height, width, feature_width), zero where there is no figure."""
        u, v = local_coordinates(scenes, height, width)
        inside = (u.abs() < 1.25) & (v.abs() < 1.25)
        inside &= rearrange(scenes.subject > 0, "b k -> b k 1 1") & ~_behind(scenes, u, v)
        b, k, i, j = inside.nonzero(as_tuple=True)
        points = torch.cat(
            [
                self._sample(scenes, height, width)[b, k, i, j],
                self.subject(scenes.subject[b, k]),
                self.colour(scenes.colour[b, k]),
                torch.stack([u[b, k, i, j], v[b, k, i, j]], -1),
                fourier(u[b, k, i, j] / 2, 4),
                fourier(v[b, k, i, j] / 2, 4),
                scenes.box[b, k, 2:],
            ],
            -1,
        )
        features = self.mlp(points) + self.layer[_layers(scenes)[b, k]]
        grid = features.new_zeros(len(scenes.place), height, width, features.shape[-1])
        filled: Tensor = grid.index_put_((b, i, j), features.to(grid.dtype), accumulate=True)
        return filled

    def _sample(self, scenes: Scenes, height: int, width: int) -> Tensor:
        """Lay the textures into their boxes: p x p points of each code (B, K, h, w, p * p * c)."""
        p, count = self.points, scenes.subject.shape[1]
        u, v = local_coordinates(scenes, p * height, p * width)
        grid = rearrange(torch.stack([u, v], -1), "b k h w two -> (b k) h w two")
        textures = self.textures[scenes.subject.flatten()]
        drawn = F.grid_sample(textures.float(), grid.float(), align_corners=False)
        return rearrange(drawn, "(b k) c (h p) (w q) -> b k h w (c p q)", k=count, p=p, q=p)


def _behind(scenes: Scenes, u: Tensor, v: Tensor) -> Tensor:
    """Say where (B, K, h, w) a nearer figure hides a farther one: on the oval within its box."""
    body = (u.abs() ** _ROUND + v.abs() ** _ROUND) < _BODY
    body &= rearrange(scenes.subject > 0, "b k -> b k 1 1")
    nearer = body.flip(1).cumsum(1).flip(1) - body.long()
    return nearer > 0


def _layers(scenes: Scenes) -> Tensor:
    """Return the layer of each figure (B, K); of a crowd the nearest have layers of their own."""
    count = (scenes.subject > 0).sum(1, keepdim=True)
    places = torch.arange(scenes.subject.shape[1], device=scenes.subject.device)
    return (places - (count - LAYERS).clamp_min(0)).clamp(0, LAYERS - 1)


class SceneFeatures(nn.Module):
    """What the layout wants at each code: background and figures, added up."""

    def __init__(self, params: DraftParams) -> None:
        super().__init__()
        self.params = p = params
        self.place_row = nn.Embedding(p.places * p.rows, p.feature_width)
        self.place_band = nn.Embedding(p.places * p.bands, p.feature_width)
        self.time_row = nn.Embedding(p.times * p.rows, p.feature_width)
        self.time_place = nn.Embedding(p.times * p.places, p.feature_width)
        self.weather_row = nn.Embedding(p.weathers * p.rows, p.feature_width)
        self.position = nn.Linear(16, p.feature_width)
        self.figures = FigureFeatures(p)
        for table in (self.place_row, self.place_band, self.time_row, self.time_place,
                      self.weather_row):  # fmt: skip
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, scenes: Scenes, height: int, width: int) -> Tensor:
        """Return (B, height, width, feature_width)."""
        p, device = self.params, scenes.place.device
        ys = (torch.arange(height, device=device) + 0.5) / height
        xs = (torch.arange(width, device=device) + 0.5) / width
        row = (ys * p.rows).long()
        band = ((ys - scenes.horizon[:, None] + 1) / 2 * p.bands).long().clamp(0, p.bands - 1)
        by_row = (
            self.place_row(scenes.place[:, None] * p.rows + row)
            + self.place_band(scenes.place[:, None] * p.bands + band)
            + self.time_row(scenes.time[:, None] * p.rows + row)
            + self.weather_row(scenes.weather[:, None] * p.rows + row)
            + self.time_place(scenes.time * p.places + scenes.place)[:, None]
        )  # (B, height, feature_width)
        grid = torch.cat(
            [
                fourier(ys, 4)[:, None].expand(height, width, 8),
                fourier(xs, 4)[None].expand(height, width, 8),
            ],
            -1,
        )
        background = by_row[:, :, None] + self.position(grid)
        features: Tensor = background + self.figures(scenes, height, width)
        return features


class Block(nn.Module):
    """A pre-norm transformer block with full attention."""

    def __init__(self, width: int, heads: int, mlp_ratio: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, mlp_ratio * width), nn.GELU(), nn.Linear(mlp_ratio * width, width)
        )
        with torch.no_grad():  # residual branches start small
            self.out.weight.mul_(0.1)
            self.mlp[2].weight.mul_(0.1)  # type: ignore[operator]

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens (B, n, width) to the same shape."""
        q, k, v = rearrange(self.qkv(self.norm1(x)), "b n (t h d) -> t b h n d", t=3, h=self.heads)
        attended = F.scaled_dot_product_attention(q, k, v)
        x = x + self.out(rearrange(attended, "b h n d -> b n (h d)"))
        mixed: Tensor = x + self.mlp(self.norm2(x))
        return mixed


class Codes(nn.Module):
    """The codes as vectors of their codebook: read into features, and chosen by their distance."""

    codebook: Tensor

    def __init__(self, params: DraftParams) -> None:
        super().__init__()
        p = params
        # One more row, of zeros, stands for a code still unknown.
        self.register_buffer("codebook", torch.zeros(p.codes + 1, p.latents))
        self.known = nn.Linear(p.latents, p.feature_width, bias=False)
        self.wanted = nn.Linear(p.feature_width, p.latents)
        self.sharpness = nn.Parameter(torch.tensor(2.0))

    def set_codebook(self, codebook: Tensor) -> None:
        """Take over a codebook (codes, latents), brought to mean zero and unit mean square norm."""
        centred = codebook - codebook.mean(0)
        centred = centred / centred.square().sum(1).mean().sqrt()
        self.codebook.copy_(F.pad(centred, (0, 0, 0, 1)))

    def read(self, codes: Tensor) -> Tensor:
        """Return features (…, feature_width) of codes (…)."""
        features: Tensor = self.known(self.codebook[codes])
        return features

    def join(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Add minus the scaled squared distance of each code to what is wanted to a linear map.

        The distance is linear in what is wanted but for a term that all codes share: so one matrix
        (codes, feature_width) gives both.
        """
        codebook, scale = self.codebook[:-1], self.sharpness.exp()
        joined = weight + 2 * scale * (codebook @ self.wanted.weight)
        shift = 2 * (codebook @ self.wanted.bias) - codebook.square().sum(1)
        return joined, bias + scale * shift


class DraftNet(nn.Module):
    """Logits of every code of a picture, from the codes known so far and the layout.

    ``glow`` (codes,) marks those that sun and moon are made of, where the layout tells of neither.
    """

    glow: Tensor

    def __init__(self, params: DraftParams | None = None) -> None:
        super().__init__()
        self.params = p = params or DraftParams()
        self.register_buffer("glow", torch.zeros(p.codes, dtype=torch.bool), persistent=False)
        self.mask = p.codes  # the index that stands for a code still unknown
        self.code = nn.Embedding(p.codes + 1, p.feature_width)
        nn.init.normal_(self.code.weight, std=0.2)
        self.codes = Codes(p) if p.latents else None
        self.scene = SceneFeatures(p)
        self.backdrops = Backdrops(p) if p.views else None
        self.into = nn.Linear(4 * p.feature_width, p.width)
        self.blocks = nn.ModuleList(Block(p.width, p.heads, p.mlp_ratio) for _ in range(p.depth))
        self.norm = nn.LayerNorm(p.width)
        self.back = nn.Linear(p.width, 4 * p.feature_width)
        self.head = nn.Sequential(
            nn.LayerNorm(p.feature_width), nn.Linear(p.feature_width, p.feature_width), nn.SiLU(),
        )  # fmt: skip
        self.logits = nn.Linear(p.feature_width, p.codes)

    @property
    def device(self) -> torch.device:
        """Return where the network computes."""
        return self.glow.device

    def forward(self, codes: Tensor, scenes: Scenes) -> Tensor:
        """Map codes (B, h, w), h and w even, unknown ones ``mask``, to logits (B, h, w, codes)."""
        return self.predict(codes, self.wishes(scenes, *codes.shape[1:]))

    def shows_view(self, scenes: Scenes) -> Tensor:
        """Say for which scenes (B,) a view of their place is drawn."""
        return (scenes.backdrop > 0) & (self.backdrops is not None)

    def wishes(
        self, scenes: Scenes, height: int, width: int, *, frame: Frame | None = None
    ) -> Wishes:
        """Return what layouts want at each code of height x width; views fill the ``frame``."""
        features = self.scene(scenes, height, width)
        if self.backdrops is None:
            return Wishes(features)
        drawn = self.backdrops.draw(scenes, height, width, frame=frame)
        return Wishes(features, drawn, self.shows_view(scenes))

    def predict(self, codes: Tensor, wishes: Wishes) -> Tensor:
        """Do the same with what the layouts want at hand."""
        return self.read(self.states(codes, wishes))

    def read(self, states: Tensor) -> Tensor:
        """Map states (…, feature_width) to logits (…, codes)."""
        weight: Tensor = self.logits.weight
        bias: Tensor = self.logits.bias
        if self.codes is not None:
            weight, bias = self.codes.join(weight, bias)
        return F.linear(self.head(states), weight) + bias

    def states(self, codes: Tensor, wishes: Wishes) -> Tensor:
        """Return what is known of each code, (B, h, w, feature_width), before the logits."""
        states = self.attended(codes, wishes.features)
        if self.backdrops is None or wishes.drawn is None or wishes.seen is None:
            return states
        joined: Tensor = self.backdrops(states, wishes.drawn, wishes.seen)
        return joined

    def attended(self, codes: Tensor, scene: Tensor) -> Tensor:
        """Return what the transformer says of each code, (B, h, w, feature_width)."""
        features = self.code(codes) + scene
        if self.codes is not None:
            features = features + self.codes.read(codes)
        x = self.into(rearrange(features, "b (h p) (w q) c -> b (h w) (p q c)", p=2, q=2))
        for block in self.blocks:
            x = block(x)
        h = codes.shape[1] // 2
        spread = rearrange(
            self.back(self.norm(x)), "b (h w) (p q c) -> b (h p) (w q) c", h=h, p=2, q=2
        )
        states: Tensor = spread + features
        return states
