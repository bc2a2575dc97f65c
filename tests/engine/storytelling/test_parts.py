from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.events import IllustrateRequest, KnownPage, TellRequest, WeightedPrompt
from engine.errors import EngineError
from engine.image.layout import Figure, Layout
from engine.storytelling.checks import check_illustrate, check_tell
from engine.storytelling.layouts import layout_from_json, layout_to_json
from engine.storytelling.painting import MAX_ALT, alt_text
from engine.storytelling.seeds import page_seed
from engine.storytelling.teller import avoided, wish
from engine.text.page import PageText

ONE = KnownPage(number=1, text="Once.", prompt="a fox")
GOOD = TellRequest(job_id="a", idea="A small dragon", pages=4)


def test_page_seeds_are_fixed_for_ever() -> None:
    # A changed derivation would give other books for the same wish.
    assert page_seed(story_seed=7, number=1) == 1021535382610973
    assert page_seed(story_seed=7, number=1, direction="to sea") == 3327669245519219


@given(st.integers(0, 2**64 - 1), st.integers(1, 64))
def test_page_seeds_differ_by_page_and_direction_and_fit_everywhere(seed: int, number: int) -> None:
    seeds = [
        page_seed(story_seed=seed, number=number),
        page_seed(story_seed=seed, number=number + 1),
        page_seed(story_seed=seed, number=number, direction="to sea"),
    ]
    assert len(set(seeds)) == 3
    assert all(0 <= s < 2**53 for s in seeds)


share = st.floats(0, 1)
figures = st.builds(
    Figure,
    subject=st.text(max_size=8),
    colour=st.none() | st.text(max_size=8),
    x=share,
    y=share,
    width=share,
    height=share,
    flip=st.booleans(),
)
layouts = st.builds(
    Layout,
    place=st.text(max_size=8),
    horizon=share,
    figures=st.lists(figures, max_size=3).map(tuple),
)


@given(layouts)
def test_a_layout_comes_back_from_json_exactly(layout: Layout) -> None:
    assert layout_from_json(layout_to_json(layout)) == layout


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"nonsense": 1}', '{"figures": [{"x": 1}]}'])
def test_a_layout_that_is_none_is_bad_input(text: str) -> None:
    with pytest.raises(EngineError) as error:
        layout_from_json(text)
    assert error.value.code == "bad_input"


BAD_WISHES = {
    "no idea": {"idea": "  "},
    "a long idea": {"idea": "x" * 10_000},
    "control characters": {"idea": "a\x1b[31m fox"},
    "a long direction": {"direction": "x" * 501},
    "no page": {"pages": 0},
    "99 pages": {"pages": 99},
    "nine pages at once": {"pages": 9},
    "fewer pages than known": {"known_pages": (ONE,) * 1, "pages": 0},
    "a gap": {"known_pages": (dataclasses.replace(ONE, number=2),)},
    "a page twice": {"known_pages": (ONE, ONE)},
    "a page of 5000 characters": {"known_pages": (dataclasses.replace(ONE, text="x" * 5000),)},
    "no such style": {"style": "cubist"},
    "no such profile": {"profile": "studio"},
    "negative previews": {"preview_seconds": -1.0},
    "previews that are no number": {"preview_seconds": float("nan")},
    "a direction for no page": {"direction_page": 5},
    "negative steps": {"steps": -1},
    "a million steps": {"steps": 1_000_000},
    "a picture that is none": {"picture": b"GIF89a nonsense"},
    "many facts": {"facts": ("x",) * 17},
}


@pytest.mark.parametrize("fields", BAD_WISHES.values(), ids=BAD_WISHES)
def test_a_bad_wish_is_refused_in_one_line(fields: dict[str, object]) -> None:
    with pytest.raises(EngineError) as error:
        check_tell(dataclasses.replace(GOOD, **fields), profile="starter")
    assert error.value.code == "bad_input"
    assert len(error.value.message.splitlines()) == 1


def test_good_wishes_pass() -> None:
    check_tell(GOOD, profile="starter")
    pages = tuple(dataclasses.replace(ONE, number=n) for n in range(1, 13))
    on = dataclasses.replace(GOOD, known_pages=pages, pages=20, idea="Ein Fuchs\nund 狐")
    check_tell(on, profile="starter")


@pytest.mark.parametrize("prompts", [(), (WeightedPrompt(" "),), (WeightedPrompt("x" * 501),)])
def test_a_picture_without_a_usable_prompt_is_refused(
    prompts: tuple[WeightedPrompt, ...],
) -> None:
    with pytest.raises(EngineError):
        check_illustrate(IllustrateRequest(job_id="a", prompts=prompts), profile="starter")


def test_alt_text_is_the_prompt_and_the_pages_first_sentence() -> None:
    page = PageText(number=1, text="The dragon hid. It was dark!", prompt="a dragon in a cave")
    assert alt_text(page) == "A dragon in a cave. The dragon hid."
    endless = PageText(number=1, text="la " * 500, prompt="a dragon")
    assert len(alt_text(endless)) <= MAX_ALT
    assert alt_text(PageText(number=1, text="", prompt="a fox")) == "A fox."


def test_facts_join_the_wish_and_words_to_avoid_become_prompts() -> None:
    request = dataclasses.replace(GOOD, idea="A dragon.", facts=("Its name is Ember",))
    assert wish(request) == "A dragon. Its name is Ember"
    assert [prompt.text for prompt in avoided("snakes, , blood ")] == ["snakes", "blood"]
