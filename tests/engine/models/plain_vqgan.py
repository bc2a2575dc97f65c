"""The published VQGAN in plain steps, from its weights by name: what ours is held against."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.models.taming import TamingParams


class PlainVQGAN:
    """Reads weights by their published names and does one thing after the other."""

    def __init__(self, state: dict[str, Tensor], params: TamingParams) -> None:
        self.state = state
        self.params = params
        book = "quantize.embed.weight" if params.gumbel else "quantize.embedding.weight"
        self.book = state[book]

    def conv(self, name: str, x: Tensor, *, stride: int = 1, padding: int = 0) -> Tensor:
        weight, bias = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)

    def norm(self, name: str, x: Tensor) -> Tensor:
        batch, channels = x.shape[:2]
        groups = x.reshape(batch, 32, -1)
        centred = groups - groups.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()
        scaled = scaled.reshape(x.shape)
        weight, bias = self.state[f"{name}.weight"], self.state[f"{name}.bias"]
        return scaled * weight.view(1, channels, 1, 1) + bias.view(1, channels, 1, 1)

    def swish_norm(self, name: str, x: Tensor) -> Tensor:
        h = self.norm(name, x)
        return h * torch.sigmoid(h)

    def block(self, name: str, x: Tensor) -> Tensor:
        h = self.conv(f"{name}.conv1", self.swish_norm(f"{name}.norm1", x), padding=1)
        h = self.conv(f"{name}.conv2", self.swish_norm(f"{name}.norm2", h), padding=1)
        if f"{name}.nin_shortcut.weight" in self.state:
            x = self.conv(f"{name}.nin_shortcut", x)
        return x + h

    def attention(self, name: str, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        h = self.norm(f"{name}.norm", x)
        q, k, v = (self.conv(f"{name}.{m}", h).reshape(batch, channels, -1) for m in "qkv")
        weights = torch.softmax(q.transpose(1, 2) @ k * channels**-0.5, dim=-1)
        mixed = (v @ weights.transpose(1, 2)).reshape(batch, channels, height, width)
        return x + self.conv(f"{name}.proj_out", mixed)

    def level(self, name: str, x: Tensor) -> Tensor:
        i = 0
        while f"{name}.block.{i}.conv1.weight" in self.state:
            x = self.block(f"{name}.block.{i}", x)
            if f"{name}.attn.{i}.q.weight" in self.state:
                x = self.attention(f"{name}.attn.{i}", x)
            i += 1
        return x

    def middle(self, name: str, x: Tensor) -> Tensor:
        x = self.attention(f"{name}.attn_1", self.block(f"{name}.block_1", x))
        return self.block(f"{name}.block_2", x)

    def encode(self, x: Tensor) -> Tensor:
        h = self.conv("encoder.conv_in", x, padding=1)
        for i in range(len(self.params.ch_mult)):
            h = self.level(f"encoder.down.{i}", h)
            if i + 1 < len(self.params.ch_mult):
                padded = F.pad(h, (0, 1, 0, 1))
                h = self.conv(f"encoder.down.{i}.downsample.conv", padded, stride=2)
        h = self.swish_norm("encoder.norm_out", self.middle("encoder.mid", h))
        return self.conv("quant_conv", self.conv("encoder.conv_out", h, padding=1))

    def nearest(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the nearest codes and by how much (squared) the second is farther."""
        far = (z.permute(0, 2, 3, 1)[..., None, :].double() - self.book.double()).square().sum(-1)
        two = far.topk(2, largest=False)
        return two.indices[..., 0], two.values[..., 1] - two.values[..., 0]

    def decode(self, z: Tensor) -> Tensor:
        h = self.conv("decoder.conv_in", self.conv("post_quant_conv", z), padding=1)
        h = self.middle("decoder.mid", h)
        for i in reversed(range(len(self.params.ch_mult))):
            h = self.level(f"decoder.up.{i}", h)
            if i:
                h = h.repeat_interleave(2, 2).repeat_interleave(2, 3)
                h = self.conv(f"decoder.up.{i}.upsample.conv", h, padding=1)
        h = self.swish_norm("decoder.norm_out", h)
        return self.conv("decoder.conv_out", h, padding=1)
