"""The shipped VQGAN, and what happens to its file when it is hurt."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import ModelFileError
from engine.image.codec import decode_codes, encode_pictures, load_vqgan, vqgan_metadata
from engine.models.vqgan import VQGANParams

STARTER = Path(__file__).resolve().parents[3] / "engine" / "starter"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(STARTER / "vqgan.safetensors", tmp_path)
    return tmp_path


def sky_over_grass() -> np.ndarray:
    picture = np.zeros((1, 128, 128, 3), np.uint8)
    picture[:, :70] = (120, 180, 240)
    picture[:, 70:] = (90, 160, 70)
    return picture


def test_a_picture_comes_back_from_its_codes() -> None:
    model = load_vqgan(STARTER)
    picture = sky_over_grass()
    codes = encode_pictures(model, picture)
    assert codes.shape == (1, 16, 16)
    assert len(np.unique(codes)) > 2
    back = decode_codes(model, codes).astype(float)
    assert np.abs(back - picture).mean() < 12


def test_the_codec_works_on_pictures_that_are_not_square() -> None:
    model = load_vqgan(STARTER)
    codes = encode_pictures(model, sky_over_grass()[:, 30:102, :104])
    assert codes.shape == (1, 9, 13)
    assert decode_codes(model, codes).shape == (1, 72, 104, 3)


def test_gradients_reach_the_latents_of_the_frozen_codec() -> None:
    model = load_vqgan(STARTER)
    latents = torch.zeros(1, 16, 4, 4, requires_grad=True)
    model.decode(latents).mean().backward()
    assert latents.grad is not None
    assert latents.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in model.parameters())


def test_a_missing_file_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"vqgan\.safetensors is missing.*pagewright doctor"):
        load_vqgan(tmp_path)


@pytest.mark.parametrize("keep", [0, 5, 4000, 4_000_000])
def test_a_file_cut_short_is_refused_in_one_line(folder: Path, keep: int) -> None:
    path = folder / "vqgan.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match=r"damaged.*pagewright doctor") as raised:
        load_vqgan(folder)
    assert "\n" not in str(raised.value)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    path = folder / "vqgan.safetensors"
    tensors = load_file(path)
    for name in ("codebook", "codebook.scale"):
        tensors[name] = tensors[name][:512].contiguous()
    save_file(tensors, path, metadata=vqgan_metadata(VQGANParams()))
    with pytest.raises(ModelFileError, match=r"does not fit its model .*codebook"):
        load_vqgan(folder)


def test_a_file_without_params_is_refused(folder: Path) -> None:
    path = folder / "vqgan.safetensors"
    save_file(load_file(path), path)
    with pytest.raises(ModelFileError, match="damaged"):
        load_vqgan(folder)
