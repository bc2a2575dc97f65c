"""The gallery is one photo that is leafed through in place, and needs no memory."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.bot.telegram.house import House
from tests.bot.telegram.loopback import Person
from tests.bot.telegram.telling import actor_of, shelve, story_of


async def group_with(house: House, *ideas: str, style: str = "") -> tuple[Person, list[str]]:
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann")
    return ann, [await shelve(house, ann, idea, style=style) for idea in ideas]


async def test_six_covers_a_photo_turned_in_place(house: House) -> None:
    ann, stories = await group_with(house, *(f"fox {number}" for number in range(8)))
    sheet = await ann.asks("/gallery", "newest first")
    assert Image.open(io.BytesIO(sheet.photo)).size == (1088, 940)
    assert "1. The Tale of fox 7 by Ann · 1 page" in sheet.text
    assert sheet.labels == ["1", "2", "3", "4", "5", "6", "Further ▶", "✓ Newest", "Most loved",
                            "Shuffle", "Style …"]  # fmt: skip
    first = sheet.photo
    assert await ann.press(sheet, "Further").answer() == {}
    await ann.chat.sees(lambda m: m is sheet and "2. The Tale of fox 0" in m.text)
    assert sheet.photo != first
    assert sheet.labels[:3] == ["1", "2", "◀ Back"]
    await ann.press(sheet, "Back").answer()
    await ann.chat.sees(lambda m: m is sheet and "1. The Tale of fox 7" in m.text)
    await ann.press(sheet, "2").answer()
    page = await ann.chat.sees("Page 1/1")
    assert story_of(page) == stories[6]
    assert "Continue" in page.labels


async def test_words_and_order_are_kept_in_the_message(house: House) -> None:
    ann, stories = await group_with(house, "a red fox", "an owl", "a blue fox")
    await house.teller.acts.love(stories[0], actor_of(ann))
    sheet = await ann.asks("/gallery fox", "with “fox”")
    assert "owl" not in sheet.text
    await ann.press(sheet, "Most loved").answer()
    await ann.chat.sees(lambda m: "most loved first · with “fox”" in m.text)
    assert "1. The Tale of a red fox by Ann · 1 page · ♥ 1" in sheet.text
    await ann.press(sheet, "Shuffle").answer()
    await ann.chat.sees(lambda m: "in no order · with “fox”" in m.text)
    assert "owl" not in sheet.text


async def test_a_style_is_chosen_from_the_engines(house: House) -> None:
    ann, _ = await group_with(house, "an ink fox", style="ink")
    await shelve(house, ann, "a plain fox")
    sheet = await ann.asks("/gallery", "newest first")
    await ann.press(sheet, "Style").answer()
    await ann.chat.sees(lambda m: "All styles" in m.labels)
    assert sheet.labels == ["All styles", "storybook", "ink"]
    await ann.press(sheet, "ink").answer()
    await ann.chat.sees(lambda m: "newest first · ink" in m.text)
    assert "plain fox" not in sheet.text
    await ann.press(sheet, "✓ ink").answer()
    await ann.chat.sees(lambda m: "All styles" in m.labels)
    assert (await ann.press(sheet, "storybook").answer())["text"].startswith("No story here fits")
    await ann.press(sheet, "All styles").answer()
    await ann.chat.sees(lambda m: "plain fox" in m.text)


async def test_nothing_to_show_is_said_kindly(house: House) -> None:
    ann, _ = await group_with(house)
    assert "No story is listed here yet" in (await ann.asks("/gallery")).text
    await shelve(house, ann)
    assert "No story here fits" in (await ann.asks("/gallery dragon")).text
    ben = house.telegram.private("Ben")
    assert "You have no story" in (await ben.asks("/gallery")).text
    await shelve(house, ben, "an owl")
    own = await ben.asks("/gallery", "Stories told in private")
    assert own.labels == ["The Tale of an owl"]
    await ben.press(own, "owl").answer()
    assert (await ben.chat.sees("Page 1/1")).photo


@pytest.mark.parametrize(("words", "first"), [("", "fox 0"), (" fox", "fox 6")])
async def test_a_message_that_telegram_tells_no_more_of_still_turns(
    house: House, words: str, first: str
) -> None:
    ann, _ = await group_with(house, *(f"fox {number}" for number in range(7)))
    sheet = await ann.asks(f"/gallery{words}")
    data = sheet.data("Further")
    old = {"chat": ann.chat.raw, "message_id": sheet.number, "date": 0}
    house.telegram.world.pressed.add("old")
    house.telegram.push(
        {
            "callback_query": {
                "id": "old", "from": ann.raw, "message": old, "chat_instance": "1", "data": data,
            }
        }
    )  # fmt: skip
    await ann.chat.sees(lambda m: m is sheet and len(m.states) > 1)
    # What was searched for cannot be read any more: then it is the plain gallery.
    assert f"newest first\n\n1. The Tale of {first}" in sheet.text
    assert (await ann.press_data(sheet, "st:1:galturn:nonsense").answer())["show_alert"]


async def test_titles_and_names_with_marks_stay_within_the_caption(house: House) -> None:
    idea = "<b>&amp;</b> " + "very " * 15 + "long"
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann <i>&</i> " + "😀" * 40)
    for _ in range(6):
        await shelve(house, ann, idea)
    sheet = await ann.asks("/gallery")
    assert sheet.text.count("The Tale of <b>&amp;</b> very") == 6
    assert "Ann <i>&</i>" in sheet.text


async def test_a_gallery_is_no_page_of_its_first_story(house: House) -> None:
    ann, _ = await group_with(house, "a red fox", "an owl")
    sheet = await ann.asks("/gallery", "newest first")
    ben = house.telegram.join(ann.chat, "Ben")
    written = ben.reply(sheet, "/continue it rained")
    answer = await ann.chat.sees("/story", after=written.number)
    assert "author" not in answer.text
