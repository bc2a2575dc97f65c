"""Codes of a rendered data set, computed once and kept in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.data.dataset import SceneDataset
from engine.image.codec import to_tensor
from engine.models.vqgan import VQGAN
from engine.training.common import bfloat16


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
