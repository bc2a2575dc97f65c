"""Layouts of wild prompts by the shipped composer: never a crash, never an empty scene."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.image.arrange import arrange
from engine.image.boxes import covered, inside
from engine.image.composer import Composer
from engine.image.layout import Figure, Layout
from engine.image.mentions import in_known_words
from engine.image.nearest import kin
from engine.image.prompts import FIGURES, read_prompt
from engine.image.vocabulary import BACKDROPS, PLACES, SUBJECTS, TIMES, WEATHERS

STARTER = Path(__file__).resolve().parents[3] / "engine" / "starter"
BEFORE = Layout("cave", "night", "clear", 0.6, (Figure("dragon", "red", 0.4, 0.6, 0.45, 0.55),))

words = st.sampled_from(
    [*SUBJECTS, *PLACES, *kin().subjects, *kin().places, "drgon", "Mira", "left", "right", "two",
     "on the left", "in the middle", "behind", "in front of", "and", ",", "of", "a", "another",
     "three", "red", "named", "dozens", "night", "😀", "naïve", "'s", "--", "9", "\n"]
)  # fmt: skip
boxes = st.builds(
    Figure, st.just("fox"), st.none(), x=st.floats(0, 1), y=st.floats(0, 1),
    width=st.floats(0.01, 1), height=st.floats(0.01, 1),
)  # fmt: skip
prompts = st.one_of(st.text(max_size=60), st.lists(words, max_size=12).map(" ".join))


@cache
def composer() -> Composer:
    return Composer.load(STARTER)


def assert_paintable(layout: Layout) -> None:
    assert layout.place in PLACES
    assert layout.time in TIMES
    assert layout.weather in WEATHERS
    assert 1 <= len(layout.figures) <= FIGURES
    for f in layout.figures:
        assert f.subject in SUBJECTS
        assert f.x - f.width / 2 >= 0
        assert f.x + f.width / 2 <= 1
        assert f.y - f.height / 2 >= 0
        assert f.y + f.height / 2 <= 1


@settings(deadline=None, max_examples=25)
@given(prompts, st.integers(0, 1000), st.sampled_from([None, BEFORE]))
def test_any_prompt_makes_a_scene_that_can_be_painted(
    prompt: str, seed: int, previous: Layout | None
) -> None:
    assert_paintable(composer().compose(prompt, seed=seed, previous=previous))


@settings(deadline=None, max_examples=150)
@given(
    prompts, st.lists(boxes, min_size=FIGURES, max_size=FIGURES), st.sampled_from([None, BEFORE])
)
def test_any_prompt_is_read_and_arranged_wherever_the_figures_were(
    prompt: str, drawn: list[Figure], previous: Layout | None
) -> None:
    wanted = read_prompt(prompt, seed=1, previous=previous)
    figures = [
        inside(replace(f, subject=w.subject)) for f, w in zip(drawn, wanted.figures, strict=False)
    ]
    layout = Layout("cave", "day", "clear", 0.6, tuple(figures[::-1]))
    assert_paintable(arrange(layout, wanted))
    assert in_known_words(prompt).strip() or not prompt.strip()


def test_numbers_and_sides_are_obeyed_by_the_layout() -> None:
    for seed in range(3):
        mice = composer().compose("three mice in a kitchen", seed=seed).figures
        assert [f.subject for f in mice] == ["mouse"] * 3
        assert len({round(f.x, 1) for f in mice}) == 3
        prompt = "a hippogriff on the right, a lighthouse in the middle"
        at = {f.subject: f.x for f in composer().compose(prompt, seed=seed).figures}
        assert 0.4 < at["lighthouse"] < 0.6 < at["horse"]


def test_four_and_five_all_have_a_place_of_their_own() -> None:
    for prompt in ("two mice, a ghost and a boat by a lake", "five rabbits in a meadow"):
        figures = composer().compose(prompt, seed=2).figures
        names = sorted(f.subject for f in figures)
        assert names in (["boat", "ghost", "mouse", "mouse"], ["rabbit"] * 5)
        shares = [covered(far, near) for near, far in combinations(figures[::-1], 2)]
        assert max(shares) < 0.25


def test_what_stands_behind_a_crowd_is_the_farthest_and_large() -> None:
    figures = composer().compose("three little pigs in front of their house", seed=7).figures
    assert [f.subject for f in figures] == ["house", "pig", "pig", "pig"]
    assert figures[0].height > max(f.height for f in figures[1:])


def test_a_hero_out_of_a_crowd_is_as_large_as_ever() -> None:
    crowd = composer().compose("a fox, two mice and a bear in a cave", seed=3)
    alone = composer().compose("a fox in a cave", seed=3, previous=crowd)
    assert alone.figures[-1].height > crowd.figures[-1].height


def test_what_stands_behind_is_drawn_first() -> None:
    figures = composer().compose("a fox behind a tree", seed=1).figures
    assert [f.subject for f in figures] == ["fox", "tree"]
    hero = composer().compose("a fox in front of a tree", seed=1).figures
    assert [f.subject for f in hero] == ["tree", "fox"]


def test_a_hero_keeps_its_looks_among_its_like() -> None:
    figures = composer().compose("two dragons in a cave", seed=3, previous=BEFORE).figures
    assert {f.subject for f in figures} == {"dragon"}
    assert abs(figures[0].x - figures[1].x) > 0.3
    assert figures[-1].colour == "red"


def test_a_place_keeps_its_view_from_page_to_page() -> None:
    views = {composer().compose("a fox in a cave", seed=s).backdrop for s in range(12)}
    assert views <= set(range(1, BACKDROPS + 1))
    assert len(views) > 3
    for seed in range(4):
        first = composer().compose("a fox in a cave", seed=seed)
        assert first.horizon == PLACES["cave"].horizon
        second = composer().compose("the fox in the cave at night", seed=seed + 9, previous=first)
        assert (second.place, second.backdrop) == ("cave", first.backdrop)
