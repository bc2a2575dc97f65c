"""Administrators see all settings with their values and change them; nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.storytelling.permissions import Actor
from bot.storytelling.stewarding import CommunitySettings
from bot.telegram.setting_words import ELSEWHERE, SETTINGS
from tests.bot.storytelling.queued import until
from tests.bot.telegram.house import House, open_house, settings_for
from tests.bot.telegram.house import told as tell
from tests.bot.telegram.loopback import Chat, Loopback, Person
from tests.bot.telegram.telling import actor_of, shelve


@pytest.fixture
def group(house: House) -> Chat:
    return house.telegram.group("Readers")


@pytest.fixture
def ada(house: House, group: Chat) -> Person:
    return house.telegram.join(group, "Ada", admin=True)


def test_every_setting_has_its_place() -> None:
    assert set(SETTINGS) | ELSEWHERE == set(CommunitySettings.model_fields)
    assert not set(SETTINGS) & ELSEWHERE


async def chosen(house: House, group: Chat) -> CommunitySettings:
    return await house.teller.stewards.settings(Actor("x", f"telegram:{group.id}"))


async def test_all_are_shown_with_their_values_and_changed_by_buttons(
    house: House, group: Chat, ada: Person
) -> None:
    panel = await ada.asks("/settings")
    assert "Most pages in one wish: 8" in panel.text
    assert "Gallery: on" in panel.text
    for name, value, told in (
        ("Gallery", "off", "Gallery: off"),
        ("Most pages", "3", "Most pages in one wish: 3"),
        ("Doubtful", "drop", "Doubtful pictures: drop"),
        ("Rest", "60 seconds", "Rest between two wishes: 60 seconds"),
        ("Time a person", "300 seconds", "Time a person has a day: 300 seconds"),
        ("Style", "ink", "Style where none is named: ink"),
        ("Language", "Deutsch", "Language of public messages: Deutsch"),
    ):
        await ada.press(panel, name).answer()
        await group.sees(lambda m, value=value: m is panel and value in m.labels)
        assert f"Changed. {told}" == (await ada.press(panel, value).answer())["text"]
        await group.sees(lambda m, value=value: m is panel and f"✓ {value}" in m.labels)
        await ada.press_data(panel, "st:1:settings:").answer()
        await group.sees(lambda m: m is panel and len(m.labels) == len(SETTINGS) + 2)
    assert "Sprache" in panel.text
    now = await chosen(house, group)
    assert (now.gallery, now.pages, now.pictures) == (False, 3, "block")
    assert (now.cooldown_s, now.style, now.language) == (60, "ink", "de")
    await ada.press_data(panel, "st:1:setto:pages.").answer()
    assert (await chosen(house, group)).pages == 8


async def test_a_value_is_written_as_a_reply(house: House, group: Chat, ada: Person) -> None:
    panel = await ada.asks("/settings")
    await ada.press(panel, "Blocked words").answer()
    await group.sees(lambda m: m is panel and "✎ New value" in m.labels)
    await ada.press(panel, "New value").answer()
    asked = await group.sees(lambda m: m.asks)
    assert "separated by commas" in asked.text
    ada.reply(asked, "blood, gore*")
    answer = await group.sees("Changed. Blocked words: 2 words")
    assert (await chosen(house, group)).blocked_words == ("blood", "gore*")
    await ada.press(answer, "All settings").answer()
    await group.sees(lambda m: m is answer and "Settings of this place" in m.text)
    await ada.press(answer, "Rest between").answer()
    await group.sees(lambda m: m is answer and "New value" in " ".join(m.labels))
    await ada.press(answer, "New value").answer()
    asked = await group.sees(lambda m: m.asks, after=asked.number)
    ada.reply(asked, "for ever")
    assert "“Rest between two wishes” cannot be" in (await group.sees("cannot be")).text


async def test_members_and_private_chats_are_refused(
    house: House, group: Chat, ada: Person
) -> None:
    ben = house.telegram.join(group, "Ben")
    assert "moderator" in (await ben.asks("/settings")).text
    panel = await ada.asks("/settings", "Settings of")
    for data in ("settings:", "setting:pages", "setto:pages.1", "setask:style", "reports:",
                 "deleted:"):  # fmt: skip
        answer = await ben.press_data(panel, f"st:1:{data}").answer()
        assert answer.get("show_alert"), data
    assert (await chosen(house, group)).pages == 8
    alone = house.telegram.private("Ada")
    assert "Settings belong to groups" in (await alone.asks("/settings")).text


async def test_whoever_runs_the_bot_may_what_an_administrator_may(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    group = telegram.group("Readers")
    operator, ben = telegram.join(group, "Olga"), telegram.join(group, "Ben")
    settings = settings_for(telegram, owners=[operator.id])
    async with open_house(telegram, tmp_path, settings=settings) as house:
        panel = await operator.asks("/settings", "Settings of")
        assert "/settings" in (await operator.asks("/help")).text
        assert (await ben.press_data(panel, "st:1:setto:pages.3").answer())["show_alert"]
        await operator.press_data(panel, "st:1:setto:pages.3").answer()
        await group.sees(lambda m: m is panel and "At the moment: 3" in m.text)
        assert (await chosen(house, group)).pages == 3
        last = (await tell(house, ben, pages=3))[-1]
        await operator.press(last, "More").answer()
        await group.sees(lambda m: m is last and "Delete" in " ".join(m.labels))
        await operator.press(last, "Delete").answer()
        await group.sees(lambda m: m is last and "No, keep it" in m.labels)
        await operator.press(last, "Yes").answer()
        await until(lambda: last.deleted)


async def test_reports_are_looked_at_and_handled(house: House, group: Chat, ada: Person) -> None:
    ben = house.telegram.join(group, "Ben")
    fox, owl = await shelve(house, ben, "a fox"), await shelve(house, ben, "an owl")
    for story in (fox, owl):
        page = (await house.teller.views.details(story, actor_of(ben))).branch[0].id
        await house.teller.stewards.report(story, actor_of(ben), reason="<rude>", page=page)
    panel = await ada.asks("/settings")
    await ada.press(panel, "2 open reports").answer()
    await group.sees(lambda m: m is panel and "Reason: <rude>" in m.text)
    await ada.press(panel, "1 Look").answer()
    assert "The Tale of a fox" in (await group.sees("Page 1/1")).text
    assert "stays" in (await ada.press(panel, "1 Dismiss").answer())["text"]
    await group.sees(lambda m: m is panel and "1 open report" in m.text)
    await ada.press(panel, "1 Delete").answer()
    await group.sees(lambda m: m is panel and "No report is open" in m.text)
    await ada.press(panel, "All settings").answer()
    await group.sees(lambda m: m is panel and "Deleted stories" in m.labels)
    await ada.press(panel, "Deleted stories").answer()
    await group.sees(lambda m: m is panel and "The Tale of an owl" in m.labels)
    assert "is back" in (await ada.press(panel, "owl").answer())["text"]
    await group.sees(lambda m: m is panel and "No deleted story" in m.text)
    assert (await house.teller.views.details(owl, actor_of(ben))).id == owl
