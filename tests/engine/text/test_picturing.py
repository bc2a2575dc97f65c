"""Pictures show what the wish is about, where the plot takes no notice of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from engine.text.casting import cast_story
from engine.text.page import PageText
from engine.text.picturing import picture_wish
from engine.text.reading import read_wish
from engine.text.roles import Cast, Thing


def shown(
    wish: str, prompt: str, text: str = "", *, thing: str = "", before: Sequence[PageText] = (),
    last: bool = False,
) -> str:  # fmt: skip
    """Picture a page of a plot that tells of ``thing``, or of none."""
    read = read_wish(wish)
    cast: Cast = cast_story(read, before=(), seed=1)
    told = Thing(thing, f"the {thing}", f"a {thing}") if thing else None
    return picture_wish(
        prompt, wish=read, cast=replace(cast, thing=told), text=text, before=before, last=last
    )


@pytest.mark.parametrize(
    ("wish", "prompt", "wanted"),
    [
        ("grandma's magic teapot", "a grandma in a village street at night",
         "a grandma and a teapot in a village street at night"),
        ("grandma's magic teapot", "a grandma, a snake and a genie by a lake",
         "a grandma, a snake, a genie and a teapot by a lake"),
        ("a pirate cat sails to the island of cheese", "a cat and a beaver in a harbour",
         "a cat, a beaver and cheese in a harbour"),
        ("a girl and her red balloon", "a girl and a balloon on a hill",
         "a girl and a balloon on a hill"),
        ("three mice and a cake", "three mice and a bear in a kitchen",
         "three mice and a bear in a kitchen"),
        ("a fox who is afraid of the dark", "a fox in a forest", "a fox in a forest"),
        ("a star falls into the pond", "a star by a pond", "a star by a pond"),
    ],
)  # fmt: skip
def test_a_thing_of_the_wish_is_added_where_there_is_room(
    wish: str, prompt: str, wanted: str
) -> None:
    assert shown(wish, prompt) == wanted


def test_a_plot_that_tells_of_the_thing_shows_it_when_it_likes() -> None:
    wish, prompt = "a knight and his golden crown", "a knight by a castle"
    assert shown(wish, prompt, thing="crown") == prompt
    assert shown(wish, prompt) == "a knight and a crown by a castle"


def test_a_garden_is_on_the_moon_where_the_wish_says_so() -> None:
    wish = "a robot who plants a garden on the moon"
    there = "a robot and a bat in a garden on the moon"
    assert shown(wish, "a robot and a bat in a garden") == there
    assert shown(wish, there) == there
    assert shown(wish, "a robot on a road") == "a robot on a road"
    assert shown("a robot who plants a garden", "a robot in a garden") == "a robot in a garden"


def test_a_journey_ends_where_the_page_says_it_does() -> None:
    wish, prompt = "a penguin goes to the desert", "a penguin on a snowy field, snow"
    assert shown(wish, prompt, "At last there it was: the desert!") == "a penguin in a desert"
    assert shown(wish, prompt, "The penguin dreamt of the desert.") == prompt


def test_an_island_in_the_forest_is_one_that_the_page_tells_of() -> None:
    wish = "three friends find a treasure map in the forest"
    prompt = "three friends and a monkey on an island"
    assert shown(wish, prompt, "They dug and dug.") == "three friends and a monkey in the forest"
    assert shown(wish, prompt, "They rowed to the island.") == prompt


def test_what_is_looked_for_is_seen_once_it_is_found() -> None:
    wish = "grandpa loses his glasses at the beach"
    both, alone = "a grandpa and glasses at the beach", "a grandpa at the beach"
    lost = "He could not find his glasses! He looked under the bed. No glasses."
    found = "They ran as fast as they could. And there lay the glasses, wet with dew!"
    assert shown(wish, both, lost, thing="glasses") == alone
    assert shown(wish, both, found, thing="glasses") == both
    page = PageText(1, found, both)
    assert shown(wish, both, "He smiled.", thing="glasses", before=[page]) == both


def test_what_no_plot_looks_for_is_seen_at_the_end() -> None:
    wish, prompt = "a squirrel who forgot where he hid his nuts", "a squirrel in a forest"
    assert shown(wish, prompt, "Everybody knew him.") == prompt
    end = shown(wish, prompt, "From then on nobody was cross.", last=True)
    assert end == "a squirrel and nuts in a forest"


def test_a_picture_has_the_hour_that_its_page_tells_of() -> None:
    wish, prompt = "a t-rex who is scared of mice", "a t-rex in a cave"
    assert shown(wish, prompt, "That evening the t-rex went out.") == f"{prompt} at sunset"
    first = PageText(1, "One morning it rained.", f"{prompt} at dawn")
    assert shown(wish, f"{prompt} at sunset", "He ran away.", before=[first]) == prompt
