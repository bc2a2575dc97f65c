"""The judge's recipe: reduced scenes, loose captions, a run that stops, goes on and exports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.data.dataset import load_dataset
from engine.image.mentions import find_subjects
from engine.image.perceptor import load_perceptor
from engine.training import judge
from engine.training.common import TrainOptions
from engine.training.judge_texts import loose_caption
from tests.engine.evaluation.judges import LAYOUTS, TINY, make_scenes


def test_scenes_are_reduced_once_by_area(tmp_path: Path) -> None:
    scenes = load_dataset(make_scenes(tmp_path / "scenes", count=3, size=64))
    small = judge.reduce_scenes(scenes, tmp_path / "small.npy", size=32)
    exact = np.asarray(scenes.images).reshape(3, 32, 2, 32, 2, 3).mean(axis=(2, 4))
    assert np.abs(small - exact).max() <= 1
    made = (tmp_path / "small.npy").stat().st_mtime_ns
    judge.reduce_scenes(scenes, tmp_path / "small.npy", size=32)
    assert (tmp_path / "small.npy").stat().st_mtime_ns == made


def test_loose_captions_vary_and_still_name_the_figures() -> None:
    rng = np.random.default_rng(0)
    texts = [loose_caption(LAYOUTS[0], rng) for _ in range(200)]
    assert len(set(texts)) > 150
    named = [bool({"fox"} & set(find_subjects(text))) for text in texts]
    assert sum(named) > 190


def test_softening_keeps_pictures_and_leaves_most_as_they_are() -> None:
    views = torch.rand(60, 3, 32, 32)
    softened = judge.soften(views, torch.Generator().manual_seed(0))
    changed = (softened != views).flatten(1).any(1)
    assert 5 < int(changed.sum()) < 40
    assert float(softened.min()) >= 0
    assert float(softened.max()) <= 1


def test_a_run_exports_a_judge_that_loads_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("scenes-256", "scenes-256-heldout"):
        make_scenes(tmp_path / "data" / name, count=8, size=64)
    recipe = replace(judge.PRESETS["cpu"], batch=6, damaged=5, texts=20, shape=TINY)
    monkeypatch.setitem(judge.PRESETS, "cpu", recipe)
    options = TrainOptions(runs=tmp_path, data=tmp_path / "data", minutes=0.01)
    judge.train(options)
    log = (tmp_path / "judge" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(log[-1])
    assert 0 <= last["text_to_image"] <= 1
    perceptor = load_perceptor(tmp_path / "judge", "judge")
    assert perceptor.encode_text("a fox").shape == (TINY.embed_dim,)
    again = judge.Training(replace(options, minutes=1.0))
    assert again.step == last["step"] > 0
    assert "held-out" in (tmp_path / "judge" / "judge.md").read_text(encoding="utf-8")
