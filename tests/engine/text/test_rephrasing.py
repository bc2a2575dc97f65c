"""Wishes said in the words in which they were learnt."""

from __future__ import annotations

import pytest

from engine.text.reading import read_wish
from engine.text.rephrasing import plain_verbs, rephrase


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("a fish who can't swim", "a fish who cannot swim"),
        ("a boy who doesn\u2019t sleep", "a boy who does not sleep"),
    ],
)
def test_contracted_verbs_are_written_out(wish: str, said: str) -> None:
    assert plain_verbs(wish) == said


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("lost in the desert with a camel", "a camel who is lost in the desert"),
        ("lost in the woods", "a child who is lost in the woods"),
        ("two kittens lost in the snow", "two kittens who are lost in the snow"),
        ("a cat stuck in a tree", "a cat who is stuck in a tree"),
        ("a dog whose dream it is to fly", "a dog who wants to fly"),
        ("grandma's magic teapot", "a grandma who has a magic teapot"),
        ("the king's dragon flies away", "the king's dragon flies away"),
    ],
)
def test_loose_words_become_clauses(wish: str, said: str) -> None:
    assert rephrase(wish) == said


def test_a_clause_stays_as_it_is() -> None:
    for wish in ("a girl who lost her hat", "Tom and his dog are lost in the snow", "a sleepy owl"):
        assert rephrase(wish) == wish


def test_a_pupil_is_a_friend_and_the_lesson_is_the_deed() -> None:
    read = read_wish("an owl teaches a rabbit how to read")
    assert read.hero is not None
    assert read.friend is not None
    assert read.deed is not None
    assert (read.hero.noun, read.friend.noun, read.deed.base) == ("owl", "rabbit", "read")
    assert read_wish("a goat who teaches herself to swim").friend is None


def test_what_a_question_is_about_is_the_thing() -> None:
    asked = {"why does the moon follow me?": "the moon", "what do clouds eat": "clouds",
             "how is the blue cheese made?": "the blue cheese"}  # fmt: skip
    for wish, thing in asked.items():
        read = read_wish(wish)
        assert read.hero is None
        assert read.thing is not None
        assert read.thing.definite == thing


def test_one_fish_is_not_many() -> None:
    one, many = read_wish("a fish who sings").hero, read_wish("three fish who sing").hero
    assert one is not None
    assert not one.many
    assert many is not None
    assert many.many


def test_the_fish_is_one_unless_a_number_says_otherwise() -> None:
    for wish, many in (("Joe and the talking fish", False), ("Joe and three fish", True)):
        friend = read_wish(wish).friend
        assert friend is not None
        assert friend.many is many


def test_somebody_of_somebody_acts_alone() -> None:
    read = read_wish("the king's cook burns the soup")
    assert read.hero is not None
    assert read.hero.noun == "cook"
    assert read.thing is not None
    assert read.thing.bare == "soup"


def test_weather_is_no_hero() -> None:
    read = read_wish("the day it snowed in the jungle")
    assert read.hero is None
    assert read.home is not None
    assert read.home.inside == "in the jungle"


def test_learning_to_do_something_is_about_what_is_learnt() -> None:
    deed = read_wish("a dragon who wants to learn to dance").deed
    assert deed is not None
    assert deed.past == "danced"
