from __future__ import annotations

from dataclasses import replace

import pytest

from bot.library.library import Library
from bot.storytelling.permissions import Actor
from bot.storytelling.suggestions import Suggestions
from bot.storytelling.tell import Storyteller
from bot.storytelling.wish import StoryWish
from tests.bot.storytelling.acting import ANN, ANN_AWAY, BEN, MOD, listen
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine


async def told(teller: Storyteller, idea: str, actor: Actor = ANN) -> str:
    updates = await listen(teller.tell(StoryWish(idea, pages=1, seed=7), actor))
    return str(updates[0].story_id)  # type: ignore[union-attr]


async def titles(teller: Storyteller, typed: str, actor: Actor) -> list[str]:
    return [story.title for story in await teller.suggestions.stories(typed, actor)]


async def test_the_newest_come_first_before_anything_is_typed(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    for idea in ("a fox", "an owl"):
        await told(bot, idea)
    assert await titles(bot, "", BEN) == ["The Tale of an owl", "The Tale of a fox"]
    assert await titles(bot, " ", ANN_AWAY) == []


@pytest.mark.parametrize("typed", ["fox", "FOX", "fo", "f", "tale fox", "e of a f"])
async def test_words_beginnings_and_letters_find_a_title(teller: Teller, typed: str) -> None:
    bot = teller(ScriptedEngine())
    await told(bot, "a fox")
    await told(bot, "an owl")
    assert "The Tale of a fox" in await titles(bot, typed, BEN)


async def test_an_id_and_its_beginning_are_suggested_and_meant(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    story = await told(bot, "a fox")
    for typed in (story, story[:4], story.upper()):
        assert [s.story_id for s in await bot.suggestions.stories(typed, BEN)] == [story]
        assert await bot.suggestions.meant(typed, BEN) == story


async def test_what_somebody_hid_is_suggested_to_nobody_else(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    story = await told(bot, "a fox")
    await bot.acts.set_listed(story, ANN, listed=False)
    assert await titles(bot, "fox", BEN) == await titles(bot, "", BEN) == []
    assert await titles(bot, "fox", ANN) == ["The Tale of a fox"]
    elsewhere = replace(BEN, community="discord:2")
    assert await titles(bot, story, elsewhere) == []


async def test_a_title_means_one_story_or_none(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    await told(bot, "a fox")
    story = await told(bot, "a fox and a bear")
    assert await bot.suggestions.meant("bear", BEN) == story
    assert await bot.suggestions.meant("the tale of A FOX and a bear", BEN) == story
    assert await bot.suggestions.meant("tale", BEN) == ""
    assert await bot.suggestions.meant("", BEN) == ""
    assert await bot.suggestions.meant("last", BEN) == story
    assert await bot.suggestions.meant("../books/a-book", BEN) == ""


async def test_styles_are_asked_for_once_a_minute(library: Library) -> None:
    asked: list[int] = []

    async def styles() -> tuple[str, ...]:
        asked.append(1)
        return ("storybook", "ink", "pink")

    suggestions = Suggestions(library, styles=styles)
    assert await suggestions.styles("") == ["storybook", "ink", "pink"]
    assert await suggestions.styles("IN") == ["ink", "pink"]
    assert len(asked) == 1


async def test_moderators_see_what_was_deleted(teller: Teller) -> None:
    bot = teller(ScriptedEngine())
    story = await told(bot, "a fox")
    assert await bot.stewards.deleted(MOD) == ()
    await bot.acts.delete(story, MOD)
    assert [found.id for found in await bot.stewards.deleted(MOD)] == [story]
    with pytest.raises(Exception, match="Only a moderator"):
        await bot.stewards.deleted(BEN)
