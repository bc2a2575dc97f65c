"""Checkpoints that are hostile, damaged or of something else end in one line, and run nothing."""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.models.checkpoint import CheckpointError, read_checkpoint
from engine.models.published import load_published
from tests.engine.models.tiny_taming import (
    lightning,
    rewrite_pickle,
    save_published,
    saved,
    tiny_config,
    tiny_state,
)


class Runs:
    """Pickled, it would run a command when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


class Calls:
    """Pickled, it would call something of a module that is allowed by name."""

    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("ran",)


def refusal(checkpoint: Path, config: Path | None = None) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_published(checkpoint, config or checkpoint.with_name("model.yaml"))
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert str(checkpoint.parent) in message
    return message


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_something_is_refused_and_does_not(
    tmp_path: Path, zipped: bool
) -> None:
    checkpoint, mark = save_published(tmp_path), tmp_path / "ran"
    content = {"state_dict": tiny_state(), "callbacks": Runs(mark)}
    torch.save(content, checkpoint, _use_new_zipfile_serialization=zipped)
    message = refusal(checkpoint)
    assert "system" in message
    assert "refused" in message
    assert not mark.exists()


def test_every_other_name_is_refused_too(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    for name in ("builtins getattr", "torch.hub load", "pytorch_lightning trainer.Trainer",
                 "pytorch_lightning.utilities load", "numpy.core.multiarray scalar"):  # fmt: skip
        rewrite_pickle(checkpoint, b"\x80\x02c" + name.replace(" ", "\n").encode() + b"\n.")
        assert name.split(" ")[1] in refusal(checkpoint)


def test_a_callback_class_is_inert_whatever_the_pickle_does_with_it(tmp_path: Path) -> None:
    checkpoint = tmp_path / "last.ckpt"
    with lightning() as callback:
        callback.__reduce__ = lambda self: (callback, ("a", 1), {"b": 2})  # type: ignore[method-assign]
        torch.save({"state_dict": {"a": torch.ones(2)}, "callbacks": callback()}, checkpoint)
    assert list(read_checkpoint(checkpoint)) == ["a"]
    # A name below the callbacks' modules leads nowhere but to a stand-in.
    rewrite_pickle(
        checkpoint,
        b"\x80\x02}X\x01\x00\x00\x00acpytorch_lightning.callbacks.os\nsystem\n"
        b"X\x09\x00\x00\x00touch ran\x85Rs.",
    )
    assert read_checkpoint(checkpoint) == {}
    assert not Path("ran").exists()


@pytest.mark.filterwarnings("ignore:.*torch.jit.script")
def test_a_plain_pickle_a_script_and_noise_are_no_checkpoints(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    checkpoint.write_bytes(pickle.dumps(Calls()))
    refusal(checkpoint)
    checkpoint.write_bytes(os.urandom(2000))
    refusal(checkpoint)
    checkpoint.write_bytes(b"")
    refusal(checkpoint)
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(checkpoint))
    refusal(checkpoint)


def test_a_compressed_archive_is_refused_before_it_grows(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    with zipfile.ZipFile(checkpoint, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("last/data.pkl", bytes(50_000_000))
    assert "compressed" in refusal(checkpoint)


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    with zipfile.ZipFile(checkpoint, "w") as file:
        file.writestr("letter.txt", "hello")
    refusal(checkpoint)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_checkpoint_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    checkpoint = save_published(tmp_path)
    data = checkpoint.read_bytes()
    checkpoint.write_bytes(data[: int(len(data) * share)])
    refusal(checkpoint)


def _state(change: Callable[[dict[str, Any]], None]) -> bytes:
    state: dict[str, Any] = tiny_state()
    change(state)
    return saved({"state_dict": state})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_state(lambda s: s.pop("quant_conv.bias")), "lacks quant_conv.bias"),
        (_state(lambda s: s.update(extra=torch.zeros(1))), "also holds extra"),
        (_state(lambda s: s.update({"quant_conv.bias": torch.zeros(7)})), "is 7, not 12"),
        (_state(lambda s: s["quant_conv.bias"].fill_(float("nan"))), "no finite numbers"),
        (_state(lambda s: s.update({"quant_conv.bias": torch.zeros(12, dtype=torch.int64)})),
         "no finite numbers"),
        (_state(lambda s: s.update({"quant_conv.bias": torch.zeros(1).expand(12)})), "less than"),
        (_state(lambda s: s.update({"quant_conv.bias": torch.zeros(12).to_sparse()})), "less than"),
        (saved([1, 2]), "no state_dict"),
        (saved({"state_dict": {}}), "lacks"),
    ],
    ids=["missing", "extra", "shape", "nan", "integers", "stretched", "sparse", "list", "empty"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Sparse invariant")
def test_weights_that_are_not_the_models_are_refused(
    tmp_path: Path, data: bytes, said: str
) -> None:
    checkpoint = save_published(tmp_path)
    checkpoint.write_bytes(data)
    assert said in refusal(checkpoint)


def _config(change: Callable[[dict[str, Any]], None]) -> str:
    config = tiny_config()
    change(config["model"])
    return yaml.safe_dump(config)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'no section "model"'),
        ("model: [", "no YAML"),
        ("model: " + "[" * 5000, "no YAML"),
        ("!!python/object/apply:os.system ['true']", "no YAML"),
        (_config(lambda m: m.update(target="ldm.models.LatentDiffusion")), "VQModel"),
        (_config(lambda m: m["params"].pop("n_embed")), "codes must be a number"),
        (_config(lambda m: m["params"].update(n_embed=10**12)), "codes must be a number"),
        (_config(lambda m: m["params"]["ddconfig"].update(double_z=True)), "double_z"),
        (_config(lambda m: m["params"]["ddconfig"].update(ch=33)), "multiples of 32"),
        (_config(lambda m: m["params"]["ddconfig"].update(ch_mult=[1] * 40)), "ch_mult"),
        (_config(lambda m: m["params"]["ddconfig"].update(ch_mult=[1, -2, 2])), "ch_mult"),
        (_config(lambda m: m["params"]["ddconfig"].update(num_res_blocks=10**9)), "num_res_blocks"),
        (_config(lambda m: m["params"]["ddconfig"].update(resolution="256")), "resolution"),
        (_config(lambda m: m["params"]["ddconfig"].update(ch_mult=[1, 2, 2])), "does not fit"),
        (_config(lambda m: m["params"]["ddconfig"].update(attn_resolutions=[16])), "does not fit"),
    ],
)  # fmt: skip
def test_a_wrong_configuration_is_refused(tmp_path: Path, text: str, said: str) -> None:
    checkpoint = save_published(tmp_path)
    config = tmp_path / "model.yaml"
    config.write_text(text, encoding="utf-8")
    assert said in refusal(checkpoint, config)


def test_missing_files_are_named(tmp_path: Path) -> None:
    checkpoint = save_published(tmp_path)
    assert "no configuration" in refusal(checkpoint, tmp_path / "other.yaml")
    checkpoint.unlink()
    assert "no file" in refusal(checkpoint)


@given(
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=20),
    within=st.sampled_from([(0.0, 1.0), (0.0, 0.05), (0.9, 1.0)]),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_damage_ends_in_a_model_or_in_one_line(
    tmp_path: Path, places: list[tuple[float, int]], within: tuple[float, float]
) -> None:
    checkpoint = tmp_path / "last.ckpt"
    if not checkpoint.exists():
        save_published(tmp_path)
        (tmp_path / "whole").write_bytes(checkpoint.read_bytes())
    data = bytearray((tmp_path / "whole").read_bytes())
    for share, value in places:
        low, high = (round(edge * (len(data) - 1)) for edge in within)
        data[low + round(share * (high - low))] = value
    checkpoint.write_bytes(data)
    state: dict[str, torch.Tensor] = {}
    message = ""
    try:
        state = load_published(checkpoint, tmp_path / "model.yaml").state_dict()
    except CheckpointError as error:
        message = str(error)
    assert bool(state) != bool(message)
    assert "\n" not in message
    assert all(bool(tensor.isfinite().all()) for tensor in state.values())
