"""Roles: spelt as they agree, and read back from plain prose."""

from __future__ import annotations

import pytest

from engine.text.roles import Cast, Deed, Home, Somebody, Thing
from engine.text.verbs import doing, past

FOX = Somebody("fox", "small red fox", "", "she")
OWL = Somebody("owl", "owl", "Otto", "he")
CAST = Cast(FOX, OWL, Home("in the attic", "the attic", "in the attic"),
            Thing("hat", "the hat", "a hat"), Deed("fly", "flew", "flying"))  # fmt: skip
MICE = Cast(Somebody("mice", "two mice", "", "they", many=True), OWL)


def test_roles_are_spelt_with_articles_spaces_and_capitals() -> None:
    told = '<|cap|><|a-hero|> lived<|in-home|>. "<|cap|><|H|>!" said<|F|>.<|cap|><|he|> lost<|aX|>.'
    assert CAST.spell(told) == (
        'A small red fox lived in the attic. "The fox!" said Otto. She lost a hat.'
    )


def test_pictures_tell_size_and_colour_only() -> None:
    assert Somebody("fox", "shy small red fox").looks == "a small red fox"
    assert Somebody("mice", "three brave mice", many=True).looks == "three mice"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("<|cap|><|H|> was glad.", "The mice were glad."),
        ('"I am lost," said<|H|>, "help me!"', '"We are lost," said the mice, "help us!"'),
        ('"I am lost," said<|F|>.', '"I am lost," said Otto.'),
        (
            '"Hello," said<|H|>. "I am lost," said<|F|>.',
            '"Hello," said the mice. "I am lost," said Otto.',
        ),
        ("<|cap|><|he|> always sings.", "They always sing."),
        ('"My hat!" cried<|H|>.', '"Our hat!" cried the mice.'),
    ],
)
def test_more_than_one_hero_is_told_of_in_the_plural(told: str, text: str) -> None:
    assert MICE.spell(told) == text
    assert MICE.spell(MICE.point(text)) == text


def test_prose_is_read_back_into_roles() -> None:
    text = "The fox had a hat. She showed it to Otto, and he took her paw in the attic."
    told = CAST.point(text)
    assert told == (
        "<|cap|><|H|> had<|aX|>.<|cap|><|he|> showed it to<|F|>, and<|fhe|> took<|his|> paw"
        "<|in-home|>."
    )
    assert CAST.spell(told) == text


def test_roles_that_a_story_lacks_are_known() -> None:
    assert "<|X|>" in MICE.missing()
    assert "<|X|>" not in CAST.missing()


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("build a boat", ("built a boat", "building a boat")),
        ("stop", ("stopped", "stopping")),
        ("try again", ("tried again", "trying again")),
        ("bake", ("baked", "baking")),
        ("see", ("saw", "seeing")),
    ],
)
def test_verbs_have_their_forms(verb: str, forms: tuple[str, str]) -> None:
    assert (past(verb), doing(verb)) == forms
