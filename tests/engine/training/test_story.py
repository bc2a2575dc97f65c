"""The story recipe at its smallest: it learns, resumes where it stopped, and exports what loads."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from engine.data.stories import make_story
from engine.models.story import StoryModelParams
from engine.text.page import PageText
from engine.text.writer import StoryWriter
from engine.training.story import train_story
from engine.training.story_data import encode, from_generated, train_tokenizer

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


def test_a_run_logs_bits_per_byte_and_exports_a_model_that_writes(run: Path) -> None:
    assert "bits_per_byte" in log_of(run)[-1]
    writer = StoryWriter.load(run / "export")
    pieces = list(
        writer.write_page(
            idea="a bear", style="", avoid="", pages=3, number=1, before=(), direction=None,
            seed=1, should_stop=lambda: False,
        )
    )  # fmt: skip
    assert isinstance(pieces[-1], PageText)


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


def test_the_wish_is_masked_and_its_plot_and_page_are_learnt() -> None:
    tokenizer = train_tokenizer(None, vocabulary=900, generated=40)
    sample = encode(from_generated(make_story(5)), tokenizer, context=10_000, rng=random.Random(0))
    style = sample.tokens.index(tokenizer.token_to_id("<|style|>"))
    first_page = sample.tokens.index(tokenizer.token_to_id("<|text|>"))
    assert not any(sample.learn[: style + 1])
    assert sample.learn[style + 1] > 0
    assert not any(
        sample.learn[sample.tokens.index(tokenizer.token_to_id("<|page|>")) : first_page]
    )
    assert all(sample.learn[first_page + 1 : first_page + 12])
    assert sample.tokens[-1] == tokenizer.token_to_id("<|end|>")
