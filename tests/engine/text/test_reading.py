"""Wishes read into roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.text.reading import read_wish


@pytest.mark.parametrize(
    ("wish", "hero", "looks", "pronoun"),
    [
        ("a small fox who is afraid of the dark", "a small fox", "a small fox", None),
        ("two mice who build a boat", "two mice", "two mice", "they"),
        ("Mia the owl loses her hat", "an owl called Mia", "an owl", "she"),
        ("Mira finds a golden key", "a girl called Mira", "a girl", "she"),
        ("tell me a story about a brave red robot", "a brave red robot", "a red robot", None),
        ("a dog named Biscuit who digs a hole", "a dog called Biscuit", "a dog", None),
        ("mia loses her teddy", "a girl called Mia", "a girl", "she"),
        ("a picnic with a bear", "a bear", "a bear", None),
        ("zorblax", "a zorblax", "a zorblax", None),
        ("a knight and his horse", "a knight", "a knight", "he"),
        ("the queen of cakes", "a queen", "a queen", "she"),
        ("a pirate cat looking for treasure", "a pirate cat", "a cat", None),
        ("three kittens playing with yarn", "three kittens", "three kittens", "they"),
        ("a flying pig", "a flying pig", "a pig", None),
        ("a king in the rain", "a king", "a king", "he"),
        ("the elephant's birthday party", "an elephant", "an elephant", None),
        ("a little dragon’s first day at school", "a little dragon", "a little dragon", None),
        ("Mira's lost broom", "a girl called Mira", "a girl", "she"),
        ("Tom's new dog", "a boy called Tom", "a boy", "he"),
        ("the king's dragon", "a king's dragon", "a dragon", None),
    ],
)
def test_the_hero_is_found(wish: str, hero: str, looks: str, pronoun: str | None) -> None:
    found = read_wish(wish).hero
    assert found is not None
    assert found.introduced == hero
    assert found.looks == looks
    assert pronoun in (None, found.pronoun)


@pytest.mark.parametrize(
    ("wish", "thing"),
    [
        ("a fox who is afraid of the dark", "the dark"),
        ("a fox who overcomes his fear of the dark", "the dark"),
        ("a cat who is afraid of water", "water"),
        ("a dog who is afraid to swim", "swimming"),
        ("a fox who is scared of loud noises", "loud noises"),
        ("Mia loses her hat", "the hat"),
        ("a bear and the golden key", "the golden key"),
        ("the lost umbrella", "the umbrella"),
        ("the witch's lost broom", "the broom"),
        ("the elephant's birthday party", "the birthday party"),
        ("a snail with a very long nose", "the very long nose"),
        ("a pig on a journey to the end of the world", "the end of the world"),
    ],
)
def test_the_thing_is_found(wish: str, thing: str) -> None:
    found = read_wish(wish).thing
    assert found is not None
    assert found.definite == thing


@pytest.mark.parametrize(
    ("wish", "deed"),
    [
        ("two mice build a boat", ("build a boat", "built a boat", "building a boat")),
        ("a girl who wants to fly", ("fly", "flew", "flying")),
        ("a robot who loves dancing", ("dance", "danced", "dancing")),
        ("a cat who never stops talking",
         ("never stop talking", "never stopped talking", "never stopping talking")),
    ],
)  # fmt: skip
def test_the_deed_is_found_in_all_its_forms(wish: str, deed: tuple[str, str, str]) -> None:
    found = read_wish(wish).deed
    assert found is not None
    assert (found.base, found.past, found.doing) == deed


def test_friend_and_place_are_found() -> None:
    wish = read_wish("a bear and a penguin bake a cake on the moon")
    assert wish.friend is not None
    assert wish.friend.introduced == "a penguin"
    assert wish.home is not None
    assert wish.home.inside == "on the moon"
    assert wish.marked == (
        "<|H|>a bear and<|F|>a penguin<|do|>bake a<|X|>cake<|in-home|>on the moon"
    )


def test_a_wish_about_nobody_has_no_hero() -> None:
    assert read_wish("the golden key").hero is None


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=120))
def test_any_wish_is_read(text: str) -> None:
    wish = read_wish(text)
    assert wish.marked is not None


@pytest.mark.parametrize(
    ("wish", "hero"),
    [
        ("please a story about little girl she have big dog and they go to sea", "a little girl"),
        ("story of small elefant who is not can sleep", "a small elephant"),
        ("bedtime story for my son Paul who loves excavators", "a boy called Paul"),
        ("the day the sun overslept", "the sun"),
        ("the loneliest tree on the hill", "a lonely tree"),
        ("Santa gets stuck in the chimney", "Santa"),
    ],
)
def test_wishes_in_broken_or_unusual_words_have_their_hero(wish: str, hero: str) -> None:
    found = read_wish(wish).hero
    assert found is not None
    assert found.introduced == hero


@pytest.mark.parametrize(
    ("wish", "past"),
    [
        ("a squirrel who forgot where he hid his nuts", "forgot where he hid his nuts"),
        ("the day the sun overslept", "overslept"),
        ("little girl she have big dog and they go to sea", "went to sea"),
        ("The wizard's hat ran away", "lost the hat"),
        ("the queen's golden spoon is missing", "lost the golden spoon"),
        ("small elefant who is not can sleep", "slept"),
    ],
)
def test_the_whole_deed_is_read(wish: str, past: str) -> None:
    found = read_wish(wish).deed
    assert found is not None
    assert found.past == past


@pytest.mark.parametrize(
    ("wish", "thing"),
    [
        ("why do cats purr", "cats"),
        ("Santa gets stuck in the chimney", "the chimney"),
        ("a vampire who only drinks tomato juice", "tomato juice"),
        ("the queen's golden spoon is missing", "the golden spoon"),
    ],
)
def test_the_thing_of_an_unusual_wish_is_found(wish: str, thing: str) -> None:
    found = read_wish(wish).thing
    assert found is not None
    assert found.definite == thing


def test_they_are_no_thing() -> None:
    assert read_wish("a girl and a big dog and they go to sea").thing is None
