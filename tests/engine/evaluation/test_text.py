"""Figures of prose."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from engine.data.stories import make_story
from engine.data.stories.lexicon import plot_names
from engine.errors import ModelFileError
from engine.evaluation.text import (
    evaluate_text,
    follows_plot,
    kept_share,
    nearest_plot,
    read_wishes,
    repeated_share,
)
from engine.text.page import PageText

STARTER = Path(engine.__file__).parent / "starter"


def test_the_held_out_wishes_are_many_and_know_their_plots() -> None:
    wishes = read_wishes()
    assert len({wish.text for wish in wishes}) >= 100
    assert all(wish.plots and wish.plots <= set(plot_names()) for wish in wishes)


def test_wish_words_count_in_any_form() -> None:
    assert kept_share("two mice who build a boat", "Two mice were glad. They built a boat.") == 1
    assert kept_share("a fox and a hat", "The fox had no shoes.") == 0.5


def test_repetition_is_a_share_of_all_runs() -> None:
    assert repeated_share("one two three four five six") == 0
    assert repeated_share("a b c d a b c d") == pytest.approx(0.2)


def test_a_told_plot_is_recognised() -> None:
    names = ("fear", "race", "bakery", "star")
    stories = [make_story(10**6 + i, plot=name, pages=4) for i, name in enumerate(names)]
    pages = [[PageText(1, p.text, p.prompt) for p in story.pages] for story in stories]
    assert [nearest_plot(page[0].text) for page in pages] == list(names)
    assert follows_plot(pages[0], "fear")
    assert not follows_plot([pages[0][0], pages[1][-1]], "fear")


def test_the_shipped_model_is_measured() -> None:
    figures = evaluate_text(STARTER, None, wishes=2, seed=1)
    assert figures.stories == 2
    assert figures.bits_per_byte_tinystories is None
    assert 0 < figures.bits_per_byte_generated < 1
    assert 0 <= figures.repeated_4_grams < 0.2


def test_a_folder_that_is_no_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="No tinystories_valid"):
        evaluate_text(STARTER, tmp_path, wishes=1, seed=0)
