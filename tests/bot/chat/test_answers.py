"""Refusals are answered in the person's language."""

from __future__ import annotations

import pytest

from bot.chat.answers import explain
from bot.chat.texts import LANGUAGES, say
from bot.errors import WordedError
from bot.library.library import Library
from bot.settings import LimitSettings, Settings
from bot.storytelling.gallery import Browse, GalleryScreen
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller
from bot.storytelling.wish import StoryWish
from tests.bot.storytelling.scripted_engine import ScriptedEngine

HERE = Actor("discord:1", "discord:10", moderator=True)
ALONE = Actor("discord:1", "discord:dm:1", direct=True)
WRONG = (("pages", "many"), ("pages", 8), ("cooldown_s", 1), ("daily_budget_s", 1000))


def storyteller(library: Library) -> Storyteller:
    async def ensure_engine() -> None:
        return None

    limits = LimitSettings(pages=4, cooldown_s=5, daily_budget_s=900)
    engine = ScriptedEngine()
    return Storyteller(library, engine, Settings(limits=limits), ensure_engine=ensure_engine)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_refusals_that_many_meet_are_in_their_language(
    library: Library, language: str
) -> None:
    bot = storyteller(library)
    await bot.submit_story(StoryWish("a fox", pages=1), HERE)
    calls = [
        bot.gallery.search("!", HERE),
        bot.gallery.browse(Browse(), ALONE),
        bot.gallery.browse(Browse(cursor="?"), HERE),
        bot.gallery.contact_sheet(GalleryScreen((), "newest")),
        bot.submit_story(StoryWish("狐と月"), HERE),
        *(bot.stewards.set_setting(key, value, HERE) for key, value in WRONG),
    ]
    answers = []
    for call in calls:
        with pytest.raises(WordedError) as caught:
            await call
        answers.append(explain(caught.value, language))
    assert len(set(answers)) == len(calls)
    assert say(language, "settings.pages_hint") in answers[5]
    for answer, limit in zip(answers[6:], ("4", "5", "900"), strict=True):
        assert limit in answer


def test_each_language_has_words_of_its_own() -> None:
    error = WordedError("x", "gallery_off")
    assert len({explain(error, language) for language in LANGUAGES}) == len(LANGUAGES)
