"""Sentences as they are spelt and mended one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.text.drafting import Draft
from engine.text.reading import read_wish
from engine.text.roles import Cast, Somebody
from engine.text.sentences import finish, is_sound, is_told
from engine.text.wish import WishWords

MICE = Cast(Somebody("mice", "two mice", "", "they", many=True), Somebody("owl", "owl"))
FOX = Cast(Somebody("fox", "fox"), Somebody("owl", "owl"))


def draft_of(cast: Cast, said: str) -> Draft:
    return Draft(
        decoder=None,  # type: ignore[arg-type]
        generator=torch.Generator(),
        bans=None,  # type: ignore[arg-type]
        words=WishWords(),
        wish=read_wish(""),
        cast=cast,
        barred=frozenset(),
        seen=set(),
        should_stop=lambda: False,
        said=said,
    )


def test_two_heroes_say_we_in_the_next_sentence_too() -> None:
    draft = draft_of(MICE, '"Gold and jewels!" whispered<|H|>.')
    assert draft.spell(' "I must find it!"') == ' "We must find it!"'
    assert draft_of(FOX, draft.said).spell(' "I must find it!"') == ' "I must find it!"'


def test_the_friend_of_two_heroes_goes_on_saying_i() -> None:
    assert draft_of(MICE, '"Gold!" whispered<|F|>.').spell(' "I see it!"') == ' "I see it!"'


def test_what_comes_next_never_changes_what_was_said() -> None:
    draft = draft_of(MICE, '"I see it!"')
    assert draft.spell("<|cap|><|H|> said nothing.") == "The mice said nothing."


@pytest.mark.parametrize(
    ("told", "mended"),
    [
        ('"we heard you." he asked.', '"We heard you," he said.'),
        ('"Who is it?" he asked.', '"Who is it?" he asked.'),
        ('"Stay." They said no.', '"Stay." They said no.'),
        ('"Stay." the old one waited.', '"Stay." the old one waited.'),
        ('"Stay." the fox said.', '"Stay," the fox said.'),
    ],
)
def test_speech_is_mended(told: str, mended: str) -> None:
    assert finish(told) == mended


def test_a_hero_is_called_without_an_article() -> None:
    assert FOX.spell("Good night,<|H|>.") == "Good night, fox."
    assert FOX.spell('"Good night,<|H|>!" said<|F|>.') == '"Good night, fox!" said the owl.'


def test_a_title_in_the_name_is_not_said_twice() -> None:
    amina = Cast(Somebody("princess", "princess", "Princess Amina", "she"), Somebody("owl", "owl"))
    assert amina.spell("There lived<|a-hero|>.") == "There lived Princess Amina."


def test_sentences_do_not_say_things_twice_over() -> None:
    assert not is_sound("Before they go out they go out they count.")
    assert is_sound("They laughed again and again and again.")
    assert is_sound("She went on and on, and on and on.")


def test_more_than_one_hero_were_proud_of_it() -> None:
    told = '"It is done!"<|he|> said, and was very proud.'
    assert MICE.spell(told) == '"It is done!" they said, and were very proud.'
    assert FOX.spell(told) == '"It is done!" he said, and was very proud.'


def test_a_sentence_told_before_is_known_though_a_word_has_changed() -> None:
    seen = {"the fox was happy to be back at home again"}
    assert is_told("The fox was so happy to be back at home again.", seen)
    assert not is_told("The fox was sorry to be so far from home.", seen)
    assert not is_told("Yes, yes, yes.", {"yes yes yes"})


def test_a_page_knows_the_words_of_its_own_story() -> None:
    draft = replace(draft_of(FOX, ""), own=frozenset(("zorblax",)))
    assert draft.knows("The fox ate the zorblax.")
    assert not draft.knows("The fox ate the banas.")


@pytest.mark.parametrize(
    ("sentence", "sound"),
    [
        ('"I did not do it!" cried everybody.', False),
        ("The ghost sat in a big stone.", False),
        ("The ghost sat on a big stone.", True),
        ('"I did not do it after all!" said the children.', False),
        ('"I did not do it alone," he said.', True),
        ('"And what did you think?" asked the little ones.', False),
        ('"Were you not afraid?" asked the little ones.', True),
    ],
)
def test_what_no_story_can_go_on_from_is_not_sound(sentence: str, *, sound: bool) -> None:
    assert is_sound(sentence) is sound
