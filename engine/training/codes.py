"""Codes of a rendered data set, computed once and kept in a file; a step of its own on a GPU."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from einops import rearrange, reduce
from numpy.typing import NDArray
from torch import Tensor

from engine.data.dataset import SceneDataset, load_dataset
from engine.image.codec import load_vqgan
from engine.models.vqgan import VQGAN
from engine.training.common import TrainOptions, bfloat16, write_text

# Of the height above the horizon, what is surely sky.
_SKY = 0.6


def to_device(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Return pictures (B, H, W, 3) of bytes as (B, 3, H, W) in -1..1 on a device, channels last.

    Bytes travel, and become numbers four times their size where these are computed with.
    """
    pixels = torch.from_numpy(np.array(pictures)).to(device)
    return rearrange(pixels, "b h w c -> b c h w").float() / 127.5 - 1


def encode_dataset(vqgan: VQGAN, data: SceneDataset, path: Path, device: torch.device) -> Tensor:
    """Return the codes (N, h, w) of all pictures, int16; kept in a file for the next time.

    They are made anew where the file is another VQGAN's or data set's.
    """
    mark = path.with_suffix(".sum")
    wanted = _fingerprint(vqgan, data)
    # Files made before there were marks are believed.
    if path.exists() and (not mark.exists() or mark.read_text("utf-8") == wanted):
        return torch.from_numpy(np.load(path)).to(device)
    # Outside of inference mode, in which moved weights could never learn again.
    codes = _encode(vqgan.to(device), data, device, batch=128 if device.type == "cuda" else 16)
    path.parent.mkdir(parents=True, exist_ok=True)
    mark.unlink(missing_ok=True)
    np.save(path, codes)
    write_text(mark, wanted)
    return torch.from_numpy(codes).to(device)


@torch.inference_mode()
def _encode(
    model: VQGAN, data: SceneDataset, device: torch.device, *, batch: int
) -> NDArray[np.int16]:
    codes = []
    for start in range(0, len(data.layouts), batch):
        x = to_device(data.images[start : start + batch], device)
        with bfloat16(device):
            latents = model.encode(x)
        codes.append(model.nearest(latents).to(torch.int16).cpu())
    found: NDArray[np.int16] = torch.cat(codes).numpy()
    return found


def _fingerprint(vqgan: VQGAN, data: SceneDataset) -> str:
    digest = hashlib.sha256(vqgan.codebook.detach().float().cpu().numpy().tobytes())
    for weight in vqgan.encoder.parameters():
        digest.update(weight.detach().float().cpu().numpy().tobytes())
    return f"{digest.hexdigest()} {len(data.layouts)}\n"


def train(options: TrainOptions) -> None:
    """Make the codes that ``draft`` and ``decoder`` learn from, so that both may run beside."""
    vqgan = load_vqgan(options.out)
    for name, kept in (("", "codes.npy"), ("-heldout", "codes-heldout.npy")):
        data = load_dataset(options.data / f"scenes-256{name}")
        encode_dataset(vqgan, data, options.runs / "draft" / kept, options.device)


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
