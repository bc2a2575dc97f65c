"""The picture recipes from rendered scenes to files that load, in seconds: they run, and resume."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.dataset import load_dataset, reduce_dataset
from engine.errors import EngineError
from engine.image.codec import load_vqgan
from engine.image.draft import load_draft_net
from engine.training import draft, sittings, vqgan
from engine.training.common import TrainOptions
from tests.engine.training.scenes import options_over


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> TrainOptions:
    """Return options over two dozen scenes of 256 px."""
    return options_over(tmp_path_factory.mktemp("recipes"), scenes=24, minutes=0.03)


def test_reduced_scenes_are_the_means_of_their_blocks(options: TrainOptions) -> None:
    large = options.data / "scenes-256"
    reduce_dataset(large, options.data / "small", size=128)
    source, small = load_dataset(large), load_dataset(options.data / "small")
    block = source.images[3, 10:12, 20:22].reshape(4, 3).mean(0)
    assert np.abs(small.images[3, 5, 10] - block).max() <= 0.5
    assert small.layouts == source.layouts
    with pytest.raises(EngineError, match="does not divide"):
        reduce_dataset(large, options.data / "odd", size=100)


def test_codec_and_draft_are_trained_resumed_and_exported(
    options: TrainOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(vqgan.PRESETS["cpu"], codebook_batches=8)
    monkeypatch.setitem(vqgan.PRESETS, "cpu", recipe)
    vqgan.train(options)
    first = (options.runs / "vqgan" / "log.jsonl").read_text()
    longer = replace(options, minutes=0.04, start=options.out)
    vqgan.train(longer)
    assert len((options.runs / "vqgan" / "log.jsonl").read_text()) > len(first)
    draft.train(options)
    codec, (net, names) = load_vqgan(options.out), load_draft_net(options.out)
    assert net.params.codes == codec.params.codes == len(codec.codebook)
    assert net.params.subjects == len(names.subjects) + 1
    assert "PSNR" in (options.out / "vqgan.md").read_text()
    assert "cross-entropy" in (options.out / "draft.md").read_text()


def test_a_subject_sits_again_and_all_others_keep_their_looks(options: TrainOptions) -> None:
    if not (options.out / "draft.safetensors").exists():
        vqgan.train(options)
        draft.train(options)
    before, names = load_draft_net(options.out)
    sittings.train(replace(options, minutes=0.02, only=("dragon",)))
    after, _ = load_draft_net(options.out)
    looks = [net.scene.figures.textures for net in (before, after)]
    changed = (looks[0] - looks[1]).flatten(1).abs().amax(1) > 1e-3
    assert changed.nonzero().flatten().tolist() == [names.subject("dragon")]
    assert torch.equal(before.logits.weight, after.logits.weight)
    with pytest.raises(EngineError, match="knows no 'dragoon'"):
        sittings.train(replace(options, only=("dragoon",)))
