"""Plots that suit a cast, and what they lend it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.text.casting import cast_story
from engine.text.clues import Clues
from engine.text.dwelling import HOMES
from engine.text.page import PageText
from engine.text.reading import read_wish
from engine.text.roles import Cast, Somebody
from engine.text.suiting import DEEDS, PLOTS, fit_cast, misfit, suits
from engine.text.taking import make_thing


def cast_of(wish: str, *, seed: int = 1) -> Cast:
    return cast_story(read_wish(wish), before=(), seed=seed)


@pytest.mark.parametrize(
    ("plot", "thing", "fits"),
    [
        ("build", "boat", True),
        ("build", "snowman", True),
        ("lose", "teddy bear", True),
        ("lose", "blacksmith", False),
        ("find", "desert", False),
        ("rather", "blacksmith", True),
        ("rather", "garden", False),
        ("rather", "bird", False),
        ("mystery", "cheese", True),
        ("mystery", "umbrella", False),
        ("journey", "desert", True),
        ("fallin", "pond", True),
        ("fear", "bees", True),
        ("otherself", "hat", False),
    ],
)
def test_a_plot_wants_a_thing_of_its_kind(plot: str, thing: str, *, fits: bool) -> None:
    assert suits(plot, make_thing("a", thing)) is fits


def cost_of(
    plot: str, wish: str, *, roles: tuple[str, ...] = (), clues: Clues | None = None
) -> float:
    marked = read_wish(wish).marked
    return misfit(plot, cast_of(wish), marked=marked, roles=roles, clues=clues or {})


def test_no_two_ghosts_and_no_star_who_finds_a_star() -> None:
    ghost, fox = (cost_of("haunted", f"a shy {who} wants a friend") for who in ("ghost", "fox"))
    assert ghost > fox
    assert cost_of("star", "two stars dance") > cost_of("dream", "two stars dance")


@pytest.mark.parametrize("words", ["not afraid of", "not scared of", "never afraid of"])
def test_the_story_of_a_fear_is_not_told_of_somebody_without_it(words: str) -> None:
    brave = cost_of("fear", f"a mouse who is {words} cats")
    assert brave > cost_of("enemies", f"a mouse who is {words} cats") + 50
    assert cost_of("fear", "a mouse who is afraid of cats") < 50


def test_a_train_may_drive_in_the_plot_of_the_train() -> None:
    assert cost_of("trainride", "a little train") == 0


def test_a_person_is_not_built_but_may_be_what_one_wants_to_be() -> None:
    wish = "a princess who would rather be a blacksmith"
    assert cost_of("rather", wish, roles=("thing",)) < cost_of("find", wish, roles=("thing",))
    assert cost_of("bakery", "flying pancakes", roles=("thing",)) < cost_of(
        "find", "flying pancakes", roles=("thing",)
    )
    bird = "a boy who would rather be a bird"
    assert cost_of("otherself", bird, roles=("thing",)) < cost_of("rather", bird, roles=("thing",))


def test_a_plot_that_drops_the_wishs_words_costs() -> None:
    wish = "a brave snail crosses the road"
    clues = {"brave": {"smallsaves": 2.0}, "cross": {"smallsaves": -1.0}, "road": {"race": 2.0}}
    lost = cost_of("smallsaves", wish, clues=clues)
    assert lost > cost_of("deed", wish, roles=("deed",), clues=clues)
    assert lost > cost_of("race", wish, clues=clues)
    assert cost_of("lonely", "flying pancakes") > cost_of("lonely", "a fox with pancakes")


def test_a_plot_must_tell_of_what_the_wish_turns_on() -> None:
    clues = {"cannot": {"cannot": 3.0}}
    wish = "a little cloud that cannot rain"
    costs = {plot: cost_of(plot, wish, roles=("deed",), clues=clues) for plot in ("cannot", "deed")}
    assert costs["cannot"] < costs["deed"]


def test_what_a_wish_leaves_open_is_lent_and_stays() -> None:
    cast = cast_of("a curious cat")
    lent = {fit_cast(cast, "lostbaby", roles=("thing",), before=(), seed=s).thing for s in range(9)}
    assert len(lent) > 2
    first = fit_cast(cast, "lose", roles=("thing",), before=(), seed=1).thing
    assert first is not None
    page = PageText(1, f"The cat looked for {first.definite}.", "a cat")
    for seed in range(9):
        assert fit_cast(cast, "lose", roles=("thing",), before=(page,), seed=seed).thing == first


def test_nobody_is_lent_what_is_a_hero_already() -> None:
    cast = cast_of("a bear")
    for seed in range(20):
        thing = fit_cast(cast, "lostbaby", roles=("thing",), before=(), seed=seed).thing
        assert thing is not None
        assert thing.bare != "bear"


def test_the_wishs_own_thing_is_kept_where_it_suits() -> None:
    cast = cast_of("two mice build a boat")
    kept = fit_cast(cast, "build", roles=("thing",), before=(), seed=1)
    assert kept.thing is not None
    assert kept.thing.bare == "boat"
    assert fit_cast(cast, "lonely", roles=(), before=(), seed=1).thing is None
    assert fit_cast(cast_of("a cat"), "dream", roles=("deed",), before=(), seed=1).deed is not None


def test_everything_lent_suits_the_plot_that_lends_it() -> None:
    for plot, brings in PLOTS.items():
        for phrase in brings.things:
            article, _, bare = phrase.partition(" ")
            det, bare = (article, bare) if article in ("a", "an", "the") else ("", phrase)
            assert suits(plot, make_thing(det, bare)), (plot, phrase)
    assert all(DEEDS.values())


@pytest.mark.parametrize(
    ("wish", "places"),
    [
        ("a penguin who sings", {"on the snowy field"}),
        ("a brave lion", {"in the jungle"}),
        ("two whales", {"under the sea", "on the beach"}),
        ("Princess Amina", {"by the castle"}),
        ("two mice build a boat", {"by the river", "by the lake"}),
        ("a cat in the attic", {"in the attic"}),
        ("a zorple", {home.inside for home in HOMES}),
    ],
)
def test_heroes_live_where_their_kind_lives(wish: str, places: set[str]) -> None:
    assert {cast_of(wish, seed=seed).home.inside for seed in range(12)} <= places


def test_the_home_of_the_first_page_stays() -> None:
    page = PageText(1, "There was a lion.", "a lion in a cave")
    assert cast_story(read_wish("a lion"), before=(page,), seed=3).home.inside == "in the cave"


def test_home_is_where_the_first_page_says_wherever_its_picture_is() -> None:
    page = PageText(
        1, "A lion lived in a cave. Today was his first day of school.", "a lion in a library"
    )
    assert cast_story(read_wish("a lion"), before=(page,), seed=3).home.inside == "in the cave"


def test_who_tells_of_me_tells_of_a_child() -> None:
    assert {cast_of("why does the moon follow me?", seed=s).hero.noun for s in range(9)} <= {
        "girl", "boy"}  # fmt: skip


def test_only_food_is_eaten_at_the_end() -> None:
    assert not suits("grandma", make_thing("an", "old radio"))
    assert not suits("mystery", make_thing("", "excavators"))
    assert suits("grandma", make_thing("a", "zorblax"), eaten=True)


def test_who_is_caught_is_not_who_helps_to_catch() -> None:
    wish = "an old fisherman catches a talking fish"
    cast = cast_of(wish)
    fitted = fit_cast(cast, "deed", roles=("deed",), before=(), seed=1)
    assert cast.friend.noun == "fish"
    assert fitted.friend.noun != "fish"
    assert fitted == fit_cast(cast, "deed", roles=("deed",), before=(), seed=1)


@pytest.mark.parametrize("seed", range(8))
def test_helpers_are_of_the_sea_where_the_hero_is(seed: int) -> None:
    assert cast_of("a whale who sings under the sea", seed=seed).friend.noun not in ("pig", "cow")
    assert cast_of("three mice plan a feast", seed=seed).friend.noun != "mouse"


def test_a_plot_for_which_no_word_speaks_is_anybodys() -> None:
    clues = {"big": {"toobig": 2.0}, "wolf": {"toobig": 0.0}}
    wish = "a wolf who is a vegetarian"
    assert cost_of("toobig", wish, clues=clues) > cost_of("lonely", wish, clues=clues)
    assert cost_of("toobig", "a big wolf", clues=clues) == cost_of(
        "lonely", "a big wolf", clues=clues
    )


def test_who_is_in_the_plots_own_sentences_is_no_helper_besides() -> None:
    cast = replace(cast_of("a fox rows a boat"), friend=Somebody("cat", "cat"))
    assert fit_cast(cast, "deed", roles=("deed",), before=(), seed=1).friend.noun != "cat"
    wished = fit_cast(cast, "deed", roles=("deed",), before=(), seed=1, marked="and<|F|>a cat")
    assert wished.friend.noun == "cat"
