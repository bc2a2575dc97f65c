"""A corpus as the story recipe reads it: kinds of prose, wishes guessed, most stories unasked."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus import CorpusStory, read_corpus, swap_names
from engine.models.story import StoryModelParams
from engine.training.story import train_story
from engine.training.story_data import Sample, from_shelf, spread, windows

SMALL = StoryModelParams(vocabulary=900, context=512, width=32, layers=1, heads=2)

OURS = (
    "Once there was a small goat named Lily. Lily had a drum.\n"
    "Every day she hit the drum, and all the hens ran out of the yard in a great hurry.\n"
    '"Please stop," said the hens. So Lily played it on the hill, where nobody minded the drum.'
)
BOOK = ["The Goat", "A goat went up the hill to see what was behind it, and it was a big surprise."]


def write(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode("utf-8")))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with one or two stories of each kind, laid out as the recipe expects it."""
    write(tmp_path / "tinystories_train.txt.gz", f"{OURS}\n<|endoftext|>\n{OURS}\n<|endoftext|>\n")
    write(tmp_path / "tinystories_valid.txt.gz", f"{OURS}\n<|endoftext|>\n")
    write(tmp_path / "simplestories.jsonl.gz", json.dumps({"theme": "", "story": OURS}))
    prompt = {"character": "a goat", "setting": "a yard", "challenge": "it is too loud"}
    write(tmp_path / "fables.jsonl.gz", json.dumps({"prompt": prompt, "story": OURS}))
    write(tmp_path / "picturebooks.jsonl.gz", json.dumps({"title": "The Goat", "pages": BOOK}))
    write(tmp_path / "tales.txt.gz", f"THE GOAT\n{OURS}\n<|endoftext|>\n")
    return tmp_path


def test_each_kind_is_read_with_the_wish_it_answers(corpus: Path) -> None:
    wishes = [(story.style, story.wish) for story in read_corpus(corpus)]
    assert wishes == [
        ("tiny", "Lily the small goat and the drum"),
        ("tiny", "Lily the small goat and the drum"),
        ("simple", "Lily the small goat and the drum"),
        ("fable", "a goat in a yard: it is too loud"),
        ("picturebook", "The Goat"),
        ("tale", "THE GOAT"),
    ]


def test_a_name_is_swapped_everywhere_or_nowhere(corpus: Path) -> None:
    story = next(read_corpus(corpus))
    for seed in range(20):
        swapped = swap_names(story, random.Random(seed))
        name = swapped.wish.split(" the ")[0]
        before, after = ("\n".join((s.wish, *s.pages)) for s in (story, swapped))
        assert before.replace("Lily", name) == after


def test_most_stories_of_the_corpus_are_learnt_as_they_are_and_without_a_wish() -> None:
    story = CorpusStory("tiny", "Lily the goat and the drum", ("Lily the goat hit the drum.",))
    told = [from_shelf(story, random.Random(seed)) for seed in range(400)]
    unasked = [t for t in told if not t.wish]
    assert 0.8 < len(unasked) / len(told) < 0.9
    assert {t.pages[0].told for t in unasked} == {"Lily the goat hit the drum."}
    assert all("<|w" in t.wish and "<|w" in t.pages[0].told for t in told if t.wish)


def test_a_run_on_a_corpus_measures_bits_a_byte_of_its_held_out_part(
    corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    train_story(out=out, corpus=corpus, steps=2, preset="smoke", params=SMALL,
                report=lambda _line: None)  # fmt: skip
    last = json.loads((out / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert 1 < last["bits_per_byte"]["tinystories_valid"] < 10


@given(length=st.integers(1, 400), half=st.integers(1, 40))
def test_windows_learn_each_token_once_and_with_half_a_context_before_it(
    length: int, half: int
) -> None:
    story = Sample(tuple(range(length)), tuple(float(i > 0) for i in range(length)))
    cut = list(windows(story, 2 * half))
    learnt = [t for part in cut for t, w in zip(part.tokens, part.learn, strict=True) if w]
    assert learnt == list(range(1, length))
    assert all(len(part.tokens) <= 2 * half for part in cut)
    assert all(not any(part.learn[:half]) for part in cut[1:])


def test_texts_are_taken_from_all_of_a_file() -> None:
    assert spread(list("abcdefghij"), 3) == ["a", "d", "g"]
    assert spread(list("abc"), None) == spread(list("abc"), 5) == list("abc")
