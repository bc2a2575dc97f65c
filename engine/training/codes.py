"""Codes of a rendered data set, computed once and kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from einops import reduce
from torch import Tensor

from engine.data.dataset import SceneDataset
from engine.image.codec import to_tensor
from engine.models.vqgan import VQGAN
from engine.training.common import bfloat16

# Of the height above the horizon, what is surely sky.
_SKY = 0.6


@torch.inference_mode()
def encode_dataset(vqgan: VQGAN, data: SceneDataset, path: Path, device: torch.device) -> Tensor:
    """Return the codes (N, h, w) of all pictures, int16; kept in a file for the next time."""
    if path.exists():
        return torch.from_numpy(np.load(path)).to(device)
    model = vqgan.to(device)
    codes = []
    for start in range(0, len(data.images), 16):
        x = to_tensor(data.images[start : start + 16]).to(device)
        with bfloat16(device):
            latents = model.encode(x.contiguous(memory_format=torch.channels_last))
        codes.append(model.nearest(latents).to(torch.int16))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, torch.cat(codes).cpu().numpy())
    return torch.cat(codes)


def glowing_codes(codes: Tensor, data: SceneDataset, *, scenes: int = 1500) -> list[int]:
    """Return the codes that stand for the inside of suns and moons.

    They are bright and yellowish on average (8-bit RGB), and at home in skies: in some scenes of
    the set more than three in ten lie well above the horizon.
    """
    known = int(codes.max()) + 1
    colours, seen, skies = np.zeros((known, 3)), np.zeros(known), np.zeros(known)
    for index in range(min(scenes, len(codes))):
        own = codes[index].cpu().numpy().astype(np.int64)
        cells = reduce(
            data.images[index].astype(np.float32), "(h a) (w b) c -> h w c", "mean",
            h=own.shape[0], w=own.shape[1],
        )  # fmt: skip
        np.add.at(colours, own, cells)
        np.add.at(seen, own, 1)
        np.add.at(skies, own[: int(_SKY * data.layouts[index].horizon * len(own))], 1)
    red, green, blue = (colours / np.maximum(seen, 1)[:, None]).T
    pale = (green > 222) & (blue < red - 25)
    bright = (red > 235) & (pale | (green > 200) & (blue < 155))
    return [int(code) for code in np.flatnonzero(bright & (skies > 0.3 * seen) & (seen > 5))]
