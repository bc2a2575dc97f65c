"""Every button under a page, pressed by those who may and by those who may not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.errors import UnavailableError
from bot.telegram import pages as pages_module
from tests.bot.storytelling.paced_engine import PacedEngine
from tests.bot.storytelling.queued import until
from tests.bot.telegram.house import House, done, open_house, page, told
from tests.bot.telegram.loopback import Loopback, Message, Person


async def pressed(person: Person, message: Message, label: str) -> str:
    """Press a button and return what is said on it."""
    answer = await person.press(message, label).answer()
    return str(answer.get("text", ""))


async def settled(house: House, *, jobs: int) -> None:
    """Wait until so many jobs were begun and nothing more is to come in any message."""
    await until(lambda: len(house.engine.requests) == jobs)
    while await house.teller.posts.live("telegram"):  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def menu(person: Person, message: Message) -> None:
    """Open what is behind More."""
    await pressed(person, message, "More")
    await until(lambda: "Details" in message.labels)


async def test_continue_goes_on_at_once_and_says_how_to_steer(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    assert "reply to the page" in await pressed(ann, last, "Continue")
    fifth = await ann.chat.sees(page(5, 5))
    assert fifth.reply_to == last.number


async def test_a_finger_that_trembles_asks_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "_TWICE_S", 600.0)  # for a machine that is busy in between
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    for press in [ann.press(last, "Continue") for _ in range(3)]:
        await press.answer()
    await ann.chat.sees(page(5, 5))
    assert len(house.engine.requests) == 2


async def test_a_retry_takes_the_pages_place_and_the_pager_walks_both(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    before = last.text
    await pressed(ann, last, "Retry")
    await until(lambda: "2/2" in last.labels)
    assert last.text != before
    assert "▶" not in last.labels
    await pressed(ann, last, "◀")
    await until(lambda: "1/2" in last.labels)
    assert before.split("\n")[2] in last.text
    assert "1 of 2" in await pressed(ann, last, "1/2")
    await pressed(ann, last, "▶")
    await until(lambda: "2/2" in last.labels)
    assert len(ann.chat.from_bot) == 4


async def test_a_redraw_keeps_the_words(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    words = last.text.split("\n")[2]
    await pressed(ann, last, "Redraw")
    await settled(house, jobs=2)
    assert done(last)
    assert last.text.split("\n")[2] == words
    assert len(ann.chat.from_bot) == 4


async def test_a_branch_asks_where_it_leads(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    await pressed(ann, last, "Branch")
    question = await ann.chat.sees(lambda m: m.asks)
    ann.reply(question, "to the sea")
    await ann.chat.sees(page(5, 5))
    assert house.engine.requests[-1].direction == "to the sea"
    ann.reply(question, "-")
    await ann.chat.sees(lambda m: done(m) and "2/2" in m.labels)
    assert house.engine.requests[-1].direction == ""


async def test_an_edit_puts_a_persons_words_into_the_pages_message(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    await menu(ann, last)
    await pressed(ann, last, "Edit")
    question = await ann.chat.sees(lambda m: m.asks)
    assert last.text.split("\n")[2] in question.text
    ann.reply(question, "The fox <sat> & wept.")
    await until(lambda: done(last) and "<sat> & wept." in last.text)
    assert "2/2" in last.labels


async def test_details_love_and_report(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    last = (await told(house, ann))[3]
    await menu(ben, last)
    await pressed(ben, last, "Details")
    details = await group.sees("a fox", after=last.number)
    assert "Page 4" in details.text
    assert await pressed(ben, last, "Love it") == "♥ 1 heart"
    await until(lambda: "♥ 1" in last.text and done(last))
    await menu(ben, last)
    assert await pressed(ben, last, "Love it no more") == "♡ 0 hearts"
    await until(lambda: done(last))
    await menu(ben, last)
    assert "moderators" in await pressed(ben, last, "Report")
    await pressed(ben, last, "Back")
    await until(lambda: done(last))


async def test_open_mode_lets_others_go_on(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    last = (await told(house, ann))[3]
    refusal = await ben.press(last, "Retry").answer()
    assert refusal["show_alert"]
    assert "author" in refusal["text"]
    await menu(ben, last)
    assert "author" in await pressed(ben, last, "Let everybody")
    await pressed(ann, last, "Let everybody")
    await until(lambda: "Only I go on" in last.labels)
    await pressed(ann, last, "Leave out")
    await until(lambda: "Put into the gallery" in last.labels)
    await pressed(ann, last, "Back")
    await until(lambda: done(last))
    await pressed(ben, last, "Continue")
    await group.sees(page(5, 5))


async def test_an_administrator_may_what_the_author_may(house: House) -> None:
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann")
    boss = house.telegram.join(group, "Cleo", admin=True)
    last = (await told(house, ann))[3]
    assert await pressed(boss, last, "Redraw") == ""
    await settled(house, jobs=2)
    assert done(last)


async def test_a_story_that_is_deleted_goes_from_the_chat(house: House) -> None:
    ann = house.telegram.private("Ann")
    pages = await told(house, ann)
    await menu(ann, pages[1])
    assert "Really delete" in await pressed(ann, pages[1], "Delete")
    await until(lambda: "No, keep it" in pages[1].labels)
    await pressed(ann, pages[1], "No, keep")
    await until(lambda: done(pages[1]))
    await menu(ann, pages[1])
    await pressed(ann, pages[1], "Delete")
    await until(lambda: "No, keep it" in pages[1].labels)
    assert "is deleted" in await pressed(ann, pages[1], "Yes")
    await until(lambda: all(message.deleted for message in pages))


async def test_cancel_keeps_what_is_done_and_try_again_finishes_it(
    telegram: Loopback, tmp_path: Path, hurried: None
) -> None:
    engine = PacedEngine(permits=4)
    async with open_house(telegram, tmp_path, engine=engine) as house:
        group = telegram.group("Readers")
        ann, ben = telegram.join(group, "Ann"), telegram.join(group, "Ben")
        ann.say("/story a fox")
        first = await group.sees("Page 1/4")
        assert "asked for it" in await pressed(ben, first, "Cancel")
        assert "Stopped" in await pressed(ann, first, "Cancel")
        await until(lambda: "Try again" in first.labels)
        engine.allow(100)
        await pressed(ann, first, "Try again")
        await group.sees(page(4))
        assert house.telegram.unknown == []


async def test_old_and_forged_buttons_do_nothing_and_do_not_spin(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    for data in ("st:1:retry:00000000", "st:1:again:nonsense", "st:1:nothing:x", "junk", "st:1:"):
        answer = await ann.press_data(last, data).answer()
        assert answer["text"]
    assert done(last)
    assert len(house.engine.requests) == 1


async def test_a_press_is_answered_while_the_chat_must_wait(house: House) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]
    house.telegram.fail("sendMessage", retry_after=1)
    await ann.press(last, "Branch").answer()
    await ann.chat.sees(lambda m: m.asks)
    called = [call.method for call in house.telegram.calls]
    assert called.index("answerCallbackQuery") < len(called) - 1 - called[::-1].index("sendMessage")


async def test_who_cannot_be_looked_up_is_no_administrator_but_is_answered(house: House) -> None:
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann")
    boss = house.telegram.join(group, "Cleo", admin=True)
    last = (await told(house, ann))[3]
    house.telegram.fail("(?i)getChatMember", times=9, status=500)
    refusal = await boss.press(last, "Redraw").answer()
    assert refusal["show_alert"]
    assert "author" in refusal["text"]


async def test_a_library_that_cannot_be_had_leaves_no_button_spinning(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = house.telegram.private("Ann")
    last = (await told(house, ann))[3]

    async def locked(*_: object, **__: object) -> None:
        raise UnavailableError("The database is locked by another process.")

    monkeypatch.setattr(house.teller.people, "meet", locked)
    assert await ann.press(last, "Continue").answer() == {}
    assert len(house.engine.requests) == 1
