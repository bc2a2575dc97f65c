"""The story recipe at its smallest: it learns, resumes where it stopped, and exports what loads."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from engine.data.stories import make_story
from engine.data.stories.lexicon import plot_names
from engine.errors import ModelFileError
from engine.models.story import StoryModelParams
from engine.text.writer import StoryWriter
from engine.training.story import train_story
from engine.training.story_data import Sample, encode, from_generated, train_tokenizer

SMALL = StoryModelParams(vocabulary=900, context=512, width=32, layers=1, heads=2)


def quiet(_line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few steps, without a corpus."""
    out = tmp_path_factory.mktemp("story")
    train_story(out=out, corpus=None, steps=6, preset="smoke", params=SMALL, report=quiet)
    return out


def log_of(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]


def test_a_run_logs_bits_per_byte_and_exports_a_model_that_knows_its_plots(run: Path) -> None:
    assert "bits_per_byte" in log_of(run)[-1]
    writer = StoryWriter.load(run / "export")
    assert writer.choose_plot(idea="a bear", seed=1) in plot_names()


def test_a_run_goes_on_from_its_checkpoint(run: Path) -> None:
    lines: list[str] = []
    train_story(out=run, corpus=None, steps=8, preset="smoke", params=SMALL, report=lines.append)
    assert "Going on from step 6." in lines
    assert log_of(run)[-1]["step"] == 8


def test_a_missing_corpus_is_said_and_not_needed(tmp_path: Path) -> None:
    lines: list[str] = []
    train_story(
        out=tmp_path, corpus=tmp_path / "none", steps=1, preset="smoke", params=SMALL,
        report=lines.append,
    )  # fmt: skip
    assert "generated stories alone" in lines[0]


def test_a_run_begins_from_earlier_weights(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "later"
    train_story(out=out, corpus=None, steps=1, preset="smoke", params=SMALL, start=run / "export",
                report=quiet)  # fmt: skip
    StoryWriter.load(out / "export")


def test_earlier_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="give a folder of story weights"):
        train_story(out=tmp_path / "a", corpus=None, steps=1, preset="smoke", params=SMALL,
                    start=tmp_path, report=quiet)  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A small tokenizer of the format."""
    return train_tokenizer(None, vocabulary=900, generated=40)


def encoded(tokenizer: Tokenizer, *, pages: int | None = None, read_again: int = 0) -> Sample:
    story = from_generated(make_story(5, pages=4))
    return encode(story, tokenizer, context=10_000, rng=random.Random(0), pages=pages,
                  read_again=read_again)  # fmt: skip


def learnt(tokenizer: Tokenizer, sample: Sample) -> str:
    ids = [t for t, weight in zip(sample.tokens, sample.learn, strict=True) if weight]
    text: str = tokenizer.decode(ids, skip_special_tokens=False)
    return text


def test_the_wish_is_masked_and_its_plot_beats_and_pages_are_learnt(tokenizer: Tokenizer) -> None:
    sample = encoded(tokenizer)
    text = learnt(tokenizer, sample)
    assert "<|wish|>" not in text
    assert text.count("<|plot-") == 1
    assert text.count("<|beat-") == 3
    assert text.count("<|picture|>") == 4
    assert sample.tokens[-1] == tokenizer.token_to_id("<|end|>")


def test_a_wish_alone_teaches_only_its_plot(tokenizer: Tokenizer) -> None:
    text = learnt(tokenizer, encoded(tokenizer, pages=0))
    assert text == f"<|plot-{make_story(5, pages=4).plot}|>"


def test_pages_read_again_are_not_learnt(tokenizer: Tokenizer) -> None:
    text = learnt(tokenizer, encoded(tokenizer, read_again=2))
    assert text.count("<|picture|>") == 2
