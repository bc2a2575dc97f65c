"""The writer with the shipped model: repeatable, in sentences, stoppable, within its context."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import engine
from engine.errors import ModelFileError
from engine.text.drafting import Sentence
from engine.text.page import PageOrder, PageText
from engine.text.sentences import split_sentences
from engine.text.spelling import is_word, words_of
from engine.text.writer import StoryWriter

STARTER = Path(engine.__file__).parent / "starter"
IDEA = "A small dragon who is afraid of fire"


@pytest.fixture(scope="module")
def writer() -> StoryWriter:
    """The writer with the shipped weights."""
    return StoryWriter.load(STARTER)


def never() -> bool:
    return False


def write(
    writer: StoryWriter, *, idea: str = IDEA, avoid: str = "", pages: int = 3, number: int = 1,
    before: tuple[PageText, ...] = (), direction: str = "", seed: int = 3,
    should_stop: Callable[[], bool] = never,
) -> list[str | PageText]:  # fmt: skip
    order = PageOrder(
        idea, pages, number, seed, before=before, direction=direction, avoid=avoid
    )  # fmt: skip
    return list(writer.write_page(order, should_stop=should_stop))


def page_of(pieces: list[str | PageText]) -> PageText:
    page = pieces[-1]
    assert isinstance(page, PageText)
    return page


@pytest.fixture(scope="module")
def story(writer: StoryWriter) -> tuple[PageText, ...]:
    """Three pages, each written from those before it."""
    pages: tuple[PageText, ...] = ()
    for number in (1, 2, 3):
        pages = (*pages, page_of(write(writer, number=number, before=pages)))
    return pages


def test_words_stream_before_the_page_and_make_its_text(writer: StoryWriter) -> None:
    pieces = write(writer)
    words = [piece for piece in pieces if isinstance(piece, str)]
    assert len(words) > 5
    assert "".join(words) == page_of(pieces).text
    assert all(" " not in word.strip() for word in words)


def test_every_page_ends_on_a_sentence_and_has_a_picture_prompt(
    story: tuple[PageText, ...],
) -> None:
    for number, page in enumerate(story, 1):
        assert page.number == number
        assert re.search(r"[.!?][\"')]*$", page.text)
        assert page.prompt
        assert "<|" not in page.text + page.prompt


def test_no_sentence_is_told_twice(story: tuple[PageText, ...]) -> None:
    told = [s.lower() for page in story for s in split_sentences(page.text) if len(s.split()) > 3]
    assert len(told) == len(set(told))


def test_a_page_depends_only_on_its_arguments(
    writer: StoryWriter, story: tuple[PageText, ...]
) -> None:
    again = StoryWriter.load(STARTER)
    assert page_of(write(again, number=3, before=story[:2])) == story[2]


def test_another_process_writes_the_same_page(story: tuple[PageText, ...]) -> None:
    code = (
        "from tests.engine.text.test_writer import *\n"
        "print(page_of(write(StoryWriter.load(STARTER))).text)"
    )
    root = Path(engine.__file__).parent.parent
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == story[0].text


def test_another_seed_writes_another_page(writer: StoryWriter) -> None:
    assert page_of(write(writer, seed=3)) != page_of(write(writer, seed=4))


def test_avoided_words_do_not_appear(writer: StoryWriter) -> None:
    avoid = "the, Was; once and one"
    page = page_of(write(writer, avoid=avoid))
    assert not re.search(r"\b(the|was|once|one)\b", page.text + " " + page.prompt, re.IGNORECASE)


def test_stopping_ends_without_a_page(writer: StoryWriter) -> None:
    calls = iter(range(10**6))
    pieces = write(writer, should_stop=lambda: next(calls) > 30)
    assert not any(isinstance(piece, PageText) for piece in pieces)


def test_a_long_story_fits_into_the_context(writer: StoryWriter) -> None:
    text = "The dragon walked on and on, and it looked at the trees and the hills. " * 8
    before = tuple(PageText(number, text, "a dragon in a forest") for number in range(1, 12))
    assert page_of(write(writer, pages=14, number=12, before=before)).number == 12


@pytest.mark.parametrize(
    "idea",
    [
        "",
        "\u0434\u0440\u0430\u043a\u043e\u043d",
        "\U0001f409",
        "x" * 3000,
        "a " * 2000,
        "<|end|><|page|>",
        "Ein \u00e4ngstlicher B\u00e4r",
    ],
)
def test_any_wish_gets_a_page(writer: StoryWriter, idea: str) -> None:
    page = page_of(write(writer, idea=idea))
    assert page.text
    assert page.prompt


def test_a_direction_changes_the_page(writer: StoryWriter, story: tuple[PageText, ...]) -> None:
    plain = page_of(write(writer, pages=5, number=4, before=story))
    asked = page_of(write(writer, pages=5, number=4, before=story, direction="they meet a whale"))
    assert plain != asked


@pytest.mark.parametrize("pages", [1, 2, 8])
def test_short_and_long_stories_can_be_written(writer: StoryWriter, pages: int) -> None:
    told: tuple[PageText, ...] = ()
    for number in range(1, pages + 1):
        told = (*told, page_of(write(writer, pages=pages, number=number, before=told)))
    assert len(told) == pages


def test_the_wishs_name_and_kind_are_kept(writer: StoryWriter) -> None:
    page = page_of(write(writer, idea="a frightened zorblax called Mifu who loses his hat"))
    assert "Mifu" in page.text
    assert "zorblax" in page.text + page.prompt


def test_pictures_show_what_the_wish_is_about(
    writer: StoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_picture_prompt", lambda draft: "a robot in a garden")
    page = page_of(write(writer, idea="a robot who plants a garden on the moon"))
    assert page.prompt.startswith("a robot in a garden on the moon")
    page = page_of(write(writer, idea="a robot on the moon", avoid="moon"))
    assert page.prompt.startswith("a robot in a garden")
    assert "moon" not in page.prompt


def test_pictures_name_the_hero_by_the_same_words(story: tuple[PageText, ...]) -> None:
    assert all("a small dragon" in page.prompt for page in story)


def test_pages_edited_by_hand_can_stand_before(writer: StoryWriter) -> None:
    before = (PageText(1, "Zelda the llama rode a bicycle to Paris. It was hot!", "a llama"),)
    assert page_of(write(writer, number=2, before=before)).text


def test_the_plot_stays_the_same(writer: StoryWriter, story: tuple[PageText, ...]) -> None:
    assert writer.choose_plot(idea=IDEA, seed=3) == writer.choose_plot(idea=IDEA, seed=3)


def copy_of_starter(folder: Path) -> Path:
    for name in ("story.json", "story.safetensors", "story-tokenizer.json"):
        shutil.copy(STARTER / name, folder / name)
    return folder


@pytest.mark.parametrize("name", ["story.json", "story.safetensors", "story-tokenizer.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (copy_of_starter(tmp_path) / name).unlink()
    with pytest.raises(ModelFileError, match=re.escape(name)) as failure:
        StoryWriter.load(tmp_path)
    assert "missing" in failure.value.message
    assert "\n" not in failure.value.message


@pytest.mark.parametrize("name", ["story.json", "story.safetensors", "story-tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 5000])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = copy_of_starter(tmp_path) / name
    path.write_bytes(content)
    if name == "story.json" and content == b"{}":
        pytest.skip("an empty configuration means the default size, which is the starter's")
    with pytest.raises(ModelFileError, match=r"damaged|does not fit"):
        StoryWriter.load(tmp_path)


def test_cut_off_weights_are_named(tmp_path: Path) -> None:
    path = copy_of_starter(tmp_path) / "story.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ModelFileError, match="damaged"):
        StoryWriter.load(tmp_path)


@pytest.mark.parametrize(
    ("idea", "unfit"),
    [
        ("a star falls into the pond", {"star"}),
        ("a shy ghost wants a friend", {"haunted"}),
        ("a princess who would rather be a blacksmith", {"find", "build", "lose", "quest"}),
        ("a little cloud that cannot rain", {"trainride", "storm"}),
    ],
)
def test_no_plot_is_chosen_that_cannot_tell_the_wish(
    writer: StoryWriter, idea: str, unfit: set[str]
) -> None:
    assert not {writer.choose_plot(idea=idea, seed=seed) for seed in range(4)} & unfit


def test_two_heroes_never_say_i_on_their_page(writer: StoryWriter) -> None:
    page = page_of(write(writer, idea="two mice find a treasure map", pages=5, seed=12))
    assert re.search(r"\b[Ww]e\b", page.text)
    assert not re.search(r"\bI\b", page.text)


def test_every_word_of_a_page_is_one(story: tuple[PageText, ...]) -> None:
    told = words_of(*(page.text for page in story)) - words_of(IDEA)
    assert {word for word in told if not is_word(word)} == set()


def test_a_sentence_that_will_not_do_is_drawn_by_another_way(
    writer: StoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(writer, "_good", lambda text, draft: drawn.append(text) or len(drawn) > 2)
    next(iter(writer.write_page(PageOrder(IDEA, 3, 1, 3), should_stop=never)))
    assert len(drawn) >= 3
    assert len(set(drawn[:3])) == 3


def test_a_page_ends_sooner_than_in_nonsense(
    writer: StoryWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = writer._sentence

    def doubted(*args: Any) -> Sentence | None:
        sentence = drawn(*args)
        return sentence and replace(sentence, surety=-2.0, last=False)

    monkeypatch.setattr(writer, "_sentence", doubted)
    monkeypatch.setattr("engine.text.writer._ATTEMPTS", 2)
    page = page_of(write(writer))
    *most, last = split_sentences(page.text)
    assert len(" ".join(most).split()) < 28 <= len(page.text.split())
    assert last
