"""CLIP's files load whole or are refused in one line; texts become tokens that end at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ModelFileError
from engine.image.perceptor import Perceptor, load_perceptor
from engine.models.clip import CLIPParams, build_clip, encode_tokens
from engine.training.common import export_weights
from engine.training.contrast import train_tokenizer

WORDS = ["a fox in a snowy forest at night", "a small green dragon by a castle", "the moon"] * 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small untrained CLIP and its tokenizer."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("clip")
    train_tokenizer(WORDS, folder / "clip-tokenizer.json", vocabulary=320)
    tokenizer = json.loads((folder / "clip-tokenizer.json").read_text(encoding="utf-8"))
    size = len(tokenizer["model"]["vocab"]) + 1
    params = CLIPParams(
        width=8, layers=(1, 1, 1, 1), embed_dim=32, vocab_size=size, context_length=12,
        text_width=32, text_heads=2, text_layers=1,
    )  # fmt: skip
    state = build_clip(params).state_dict()
    metadata = {"params": json.dumps(asdict(params))}
    export_weights(state, folder / "clip.safetensors", metadata=metadata)
    return folder


@pytest.fixture(scope="module")
def perceptor(folder: Path) -> Perceptor:
    """Return the perceptor of that folder."""
    return load_perceptor(folder)


def test_the_end_token_has_the_highest_id_and_comes_last(perceptor: Perceptor) -> None:
    tokens = perceptor.tokenizer(["a fox", "A Small GREEN dragon by a castle"])
    assert int(tokens.max()) == perceptor.tokenizer.end_id
    for row in tokens:
        end = int(row.argmax())
        assert int(row[end]) == perceptor.tokenizer.end_id
        assert not bool(row[end + 1 :].any())


def test_a_text_longer_than_the_context_is_cut_and_still_ends(perceptor: Perceptor) -> None:
    long = "a fox in a snowy forest at night " * 40
    (row,) = perceptor.tokenizer([long])
    assert len(row) == 12
    assert int(row[-1]) == perceptor.tokenizer.end_id
    assert not perceptor.tokenizer.fits(long)
    assert perceptor.tokenizer.fits("a fox")


@pytest.mark.parametrize("text", ["", "лиса в лесу", "狐 🦊", "\x00\x07", "<|end|> <|start|>"])
def test_any_text_has_a_finite_embedding(perceptor: Perceptor, text: str) -> None:
    embedding = perceptor.encode_text(text)
    assert bool(embedding.isfinite().all())
    assert float(embedding.norm()) == pytest.approx(1, abs=1e-4)


def test_padding_left_out_changes_nothing(perceptor: Perceptor) -> None:
    tokens = perceptor.tokenizer(["a fox"])
    padded = torch.nn.functional.pad(tokens, (0, 12 - tokens.shape[1]))
    whole = encode_tokens(perceptor.model, padded)
    assert torch.allclose(encode_tokens(perceptor.model, tokens), whole, atol=1e-5)


def test_upper_case_and_repeats_are_the_same_text(perceptor: Perceptor) -> None:
    assert torch.equal(perceptor.encode_text("A FOX"), perceptor.encode_text("a fox"))
    assert perceptor.encode_text("a fox") is perceptor.encode_text("a fox")


def test_views_become_unit_vectors_with_gradients(perceptor: Perceptor) -> None:
    views = torch.rand(2, 3, 64, 64).requires_grad_(True)
    embedded = perceptor.encode_views(views)
    assert torch.allclose(embedded.norm(dim=-1), torch.ones(2), atol=1e-4)
    (gradient,) = torch.autograd.grad(embedded[:, 0].sum(), views)
    assert gradient.shape == views.shape


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _cut(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return cut


def _reshaped(folder: Path) -> None:
    params = CLIPParams(width=12, layers=(1, 1, 1, 1))
    metadata = {"params": json.dumps(asdict(params))}
    wrong = {"visual.conv1.weight": torch.zeros(3, 3)}
    export_weights(wrong, folder / "clip.safetensors", metadata=metadata)


def _without_params(folder: Path) -> None:
    export_weights({"a": torch.zeros(1)}, folder / "clip.safetensors")


def _other_params(folder: Path) -> None:
    metadata = {"params": json.dumps({"depth": 3})}
    export_weights({"a": torch.zeros(1)}, folder / "clip.safetensors", metadata=metadata)


def _other_tokenizer(folder: Path) -> None:
    train_tokenizer(WORDS, folder / "clip-tokenizer.json", vocabulary=290)


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (_without("clip.safetensors"), "clip.safetensors"),
        (_without("clip-tokenizer.json"), "clip-tokenizer.json"),
        (_cut("clip.safetensors"), "clip.safetensors"),
        (_cut("clip-tokenizer.json"), "clip-tokenizer.json"),
        (_reshaped, "clip"),
        (_without_params, "clip.safetensors"),
        (_other_params, "clip.safetensors"),
        (_other_tokenizer, "clip-tokenizer.json"),
    ],
    ids=[
        "no-weights", "no-tokenizer", "cut-weights", "cut-tokenizer", "wrong-shape", "no-params",
        "unknown-params", "other-tokenizer",
    ],
)  # fmt: skip
def test_bad_files_are_named_in_one_line(
    folder: Path, tmp_path: Path, spoil: Callable[[Path], None], name: str
) -> None:
    copy = tmp_path / "models"
    shutil.copytree(folder, copy)
    spoil(copy)
    with pytest.raises(ModelFileError) as caught:
        load_perceptor(copy)
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.code == "model_file"


@given(text=st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_what_is_left_of_any_text_fits(perceptor: Perceptor, text: str) -> None:
    kept, was_cut = perceptor.fit_text(text)
    assert perceptor.tokenizer.fits(kept)
    assert was_cut == (not perceptor.tokenizer.fits(text))
    assert kept == text or " ".join(text.split()).startswith(kept) or text.startswith(kept)


def test_a_long_text_is_cut_at_its_last_fitting_word(perceptor: Perceptor) -> None:
    words = ["a", "small", "green", "dragon", "by", "a", "castle", "at", "night", "in", "snow"] * 2
    kept, was_cut = perceptor.fit_text(" ".join(words))
    count = len(kept.split())
    assert was_cut
    assert kept == " ".join(words[:count])
    assert not perceptor.tokenizer.fits(" ".join(words[: count + 1]))
