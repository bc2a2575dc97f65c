"""Lists to choose from show one's own stories; where others read along, those told there."""

from __future__ import annotations

import pytest

from bot.storytelling.permissions import Actor, ForbiddenError
from bot.storytelling.tell import Storyteller
from bot.storytelling.titles import StoryTitle
from tests.bot.storytelling.acting import ANN, ANN_AWAY, BEN, MOD, told
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine

ANN_THERE = Actor("telegram:7", "telegram:7", direct=True)
ANN_IN_GROUP = Actor("telegram:7", "telegram:-100")
TITLE = "The Tale of a red fox"


@pytest.fixture
def storyteller(teller: Teller) -> Storyteller:
    return teller(ScriptedEngine())


async def test_own_stories_newest_first_and_only_where_they_may_be_named(
    storyteller: Storyteller,
) -> None:
    titles = storyteller.titles
    first, second = await told(storyteller), await told(storyteller)
    own = (StoryTitle(second, TITLE), StoryTitle(first, TITLE))
    assert await titles.own(ANN) == await titles.own(ANN_AWAY) == own
    assert await titles.own(ANN, limit=1) == own[:1]
    assert await titles.own(BEN) == ()
    assert await titles.own(ANN_THERE) == ()
    await storyteller.accounts.link((await storyteller.accounts.code(ANN)).code, ANN_THERE)
    assert await titles.own(ANN_THERE) == own
    assert await titles.own(ANN_IN_GROUP) == ()
    await storyteller.acts.delete(first, ANN)
    assert await titles.own(ANN) == own[:1]


async def test_moderators_alone_see_what_was_deleted(storyteller: Storyteller) -> None:
    story = await told(storyteller)
    await storyteller.acts.delete(story, ANN)
    assert await storyteller.titles.deleted(MOD) == (StoryTitle(story, TITLE),)
    elsewhere = Actor(MOD.person, "discord:2", moderator=True)
    assert await storyteller.titles.deleted(elsewhere) == ()
    with pytest.raises(ForbiddenError):
        await storyteller.titles.deleted(ANN)
