"""``models verify`` and ``models import``: by numbers of our own, and by the given vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import EngineError
from engine.image.codec import load_vqgan
from engine.models.taming import TamingParams
from engine.supply.importing import import_vqgan
from engine.supply.verifying import TOLERANCE, verify
from tests.conftest import ROOT
from tests.engine.models.tiny_taming import GUMBEL, TINY, save_published, save_vectors, tiny_state

GIVEN = ROOT.parent / "shared" / "vectors" / "vqgan"
KINDS = pytest.mark.parametrize("params", [TINY, GUMBEL], ids=["plain", "gumbel"])


def models(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "engine", "models", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )


@KINDS
def test_the_network_agrees_with_a_plain_version(tmp_path: Path, params: TamingParams) -> None:
    found = verify(save_vectors(tmp_path, params))
    assert [item.name for item in found] == [
        "keys", "0 encode", "0 nearest codes", "0 quantise", "0 decode as it is", "0 decode",
        "0 gradient", "codebook minimum", "codebook maximum",
    ]  # fmt: skip
    assert all(item.sound for item in found)
    assert max(item.largest for item in found) <= TOLERANCE


@pytest.mark.parametrize("name", ["small", "small_gumbel", "published_f16_16384"])
def test_the_given_vectors_agree(name: str) -> None:
    if not (GIVEN / name).is_dir():
        pytest.skip(f"the vectors in {GIVEN / name} are not here")
    found = verify(GIVEN / name)
    assert found
    assert [item for item in found if not item.sound] == []


@pytest.mark.parametrize(
    "array", ["0.prequant", "0.nn_idx", "0.decoded", "0.decoded_continuous", "0.grad_z", "z_min"]
)
def test_a_number_that_is_off_is_found(tmp_path: Path, array: str) -> None:
    folder = save_vectors(tmp_path)
    with np.load(folder / "io.npz") as file:
        arrays = dict(file)
    first = (0,) * arrays[array].ndim
    arrays[array][first] += 1 if arrays[array].dtype == np.int64 else 1e-3
    np.savez(folder / "io.npz", **arrays)
    assert any(not item.sound for item in verify(folder))


def test_where_two_codes_are_as_near_either_will_do(tmp_path: Path) -> None:
    folder = save_vectors(tmp_path)
    with np.load(folder / "io.npz") as file:
        arrays = dict(file)
    arrays["0.nn_idx"][0, 0, 0] = (arrays["0.nn_idx"][0, 0, 0] + 1) % TINY.codes
    arrays["0.nn_margin"][0, 0, 0] = 5e-5
    np.savez(folder / "io.npz", **arrays)
    codes = next(item for item in verify(folder) if item.name == "0 nearest codes")
    assert codes.sound
    assert codes.remark.startswith("1 of ")


def test_a_name_too_many_or_of_another_shape_is_found(tmp_path: Path) -> None:
    folder = save_vectors(tmp_path)
    keys = json.loads((folder / "keys.json").read_text("utf-8"))
    keys["quant_conv.bias"] = [[99], "float32"]
    (folder / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    (first, *_) = verify(folder)
    assert not first.sound
    assert "quant_conv.bias" in first.remark


@KINDS
def test_an_imported_file_is_the_same_model(tmp_path: Path, params: TamingParams) -> None:
    made = import_vqgan(save_published(tmp_path, params), out=tmp_path / "vqgan.safetensors")
    model = load_vqgan(tmp_path)
    assert made.weights == sum(value.numel() for value in tiny_state(params).values())
    assert model.params == params
    state = model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in tiny_state(params).items())
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "last.ckpt", "model.yaml", "vqgan.safetensors",
    ]  # fmt: skip


def test_a_checkpoint_itself_is_loaded_from_a_folder(tmp_path: Path) -> None:
    model = load_vqgan(save_published(tmp_path).parent)
    assert model.params == TINY


def test_a_failed_import_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    out = tmp_path / "vqgan.safetensors"
    out.write_bytes(b"before")
    checkpoint = save_published(tmp_path)
    checkpoint.write_bytes(checkpoint.read_bytes()[:5000])
    with pytest.raises(EngineError) as caught:
        import_vqgan(checkpoint, out=out)
    assert caught.value.code == "bad_input"
    assert out.read_bytes() == b"before"
    assert not list(tmp_path.glob("*.part"))


def test_the_commands_say_what_they_found(tmp_path: Path) -> None:
    folder = save_vectors(tmp_path)
    verified = models("verify", str(folder))
    assert verified.returncode == 0
    assert "all 9 comparisons agree" in verified.stdout
    imported = models("import", str(folder / "last.ckpt"))
    assert imported.returncode == 0
    assert "f4, 40 codes" in imported.stdout
    assert (folder / "last.safetensors").is_file()


def test_the_commands_refuse_in_one_line(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    (tmp_path / "noise.ckpt").write_bytes(b"noise")
    for arguments in (
        ("verify", str(tmp_path / "nowhere")),
        ("verify", str(tmp_path)),
        ("import", str(tmp_path / "noise.ckpt")),
        ("import", str(tmp_path / "nothing.ckpt")),
        ("import", str(checkpoint), "--config", str(tmp_path / "nothing.yaml")),
    ):
        answer = models(*arguments)
        assert answer.returncode == 2, arguments
        assert answer.stderr.count("\n") == 1, answer.stderr
