"""What a plot leaves out of the wish is said where the hero is introduced."""

from __future__ import annotations

import pytest

from engine.text.casting import cast_story
from engine.text.reading import read_wish
from engine.text.roles import Cast, Somebody
from engine.text.suiting import fit_cast
from engine.text.traits import with_trait


def trait_of(wish: str) -> str:
    read = read_wish(wish)
    return with_trait(cast_story(read, before=(), seed=1), read.marked).hero.trait


@pytest.mark.parametrize(
    ("wish", "trait"),
    [
        ("a vampire who only drinks tomato juice", "who only drank tomato juice"),
        (
            "a pirate cat sails to the island of cheese",
            "who wanted to sail to the island of cheese",
        ),
        ("a dad who cannot cook", "who could not cook"),
        ("a shy ghost wants a friend", "who wanted a friend"),
        ("a bear misses her mother", "who missed her mother"),
        ("two mice hugging a balloon", "who were hugging a balloon"),
        ("grandma's magic teapot", "who had a magic teapot"),
        ("the princess and the stinky cheese", "who dreamed of the stinky cheese"),
        ("a fox", ""),
        ("the secret door", ""),
    ],
)
def test_the_wish_is_said_in_its_own_words(wish: str, trait: str) -> None:
    assert trait_of(wish) == trait


def fitted(wish: str, plot: str, *roles: str) -> Cast:
    read = read_wish(wish)
    cast = cast_story(read, before=(), seed=1)
    clues = {"tomato": {"lonely": -1.0}}
    return fit_cast(cast, plot, roles=roles, before=(), seed=1, marked=read.marked, clues=clues)


def test_only_a_plot_that_leaves_something_out_needs_it() -> None:
    wish = "a vampire who only drinks tomato juice"
    assert fitted(wish, "lonely").hero.trait == "who only drank tomato juice"
    assert fitted(wish, "habit", "deed").hero.trait == ""
    assert fitted("a hedgehog hugging a balloon", "balloonride").hero.trait == ""


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("my boss is a dragon", "There lived a boss who was a dragon."),
        ("a wolf who is a vegetarian", "There lived a wolf who was a vegetarian."),
        ("a bee that is allergic to flowers", "There lived a bee who was allergic to flowers."),
        ("Paul who loves excavators", "There lived a boy called Paul who loved excavators."),
        ("a fox who is afraid of the dark", "There lived a fox."),
    ],
)
def test_what_the_hero_is_is_always_said(wish: str, said: str) -> None:
    assert cast_story(read_wish(wish), before=(), seed=1).spell("There lived<|a-hero|>.") == said


def test_a_boss_who_is_a_dragon_looks_like_one() -> None:
    hero = cast_story(read_wish("my boss is a dragon"), before=(), seed=1).hero
    assert (hero.looks, hero.short) == ("a dragon", "the dragon")


WOLF = Cast(Somebody("wolf", "wolf", trait="who was a vegetarian"), Somebody("owl", "owl"))


def test_a_sentence_with_a_clause_of_its_own_gets_no_second_one() -> None:
    assert WOLF.spell("There once was<|a-hero|>, who lived here.") == (
        "There once was a wolf, who lived here."
    )


def test_beside_somebody_else_it_stands_between_commas() -> None:
    told = "One day<|a-hero|> and<|a-friend|> went out."
    assert WOLF.spell(told) == "One day a wolf, who was a vegetarian, and an owl went out."
    assert WOLF.point(WOLF.spell(told)) == told


def test_pages_are_read_back_without_it() -> None:
    text = "There lived a wolf who was a vegetarian. The wolf ran."
    assert WOLF.point(text) == "There lived<|a-hero|>.<|cap|><|H|> ran."
