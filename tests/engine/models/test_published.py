"""Published VQGANs load from their checkpoints by name, and compute what a plain version does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.models.published import load_published
from engine.models.taming import TamingParams, TamingVQGAN
from tests.engine.models.tiny_taming import GUMBEL, TINY, save_published, tiny_state

KINDS = pytest.mark.parametrize("params", [TINY, GUMBEL], ids=["plain", "gumbel"])


def load(checkpoint: Path) -> TamingVQGAN:
    return load_published(checkpoint, checkpoint.with_name("model.yaml"))


def test_the_published_imagenet_model_has_its_known_size_and_names() -> None:
    with torch.device("meta"):
        model = TamingVQGAN(TamingParams())
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    # 76.07 M without the losses, 343 names.
    assert sum(p.numel() for p in model.parameters()) == 76_073_859
    assert len(shapes) == 343
    assert shapes["quantize.embedding.weight"] == (16384, 256)
    assert shapes["encoder.down.4.attn.1.proj_out.weight"] == (512, 512, 1, 1)
    assert shapes["decoder.up.4.attn.2.q.weight"] == (512, 512, 1, 1)
    assert shapes["decoder.up.3.block.0.nin_shortcut.weight"] == (256, 512, 1, 1)
    assert "decoder.up.0.upsample.conv.weight" not in shapes
    assert "encoder.down.4.downsample.conv.weight" not in shapes
    assert not any("attn" in name for name in shapes if ".down.3." in name or ".up.3." in name)


def test_the_gumbel_codebook_has_its_own_names() -> None:
    assert {k for k in tiny_state(GUMBEL) if k.startswith("quantize.")} == {
        "quantize.embed.weight", "quantize.proj.weight", "quantize.proj.bias",
    }  # fmt: skip


@KINDS
def test_a_checkpoint_loads_with_every_weight_in_its_place(
    tmp_path: Path, params: TamingParams
) -> None:
    model = load(save_published(tmp_path, params))
    state = tiny_state(params)
    assert model.params == params
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    "how",
    [{"prefix": "first_stage_model."}, {"zipped": False},
     {"module": "lightning.pytorch.callbacks.model_checkpoint"}],
    ids=["transformer", "from-before-zips", "newer-lightning"],
)  # fmt: skip
def test_other_kinds_of_checkpoints_load_alike(tmp_path: Path, how: dict[str, str]) -> None:
    plain = load(save_published(tmp_path / "plain")).state_dict()
    other = load(save_published(tmp_path / "other", **how)).state_dict()  # type: ignore[arg-type]
    assert list(plain) == list(other)
    assert all(torch.equal(plain[name], other[name]) for name in plain)


def test_the_nearest_code_is_taken_also_where_the_book_is_gumbels(tmp_path: Path) -> None:
    model = load(save_published(tmp_path, GUMBEL))
    indices = torch.arange(24).view(1, 4, 6)
    near = model.codes_to_latents(indices) + 0.01
    assert torch.equal(model.nearest(near), indices)
    assert torch.equal(model.quantise(near)[1], model.quantise(near)[1])


def test_attention_stands_where_the_configured_resolution_puts_it(tmp_path: Path) -> None:
    model = load(save_published(tmp_path))
    # At 64 pixels the levels have other sides; the network stays as it is.
    assert model.encode(torch.zeros(1, 3, 64, 40)).shape == (1, 12, 16, 10)
    assert model.decode(torch.zeros(1, 12, 3, 5)).shape == (1, 3, 12, 20)
