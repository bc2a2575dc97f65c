"""The loopback holds the real library to Telegram's rules, as the other tests rely on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
)

from tests.bot.telegram.loopback import Limits, Loopback, small_photo


@pytest.fixture
async def telegram() -> AsyncIterator[Loopback]:
    async with Loopback() as loopback:
        yield loopback


@pytest.fixture
async def bot(telegram: Loopback) -> AsyncIterator[Bot]:
    async with made(telegram) as bot:
        yield bot


def made(telegram: Loopback, token: str = "") -> Bot:
    url = telegram.url
    return Bot(token or telegram.token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot")


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(x, callback_data=f"st:1:{x}")] for x in labels]
    )


async def test_updates_come_by_long_poll_and_are_confirmed(telegram: Loopback, bot: Bot) -> None:
    ann = telegram.private("Ann", language="de")
    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.05)
    ann.say("/story@pagewright_bot a fox")
    (update,) = await waiting
    assert update.message.text == "/story@pagewright_bot a fox"
    assert update.message.entities[0].length == len("/story@pagewright_bot")
    assert update.effective_user.language_code == "de"
    (again,) = await bot.get_updates()
    assert again.update_id == update.update_id
    assert not await bot.get_updates(offset=update.update_id + 1)


async def test_a_second_poll_ends_the_first(telegram: Loopback, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=240))
    await telegram.world.until(lambda: telegram._polls == 1)
    async with made(telegram) as other:
        second = asyncio.create_task(other.get_updates(timeout=1))
        with pytest.raises(Conflict):
            await first
        assert await second == ()


async def test_a_message_is_text_then_photo_with_caption(telegram: Loopback, bot: Bot) -> None:
    ann = telegram.private("Ann")
    sent = await bot.send_message(
        ann.chat.id, "<b>A &amp; b</b> …", parse_mode="HTML", reply_markup=keyboard("Stop")
    )
    shown = ann.chat.messages[sent.message_id]
    assert (shown.text, shown.labels) == ("A & b …", ["Stop"])
    photo = small_photo()
    media = InputMediaPhoto(photo, caption="Once", show_caption_above_media=True, has_spoiler=True)
    await bot.edit_message_media(media, ann.chat.id, sent.message_id)
    assert (shown.text, shown.photo, shown.labels) == ("Once", photo, [])
    assert [bool(state.photo) for state in shown.states] == [False, True]
    assert shown.states[-1].spoiler
    with pytest.raises(BadRequest, match=r"(?i)no text in the message"):
        await bot.edit_message_text("x", ann.chat.id, sent.message_id)
    await bot.edit_message_caption(ann.chat.id, sent.message_id, caption="Twice")
    with pytest.raises(BadRequest, match=r"(?i)not modified"):
        await bot.edit_message_caption(ann.chat.id, sent.message_id, caption="Twice")
    file = await bot.get_file(shown.raw["photo"][-1]["file_id"])
    assert bytes(await file.download_as_bytearray()) == photo


async def test_what_is_too_long_or_malformed_is_refused(telegram: Loopback, bot: Bot) -> None:
    chat = telegram.private("Ann").chat.id
    for text, words in (("x" * 4097, "too long"), ("😀" * 2049, "too long"), (" ", "empty")):
        with pytest.raises(BadRequest, match=rf"(?i){words}"):
            await bot.send_message(chat, text)
    for html in ("<b>open", "a < b", "<h1>x</h1>", "</i>x"):
        with pytest.raises(BadRequest, match=r"(?i)parse entities"):
            await bot.send_message(chat, html, parse_mode="HTML")
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await bot.send_photo(chat, small_photo(), caption="x" * 1025)
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(chat, b"no photo")
    with pytest.raises(BadRequest, match=r"(?i)DIMENSIONS"):
        await bot.send_photo(chat, small_photo((2100, 100)))
    long = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 65)]])
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        await bot.send_message(chat, "x", reply_markup=long)
    with pytest.raises(BadRequest, match=r"(?i)number of media"):
        await bot.send_media_group(chat, [InputMediaPhoto(small_photo())])
    with pytest.raises(BadRequest, match=r"(?i)not found"):
        await bot.send_message(chat, "x", reply_parameters=ReplyParameters(99))
    with pytest.raises(BadRequest, match=r"(?i)thread not found"):
        await bot.send_message(chat, "x", message_thread_id=99)


async def test_buttons_questions_and_replies(telegram: Loopback, bot: Bot) -> None:
    ann = telegram.private("Ann")
    sent = await bot.send_message(ann.chat.id, "x", reply_markup=keyboard("Go on"))
    press = ann.press(ann.chat.messages[sent.message_id], "Go")
    update = (await bot.get_updates())[-1]
    assert update.callback_query.data == "st:1:Go on"
    await bot.answer_callback_query(update.callback_query.id, "Done", show_alert=True)
    assert await press.answer() == {"text": "Done", "show_alert": True}
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(update.callback_query.id)
    asked = await bot.send_message(ann.chat.id, "What?", reply_markup=ForceReply(selective=True))
    assert ann.chat.messages[asked.message_id].asks
    ann.reply(ann.chat.messages[asked.message_id], "This.")
    update = (await bot.get_updates())[-1]
    assert update.message.reply_to_message.message_id == asked.message_id


async def test_privacy_mode_hides_what_is_not_for_the_bot(telegram: Loopback, bot: Bot) -> None:
    group = telegram.group("Readers")
    ben = telegram.join(group, "Ben", admin=True)
    page = await bot.send_message(group.id, "A page")
    for text in ("hello", "/story@other_bot x", "/story@pagewright_bot a fox", "/stop"):
        ben.say(text)
    ben.reply(group.messages[page.message_id], "and then")
    heard = [update.message.text for update in await bot.get_updates()]
    assert heard == ["/story@pagewright_bot a fox", "/stop", "and then"]
    assert (await bot.get_chat_member(group.id, ben.id)).status == "administrator"


async def test_closed_moved_and_unknown_chats(telegram: Loopback, bot: Bot) -> None:
    ann = telegram.private("Ann")
    ann.block()
    with pytest.raises(Forbidden, match=r"(?i)blocked by the user"):
        await bot.send_message(ann.chat.id, "x")
    assert (await bot.get_updates())[-1].my_chat_member.new_chat_member.status == "kicked"
    group = telegram.group("Small", kind="group")
    new = telegram.migrate(group)
    with pytest.raises(ChatMigrated) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.new_chat_id == new.id
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(12345, "x")
    with pytest.raises(InvalidToken):
        async with made(telegram, "1:other"):
            pass


async def test_faults_drops_and_outages(telegram: Loopback, bot: Bot) -> None:
    ann = telegram.private("Ann")
    telegram.fail("sendMessage", status=502, description="Bad Gateway")
    telegram.fail("sendMessage", retry_after=7)
    telegram.fail("sendMessage", drop="before")
    telegram.fail("sendMessage", drop="after")
    with pytest.raises(NetworkError):
        await bot.send_message(ann.chat.id, "1")
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(ann.chat.id, "2")
    assert caught.value._retry_after.total_seconds() == 7  # the public one warns of its future type
    for text in ("3", "4"):
        with pytest.raises(NetworkError):
            await bot.send_message(ann.chat.id, text)
    assert [message.text for message in ann.chat.shown] == ["4"]
    await telegram.down()
    with pytest.raises(NetworkError):
        await bot.send_message(ann.chat.id, "5")
    await telegram.up()
    await bot.send_message(ann.chat.id, "6")
    assert [message.text for message in ann.chat.shown] == ["4", "6"]


async def test_flood_control_and_who_ignores_it() -> None:
    limits = Limits(burst=2, per_second=1e-9)  # as if no time passed
    async with Loopback(limits=limits) as telegram, made(telegram) as bot:
        ann, ben = telegram.private("Ann"), telegram.private("Ben")
        for text in "ab":
            await bot.send_message(ann.chat.id, text)
        with pytest.raises(RetryAfter):
            await bot.send_message(ann.chat.id, "c")
        await bot.send_message(ben.chat.id, "others go on")
        assert (len(limits.floods), len(limits.ignored)) == (1, 0)
        with pytest.raises(RetryAfter):
            await bot.send_message(ann.chat.id, "d")
        assert len(limits.ignored) == 1


def test_a_group_has_a_budget_a_minute() -> None:
    limits, now = Limits(burst=100, overall=1000), time.monotonic()
    for step in range(20):
        limits.admit(-5, "sendMessage", now + step / 100)
    with pytest.raises(Exception, match=r"(?i)retry after 59"):
        limits.admit(-5, "editMessageText", now + 1)
    limits.admit(-5, "editMessageText", now + 61.1)
    limits.admit(5, "editMessageText", now + 1)


async def test_a_webhook_is_given_the_updates_with_its_secret(telegram: Loopback, bot: Bot) -> None:
    from aiohttp import web

    taken: list[tuple[str, str]] = []

    async def hook(request: web.Request) -> web.Response:
        body = await request.json()
        secret = request.headers["X-Telegram-Bot-Api-Secret-Token"]
        taken.append((body["message"]["text"], secret))
        return web.Response(status=500 if len(taken) == 1 else 200)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s3cret")  # noqa: S106
    with pytest.raises(Conflict, match=r"(?i)webhook is active"):
        await bot.get_updates()
    telegram.private("Ann").say("hello")
    await telegram.world.until(lambda: not telegram.world.updates)
    assert taken == [("hello", "s3cret")] * 2
    await runner.cleanup()


async def test_commands_are_kept_by_scope_and_language(telegram: Loopback, bot: Bot) -> None:
    await bot.set_my_commands([("story", "Tell a story")], language_code="de")
    assert telegram.world.commands["default/de"][0]["command"] == "story"
    with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
        await bot.set_my_commands([("Story!", "x")])
