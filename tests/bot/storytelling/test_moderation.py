"""Refused texts leave a row in the trail and nothing else; rules join the bot's and the place's."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from bot.errors import EXIT_USAGE
from bot.library import audit, community_settings
from bot.library.community_settings import CommunitySettings
from bot.library.library import Library
from bot.settings import ModerationSettings, Settings
from bot.storytelling.moderation import (
    BlockedWordError,
    Rules,
    load_rules,
    noting_refusals,
    rules_from,
)
from bot.storytelling.permissions import CONSOLE
from bot.storytelling.tell import Storyteller
from bot.storytelling.wish import StoryWish, check_words
from engine.api.events import PictureVerdict, TellRequest
from tests.bot.storytelling.scripted_engine import ScriptedEngine

FLAGGED, FINE = PictureVerdict(True, "a ghost", 0.8), PictureVerdict(False, "a ghost", 0.2)
RULES = Rules(words=("darn",), pictures="block", concepts=("a ghost",))


def test_a_refusal_is_one_line_that_names_text_and_entry() -> None:
    with pytest.raises(BlockedWordError) as caught:
        check_words("direction", "and D.4.r.n it all", profile="", blocked=RULES.words)
    assert caught.value.message == 'The direction holds the word "darn", which is not allowed here.'
    assert caught.value.exit_code == EXIT_USAGE
    check_words("direction", "and darning it all", profile="", blocked=RULES.words)


def test_a_community_adds_words_and_chooses_what_is_done_with_pictures() -> None:
    bots = ModerationSettings(
        blocked_words=("darn", "blast"), pictures="spoiler", unwanted_in_pictures=("a ghost",)
    )
    own = CommunitySettings(blocked_words=("blast", "drat"), pictures="block")
    assert rules_from(bots).words == ("darn", "blast")
    assert rules_from(bots, own).words == ("darn", "blast", "drat")
    assert (rules_from(bots).pictures, rules_from(bots, own).pictures) == ("spoiler", "block")
    assert rules_from(bots, own).concepts == ("a ghost",)


@pytest.mark.parametrize(
    ("policy", "said", "decision"),
    [
        ("block", FLAGGED, "blocked"), ("block", FINE, "ok"), ("block", None, "blocked"),
        ("spoiler", FLAGGED, "spoiler"), ("spoiler", FINE, "ok"), ("spoiler", None, "spoiler"),
    ],
)  # fmt: skip
def test_the_policy_decides_about_a_picture(
    policy: str, said: PictureVerdict | None, decision: str
) -> None:
    ruling = Rules(pictures=policy, concepts=("a ghost",)).ruling(said)  # type: ignore[arg-type]
    assert ruling is not None
    assert ruling.decision == decision


def test_nothing_is_ruled_where_nothing_is_asked_for() -> None:
    for rules in (Rules(pictures="off", concepts=("a ghost",)), Rules(pictures="block")):
        assert rules.ruling(FLAGGED) is None
        assert rules.applied(TellRequest("j", "a fox")).check is None


async def test_a_communitys_rules_are_read_as_they_stand(library: Library) -> None:
    settings = Settings(moderation=ModerationSettings(blocked_words=("darn",)))
    defaults = community_settings.defaults_from(settings)
    async with library.database.write() as connection:
        await community_settings.save(
            connection, "discord:1", "blocked_words", "drat, blast", defaults=defaults
        )
    async with library.database.read() as connection:
        here = await load_rules(connection, settings, "discord:1")
        elsewhere = await load_rules(connection, settings, "discord:2")
    assert here.words == ("darn", "drat", "blast")
    assert elsewhere.words == ("darn",)


async def test_a_refusal_is_noted_without_the_text_even_where_the_act_is_taken_back(
    library: Library,
) -> None:
    noting = noting_refusals(library, community="discord:1", person="tg:4", subject="abc")
    with pytest.raises(BlockedWordError):  # noqa: PT012
        async with noting, library.database.write() as connection:
            await audit.note(connection, "never_kept", community="discord:1")
            check_words("fact", "the darn secret", profile="", blocked=RULES.words)
    async with library.database.read() as connection:
        (row,) = await audit.newest(connection, "discord:1")
    assert (row.action, row.person_id, row.subject) == ("refused_fact", "tg:4", "abc")
    assert row.detail == "holds a word of the list: darn"


async def test_every_use_case_refuses_and_keeps_no_refused_text(library: Library) -> None:
    async def ensure_engine() -> None:
        return None

    settings = Settings(moderation=ModerationSettings(blocked_words=("darn",)))
    teller = Storyteller(library, ScriptedEngine(), settings, ensure_engine=ensure_engine)
    rude = "so zyxdark, D.A.R.N it"
    [_ async for _ in teller.tell(StoryWish("a fox", pages=1))]
    with pytest.raises(BlockedWordError):
        [_ async for _ in teller.tell(StoryWish(rude))]
    with pytest.raises(BlockedWordError):
        [_ async for _ in teller.continue_story("last", rude)]
    for act in (
        teller.acts.remember("last", rude, CONSOLE), teller.acts.set_title("last", rude, CONSOLE)
    ):  # fmt: skip
        with pytest.raises(BlockedWordError):
            await act
    async with library.database.read() as connection:
        trail = await audit.newest(connection, "console")
    assert {row.action for row in trail} == {
        "refused_wish", "refused_direction", "refused_fact", "refused_title",
    }  # fmt: skip
    with closing(sqlite3.connect(library.database.path)) as connection:
        assert not [line for line in connection.iterdump() if "zyxdark" in line]
