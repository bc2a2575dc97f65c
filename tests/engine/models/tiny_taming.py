"""Tiny VQGANs with random weights, laid out like the published checkpoints."""

from __future__ import annotations

import io
import json
import sys
import types
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from engine.models.taming import TamingParams, TamingVQGAN
from tests.engine.models.plain_vqgan import PlainVQGAN

TINY = TamingParams(
    resolution=32, factor=4, codes=40, embed_dim=12, z_channels=20, ch=32, ch_mult=(1, 1, 2),
    num_res_blocks=1, attn_resolutions=(8,),
)  # fmt: skip
GUMBEL = TamingParams(
    resolution=32, factor=2, codes=24, embed_dim=16, z_channels=16, ch=32, ch_mult=(1, 2),
    num_res_blocks=1, attn_resolutions=(16,), gumbel=True,
)  # fmt: skip


def tiny_state(params: TamingParams = TINY, *, seed: int = 0) -> dict[str, Tensor]:
    """Return random weights under the published names."""
    torch.manual_seed(seed)
    state = TamingVQGAN(params).state_dict()
    book = "quantize.embed.weight" if params.gumbel else "quantize.embedding.weight"
    state[book] = torch.randn(params.codes, params.embed_dim)
    for name in state:
        # The norms start as ones and zeros, which would hide a mix-up.
        if "norm" in name:
            state[name] = state[name] + 0.2 * torch.randn(state[name].shape)
    return state


def tiny_config(params: TamingParams = TINY) -> dict[str, Any]:
    """Return the content of a published ``model.yaml``."""
    shape = {
        "double_z": False, "z_channels": params.z_channels, "resolution": params.resolution,
        "in_channels": 3, "out_ch": 3, "ch": params.ch, "ch_mult": list(params.ch_mult),
        "num_res_blocks": params.num_res_blocks,
        "attn_resolutions": list(params.attn_resolutions), "dropout": 0.0,
    }  # fmt: skip
    kind = "GumbelVQ" if params.gumbel else "VQModel"
    inner = {
        "embed_dim": params.embed_dim, "n_embed": params.codes, "ddconfig": shape,
        "lossconfig": {"target": "taming.modules.losses.vqperceptual.VQLPIPSWithDiscriminator"},
    }  # fmt: skip
    return {"model": {"base_learning_rate": 4.5e-6, "target": f"taming.models.vqgan.{kind}",
                      "params": inner}}  # fmt: skip


def losses() -> dict[str, Tensor]:
    """Return keys of a checkpoint that belong to no VQGAN."""
    return {"loss.logvar": torch.zeros(()), "loss.discriminator.main.0.bias": torch.zeros(4),
            "colorize": torch.zeros(3, 2, 1, 1), "quantize.used": torch.arange(3)}  # fmt: skip


@contextmanager
def lightning(module: str = "pytorch_lightning.callbacks.model_checkpoint") -> Iterator[type]:
    """Let a class be pickled by the name of Lightning's own, which is not installed."""
    made = types.ModuleType(module)
    names = [module.rsplit(".", n)[0] for n in range(module.count(".") + 1)]
    cls = type("ModelCheckpoint", (), {"__module__": module})
    made.ModelCheckpoint = cls  # type: ignore[attr-defined]
    for name in names:
        sys.modules[name] = made if name == module else types.ModuleType(name)
    try:
        yield cls
    finally:
        for name in names:
            del sys.modules[name]


def save_published(
    folder: Path,
    params: TamingParams = TINY,
    *,
    prefix: str = "",
    module: str = "pytorch_lightning.callbacks.model_checkpoint",
    zipped: bool = True,
) -> Path:
    """Save ``last.ckpt`` and ``model.yaml`` as Lightning 1.0 did; return the checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {prefix + key: value for key, value in (tiny_state(params) | losses()).items()}
    config = tiny_config(params)
    if prefix:
        state["transformer.tok_emb.weight"] = torch.zeros(2, 2)
        config = {"model": {"target": "taming.models.cond_transformer.Net2NetTransformer",
                            "params": {"first_stage_config": config["model"]}}}  # fmt: skip
    (folder / "model.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with lightning(module) as callback:
        content = {
            "epoch": 3, "global_step": 7, "pytorch-lightning_version": "1.0.8",
            "callbacks": {callback: {"monitor": "val/rec_loss", "best": torch.zeros(())}},
            "state_dict": state,
        }  # fmt: skip
        torch.save(content, folder / "last.ckpt", _use_new_zipfile_serialization=zipped)
    return folder / "last.ckpt"


def save_vectors(folder: Path, params: TamingParams = TINY) -> Path:
    """Save a checkpoint with the numbers that a plain version of the network gives."""
    save_published(folder, params)
    state = tiny_state(params)
    plain = PlainVQGAN(state, params)
    case: dict[str, Tensor] = {}
    case["x"] = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(5)) * 2 - 1
    with torch.no_grad():
        case["prequant"] = plain.encode(case["x"])
        case["nn_idx"], case["nn_margin"] = plain.nearest(case["prequant"])
        case["quant"] = plain.book[case["nn_idx"]].permute(0, 3, 1, 2)
        case["decoded_continuous"] = plain.decode(case["prequant"])
    case["grad_w"] = torch.randn(case["x"].shape, generator=torch.Generator().manual_seed(6))
    latents = case["quant"].clone().requires_grad_(True)
    decoded = plain.decode(latents)
    (gradient,) = torch.autograd.grad((decoded * case["grad_w"]).mean() * 1000, latents)
    case |= {"decoded": decoded.detach(), "grad_z": gradient}
    limits = {"z_min": plain.book.amin(0), "z_max": plain.book.amax(0)}
    arrays = {f"0.{k}": v.numpy() for k, v in case.items()} | {
        k: v.numpy() for k, v in limits.items()
    }
    np.savez(folder / "io.npz", **arrays)
    keys = {
        k: [list(v.shape), str(v.dtype).removeprefix("torch.")]
        for k, v in (state | losses()).items()
    }
    (folder / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    return folder


def rewrite_pickle(path: Path, data: bytes) -> None:
    """Put another pickle into a checkpoint, all else as it was."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, data if name.endswith("/data.pkl") else content)


def saved(content: object) -> bytes:
    """Return the bytes of ``torch.save``."""
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()
