"""The recipes' steps with the preset for GPUs, made small, on a GPU or a pretended one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.data.dataset import reduce_dataset
from engine.image.codec import load_vqgan
from engine.image.draft import load_draft_net
from engine.image.perceptor import load_perceptor
from engine.models.clip import CLIPParams
from engine.training import clip, codes, common, decoder, draft, judge, layout, story, vqgan
from engine.training.common import TrainOptions
from tests.engine.training.scenes import options_over
from tests.engine.training.test_story import SMALL
from tests.pretend_gpu import pretended

TINY = CLIPParams(width=8, layers=(1, 1, 1, 1), embed_dim=32, text_width=32, text_layers=1)


@pytest.fixture(autouse=True)
def gpu() -> Iterator[None]:
    common._device.cache_clear()
    with pretended():
        yield
    common._device.cache_clear()


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> TrainOptions:
    """Return options over a dozen scenes, and far less time than a recipe needs."""
    folder = tmp_path_factory.mktemp("gpu")
    options = options_over(folder, scenes=12, minutes=0.001, preset="gpu")
    for part in ("", "-heldout"):
        large, small = (options.data / f"scenes-{size}{part}" for size in (256, 128))
        reduce_dataset(large, small, size=128)
    return options


def small(monkeypatch: pytest.MonkeyPatch, module: Any, **fewer: object) -> None:
    """Make a recipe's preset for GPUs small."""
    monkeypatch.setitem(module.PRESETS, "gpu", replace(module.PRESETS["gpu"], **fewer))


def devices(run: Any) -> set[str]:
    """Return where the tensors of a run's model and optimiser are, but for the steps' counts."""
    state = [t for s in run.optimiser.state.values() for n, t in s.items() if n != "step"]
    model = getattr(run, "model", None) or run.net
    return {tensor.device.type for tensor in [*model.parameters(), *state]}


def test_codec_codes_decoder_and_draft_in_their_order(
    options: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, vqgan, batch=4, codebook_batches=8)
    run = vqgan.Training(options)
    run.train_step()
    batch = run.batch()
    monkeypatch.setattr(vqgan.Training, "batch", lambda self: batch)
    run.start_codebook()
    run.train_step()
    assert devices(run) == {"cuda"}
    run.save()
    resumed = vqgan.Training(options)
    assert (resumed.step, resumed.quantised) == (2, True)
    resumed.train_step()
    resumed.export()
    monkeypatch.undo()
    codes.train(options)
    small(monkeypatch, decoder, batch=2)
    small(monkeypatch, draft, batch=2)
    for recipe in (decoder, draft):
        begun = recipe.Training(options)
        begun.train_step()
        assert devices(begun) == {"cuda"}
        begun.save()
        assert recipe.Training(options).step == 1
        recipe.train(options)
    assert load_draft_net(options.out)[0].params.codes == load_vqgan(options.out).params.codes


def test_both_clips(options: TrainOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    small(
        monkeypatch, clip, batch=8, damaged=5, shape=replace(TINY, vocab_size=400),
        texts=40, coded=2, coded_bank=4, attack_from=0.0,
    )  # fmt: skip
    small(monkeypatch, judge, batch=8, damaged=5, texts=40, shape=replace(TINY, vocab_size=400))
    for recipe in (clip, judge):
        run: Any = recipe.Training(options)
        if recipe is clip:
            run.find_codec()
        run.train_step()
        assert devices(run) == {"cuda"}
        run.save()
        assert recipe.Training(options).step == 1
        run.settle_statistics(batches=1)
        run.export()
    assert load_perceptor(options.out).encode_text("a fox").shape == (32,)


def test_layouts(options: TrainOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, layout, batch=4, vocabulary=300)
    run = layout.Training(options)
    run.train_step()
    assert devices(run) == {"cuda"}
    run.save()
    assert layout.Training(options).step == 1
    run.export()


def test_stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "usable_cores", lambda: 5)
    for steps in (1, 2):
        story.train_story(
            out=tmp_path, corpus=None, steps=steps, preset="smoke", params=SMALL, device="cuda",
            report=lambda line: None,
        )  # fmt: skip
    assert (tmp_path / "export" / "story.safetensors").exists()
