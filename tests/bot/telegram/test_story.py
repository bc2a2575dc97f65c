"""Stories from a person's first word to the last page, in chats of every kind."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.storytelling.permissions import Actor
from bot.telegram.replies import Replies
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import until
from tests.bot.telegram.house import House, done, finals, open_house, page, settings_for, told
from tests.bot.telegram.loopback import Loopback, small_photo


async def test_a_wish_becomes_pages_that_answer_one_another(house: House) -> None:
    ann = house.telegram.private("Ann")
    written = ann.say("/story a fox")
    await ann.chat.sees(page(4))
    pages = ann.chat.from_bot
    await until(lambda: all(done(m) for m in pages))
    assert [m.reply_to for m in pages] == [written.number, *(m.number for m in pages[:3])]
    assert [m.text.split("\n")[0] for m in pages] == ["The Tale of a fox"] * 4
    assert all(m.photo.startswith(b"\x89PNG") for m in pages)
    assert [finals(m) for m in pages] == [1, 1, 1, 1]
    assert house.telegram.unknown == []


async def test_everything_typed_is_shown_as_it_was_typed(house: House) -> None:
    ann = house.telegram.private("<Ann> & co")
    pages = await told(house, ann, "/story a <b>fox</b> & \"owl\" who said 'hi' 😀")
    assert "a <b>fox</b> & \"owl\" who said 'hi' 😀" in pages[0].text


async def test_the_small_line_links_to_the_story(house: House) -> None:
    ann = house.telegram.private("Ann")
    first = (await told(house, ann))[0]
    (link,) = first.html_links
    assert "?start=s_" in str(link)


async def test_a_bare_command_asks_for_the_idea(house: House) -> None:
    ann = house.telegram.private("Ann", language="de")
    question = await ann.asks("/story", lambda m: m.asks)
    assert "Wovon" in question.text
    ann.reply(question, "an owl")
    await ann.chat.sees("The Tale of an owl", after=question.number)


async def test_a_photo_with_the_command_is_what_the_first_page_starts_from(house: House) -> None:
    ann = house.telegram.private("Ann")
    ann.send_photo(small_photo(), "/story a boat")
    await ann.chat.sees(page(4))
    assert house.engine.requests[0].picture.startswith(b"\x89PNG")


async def test_a_photo_that_is_no_picture_is_refused_in_a_line(house: House) -> None:
    ann = house.telegram.private("Ann")
    ann.send_document(b"not a picture at all", "boat.png", "/story a boat", "image/png")
    answer = await ann.chat.sees("cannot be read")
    assert "Traceback" not in answer.text
    assert house.engine.requests == []


async def test_a_picture_that_is_too_large_is_not_even_fetched(house: House) -> None:
    ann = house.telegram.private("Ann")
    size = {"file_id": "x", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 10**8}
    ann.say("", caption="/story a boat", photo=[size])
    answer = await ann.chat.sees("limit")
    assert "100.0 MB" in answer.text
    assert house.telegram.called("getFile") == []


async def test_a_reply_to_the_last_page_goes_on_and_to_an_older_one_branches(
    house: House,
) -> None:
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann")
    pages = await told(house, ann)
    answer = ann.reply(pages[3], "then it rained")
    fifth = await group.sees(page(5, 5))
    assert fifth.reply_to == answer.number
    assert house.engine.requests[-1].direction == "then it rained"
    ann.reply(pages[1], "another way")
    branched = await group.sees(page(3, 3), after=fifth.number)
    assert "2/2" in branched.labels


async def test_continue_takes_the_page_replied_to_else_the_newest_story(house: House) -> None:
    ann = house.telegram.private("Ann")
    pages = await told(house, ann)
    ann.say("/continue it snowed")
    await ann.chat.sees(page(5, 5))
    assert house.engine.requests[-1].direction == "it snowed"
    ann.say("/continue a dream", reply_to=pages[0])
    await ann.chat.sees(page(2, 2))
    assert house.engine.requests[-1].direction == "a dream"


async def test_continue_without_a_story_says_how_to_begin(house: House) -> None:
    ann = house.telegram.private("Ann")
    answer = await ann.asks("/continue")
    assert "/story" in answer.text


async def test_who_may_not_go_on_is_told_once_and_can_chat_on(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    first = (await told(house, ann))[0]
    ben.reply(first, "how nice")
    await group.sees("author")
    ben.reply(first, "really!")
    ann.say("/continue")
    await group.sees(page(5))
    assert sum("author" in m.text for m in group.from_bot) == 1


async def test_a_topic_keeps_its_stories(house: House) -> None:
    forum = house.telegram.group("Forum", forum=True)
    topic = house.telegram.topic(forum)
    ann = house.telegram.join(forum, "Ann", thread=topic)
    pages = await told(house, ann)
    assert {m.raw.get("message_thread_id") for m in pages} == {topic}
    ann.reply(pages[3], "on we go")
    fifth = await forum.sees(page(5))
    assert fifth.raw["message_thread_id"] == topic


async def test_an_anonymous_administrator_and_a_channel_can_wish(house: House) -> None:
    group = house.telegram.group("Readers")
    hidden = house.telegram.join(group, "Ann", admin=True, anonymous=True)
    pages = await told(house, hidden)
    hidden.reply(pages[3], "further")
    await group.sees(page(5))
    channel = house.telegram.channel("News")
    writer = house.telegram.join(channel, "Ann", admin=True)
    assert len(await told(house, writer)) == 4


async def test_what_a_channel_posts_into_its_linked_group_is_left_alone(house: House) -> None:
    group = house.telegram.group("Talk")
    ann = house.telegram.join(group, "Ann")
    ann.say("/story a fox", is_automatic_forward=True)
    await told(house, ann, "/story an owl")
    assert [request.idea for request in house.engine.requests] == ["an owl"]


async def test_an_edited_command_is_not_carried_out_again(house: House) -> None:
    ann = house.telegram.private("Ann")
    written = ann.say("/story a fox")
    await ann.chat.sees(page(4))
    ann.edit(written, "/story an owl")
    await told(house, ann, "/story a bear")
    assert [request.idea for request in house.engine.requests] == ["a fox", "a bear"]


async def test_an_update_that_comes_twice_begins_one_story(house: House) -> None:
    ann = house.telegram.private("Ann")
    written = ann.say("/story a fox")
    await ann.chat.sees(page(4))
    house.telegram.push({"message": house.telegram.world.told(written)})
    await told(house, ann, "/story a bear")
    assert [request.idea for request in house.engine.requests] == ["a fox", "a bear"]


async def test_a_page_that_is_forwarded_is_shown_again_with_its_buttons(house: House) -> None:
    ann, ben = house.telegram.private("Ann"), house.telegram.private("Ben")
    first = (await told(house, ann))[0]
    forwarded = ann.forward(first)
    shown = await ann.chat.sees(done, after=forwarded.number)
    assert shown.reply_to == forwarded.number
    ben.forward(first)
    await ben.chat.sees("There is no story")


async def test_whoever_just_writes_is_told_how(house: House) -> None:
    ann = house.telegram.private("Ann")
    assert "/story" in (await ann.asks("hello")).text
    assert "/help" in (await ann.asks("/wobble")).text
    ann.send_photo()
    assert "/story" in (await ann.chat.sees("photo")).text


async def test_what_somebody_just_wrote_is_told_at_a_press(house: House) -> None:
    ann = house.telegram.private("Ann")
    hint = await ann.asks("a fox")
    ann.press(hint, "▶ Tell it as a story")
    await ann.chat.sees(page(4))
    assert [request.idea for request in house.engine.requests] == ["a fox"]
    assert hint.deleted
    odd = await ann.asks("狐")
    answer = await ann.press(odd, "▶ Tell it as a story").answer()
    assert "English" in answer["text"]
    assert not odd.deleted


async def test_a_group_that_becomes_a_supergroup_takes_its_stories_along(house: House) -> None:
    small = house.telegram.group("Small", kind="group")
    ann = house.telegram.join(small, "Ann", admin=True)
    old = (await told(house, ann))[3]
    large = house.telegram.migrate(small)
    again = house.telegram.join(large, ann)
    written = again.say("/continue on")
    await large.sees(page(5), after=written.number)
    assert old.number  # what was told before stays where it was


async def test_a_story_at_work_goes_on_in_the_supergroup(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    engine = PacedEngine(permits=3)
    async with open_house(telegram, tmp_path, engine=engine) as house:
        small = house.telegram.group("Small", kind="group")
        ann = house.telegram.join(small, "Ann")
        ann.say("/story a fox")
        await small.sees("Page 1/4")
        large = house.telegram.migrate(small)
        engine.allow(100)
        for number in (1, 2, 3, 4):
            await large.sees(page(number))


async def test_a_bot_that_is_blocked_stops_and_the_story_stays(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    engine = PacedEngine(permits=3)
    async with open_house(telegram, tmp_path, engine=engine) as house:
        ann = house.telegram.private("Ann")
        ann.say("/story a fox")
        await ann.chat.sees("Page 1/4")
        ann.block()
        await house.at_rest()
        asked = len(telegram.calls)
        engine.allow(100)
        await asyncio.sleep(0.3)
        assert [c for c in telegram.calls[asked:] if c.method != "getUpdates"] == []
        ann.unblock()
        ann.say("/continue")
        await ann.chat.sees(page(2))


async def test_who_deletes_a_page_stops_the_story(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    engine = PacedEngine(permits=3)
    async with open_house(telegram, tmp_path, engine=engine) as house:
        ann = house.telegram.private("Ann")
        ann.say("/story a fox")
        shown = await ann.chat.sees("Page 1/4")
        shown.deleted = True
        engine.allow(100)
        await house.at_rest()
        asked = len(telegram.calls)
        await asyncio.sleep(0.3)
        assert [c for c in telegram.calls[asked:] if c.method == "sendMessage"] == []


async def test_a_group_without_photos_gets_its_pages_as_texts(house: House) -> None:
    group = house.telegram.group("Quiet")
    ann = house.telegram.join(group, "Ann")
    said = "not enough rights to send photos to the chat"
    house.telegram.fail("editMessageMedia|sendPhoto", times=50, status=400, description=said)
    pages = await told(house, ann)
    assert [bool(m.photo) for m in pages] == [False] * 4


async def test_lost_answers_and_server_faults_lose_no_page(house: House) -> None:
    ann = house.telegram.private("Ann")
    house.telegram.fail("editMessageMedia", times=2, status=502)
    house.telegram.fail("editMessageMedia", drop="after")
    house.telegram.fail("sendMessage", drop="before")
    house.telegram.fail("editMessage.*", retry_after=1)
    pages = await told(house, ann)
    assert len(pages) == 4
    assert house.telegram.unknown == []


async def test_a_places_own_pages_and_language_hold(house: House) -> None:
    group = house.telegram.group("Leser")
    ann = house.telegram.join(group, "Ann", language="fr")
    boss = Actor("telegram:1", f"telegram:{group.id}", moderator=True)
    await house.teller.stewards.set_setting("pages", "2", boss)
    await house.teller.stewards.set_setting("language", "de", boss)
    ann.say("/story a fox")
    last = await group.sees(lambda m: "Seite 2/2" in m.text and "Weiter" in m.labels)
    assert "Neu erzählen" in last.labels


async def test_style_and_pages_are_chosen_before_the_story_begins(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    settings = settings_for(telegram, choose_s=60.0)
    async with open_house(telegram, tmp_path, settings=settings) as house:
        group = telegram.group("Readers")
        ann, ben = telegram.join(group, "Ann"), telegram.join(group, "Ben")
        asked = await ann.asks("/story a fox", lambda m: "▶ Begin" in m.labels)
        assert {"✓ storybook", "ink", "✓ 4", "2"} <= set(asked.labels)
        refusal = await ben.press(asked, "Begin").answer()
        assert refusal["show_alert"]
        assert "Only whoever wished" in refusal["text"]
        await ann.press(asked, "ink").answer()
        await ann.press(asked, "2").answer()
        await group.sees(lambda m: {"✓ ink", "✓ 2"} <= set(m.labels))
        assert house.engine.requests == []
        await ann.press(asked, "Begin").answer()
        await group.sees(page(2, 2))
        assert done(asked)
        assert [(r.style, r.pages) for r in house.engine.requests] == [("ink", 2)]
        late = await ann.press_data(asked, "st:1:begin:").answer()
        assert "decided" in late["text"]


async def test_a_wish_that_is_dropped_is_not_told(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    settings = settings_for(telegram, choose_s=60.0)
    async with open_house(telegram, tmp_path, settings=settings) as house:
        ann = telegram.private("Ann")
        asked = await ann.asks("/story a fox", lambda m: "Cancel" in m.labels)
        choosing = house.front._choosing
        assert choosing is not None
        await until(lambda: bool(choosing._choices))
        (choice,) = choosing._choices.values()
        await ann.press(asked, "Cancel").answer()
        await ann.chat.sees("No story then")
        assert choosing._choices == {}
        assert choice.timer is not None
        await until(choice.timer.done)
        assert house.engine.requests == []


async def test_a_button_that_is_pressed_before_its_message_is_known_is_heard(
    telegram: Loopback, tmp_path: Path, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(telegram, choose_s=60.0)
    async with open_house(telegram, tmp_path, settings=settings) as house:
        say, known = Replies.say, asyncio.Event()

        async def slow(*arguments: Any, **named: Any) -> Any:
            sent = await say(*arguments, **named)
            await known.wait()
            return sent

        monkeypatch.setattr(Replies, "say", slow)
        ann = telegram.private("Ann")
        ann.say("/story a fox")
        asked = await ann.chat.sees(lambda m: "▶ Begin" in m.labels)
        press = ann.press(asked, "Begin")
        await until(lambda: not telegram.world.updates)  # the bot has it
        known.set()
        await press.answer()
        await ann.chat.sees(page(4))
        assert house.engine.requests


async def test_without_a_choice_the_story_begins_by_itself(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    settings = settings_for(telegram, choose_s=0.1)
    async with open_house(telegram, tmp_path, settings=settings):
        ann = telegram.private("Ann")
        asked = await ann.asks("/story a fox", lambda m: "▶ Begin" in m.labels)
        await ann.chat.sees(page(4))
        assert done(asked)


async def test_a_wish_that_was_being_chosen_is_begun_after_a_restart(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    ann = telegram.private("Ann")
    async with open_house(
        telegram, tmp_path, settings=settings_for(telegram, choose_s=60.0)
    ) as house:
        ann.send_photo(small_photo(), "/story a boat")
        asked = await ann.chat.sees(lambda m: "▶ Begin" in m.labels)
        choosing = house.front._choosing
        assert choosing is not None
        while not await house.teller.marks.get(choosing._mark):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    async with open_house(telegram, tmp_path) as house:
        await ann.chat.sees(page(4))
        assert done(asked)
        assert [bool(request.picture) for request in house.engine.requests] == [True]
