"""One message a page: what it shows in each state, and what becomes of what Telegram refuses."""

from __future__ import annotations

import io
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from telegram.ext import ExtBot

from bot.chat.messenger import ClosedError, GoneError, LaterError, TooOldError, UnfitError
from bot.chat.page import PageView
from bot.library.library import open_library
from bot.settings import TelegramSettings
from bot.storytelling.marks import Marks
from bot.telegram.limiter import Budgets
from bot.telegram.messenger import TelegramMessenger
from tests.bot.telegram.loopback import Loopback

WRITING = PageView("0123abcd", 1, 2, "writing", title="The Fox", text="Once", job_id="jjjj0000")


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 64), *, noise: bool = False) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", size, (200, 120, 40))
    if noise:
        image = Image.frombytes("RGB", size, random.Random(1).randbytes(3 * size[0] * size[1]))
    image.save(out, kind)
    return out.getvalue()


PAINTING = replace(WRITING, phase="painting", text="Once there was a fox.", page_id="pppp0000")
LOOK = replace(PAINTING, picture=picture("WEBP"), step=5, steps=10)
DONE = replace(PAINTING, phase="done", picture=picture(), seed=7)


class Desk:
    """A messenger on a loopback, in Ann's chat."""

    def __init__(self, telegram: Loopback, bot: ExtBot[str], marks: Marks) -> None:
        self.telegram, self.bot, self.marks = telegram, bot, marks
        self.ann = telegram.private("Ann")
        self.channel = str(self.ann.chat.id)
        self.messenger = self.made()

    def made(self, **settings: object) -> TelegramMessenger:
        chosen = TelegramSettings(**({"edit_interval_s": 0.1} | settings))
        return TelegramMessenger(self.bot, self.bot.rate_limiter, self.marks, chosen)  # type: ignore[arg-type]


@pytest.fixture
async def desk(telegram: Loopback, tmp_path: Path, hurried: None) -> AsyncIterator[Desk]:
    url = telegram.url
    bot = ExtBot(
        telegram.token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        rate_limiter=Budgets(interval_s=0.0),
    )
    async with bot, open_library(tmp_path / "library.db") as library:
        yield Desk(telegram, bot, Marks(library))


async def test_a_text_becomes_a_photo_and_the_last_picture_is_the_whole_one(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, WRITING)
    shown = desk.ann.chat.messages[int(sent)]
    assert shown.text == "The Fox\n\nOnce\n\nWriting…"
    assert shown.labels == ["Cancel"]
    await desk.messenger.edit(desk.channel, sent, PAINTING)
    assert not shown.photo
    await desk.messenger.edit(desk.channel, sent, LOOK)
    assert shown.photo.startswith(b"\xff\xd8")  # what every client shows
    assert "Painting… 50 %" in shown.text
    await desk.messenger.edit(desk.channel, sent, DONE)
    assert shown.photo == DONE.picture
    assert shown.labels == ["Continue", "Branch", "Retry", "Redraw", "More"]
    assert len(desk.telegram.called("editMessageMedia")) == 2


async def test_a_picture_that_is_there_already_is_not_sent_again(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, DONE)
    await desk.messenger.edit(desk.channel, sent, replace(DONE, loves=2))
    await desk.messenger.edit(desk.channel, sent, replace(DONE, loves=2))  # nothing changed
    assert "♥ 2" in desk.ann.chat.messages[int(sent)].text
    assert desk.telegram.called("editMessageMedia") == []


async def test_after_a_restart_a_message_is_edited_whatever_it_was(desk: Desk) -> None:
    photo = await desk.messenger.send(desk.channel, DONE)
    text = await desk.messenger.send(desk.channel, PAINTING)
    fresh = desk.made()
    await fresh.edit(desk.channel, photo, replace(DONE, picture=b"", phase="cancelled"))
    await fresh.edit(desk.channel, text, DONE)
    assert "Stopped" in desk.ann.chat.messages[int(photo)].text
    assert desk.ann.chat.messages[int(text)].photo == DONE.picture


async def test_long_prose_goes_on_in_a_reply_that_keeps_step(desk: Desk) -> None:
    long = replace(DONE, text="The fox <ran> & ran. " * 120)
    sent = await desk.messenger.send(desk.channel, long)
    page, rest = desk.ann.chat.from_bot
    assert rest.reply_to == page.number
    assert len(page.text) <= 1024
    whole = (page.text + rest.text).replace("…", "").replace("\u200b", "")
    assert whole.count("The fox <ran> & ran.") == 120
    fresh = desk.made()
    await fresh.edit(desk.channel, sent, replace(long, text="The owl sat. " * 150))
    assert "owl" in rest.text
    await fresh.edit(desk.channel, sent, DONE)
    assert rest.deleted
    await fresh.edit(desk.channel, sent, long)
    assert "fox" in desk.ann.chat.from_bot[-1].text


async def test_doubtful_pictures_are_hidden_and_captions_stand_where_they_are_to(
    desk: Desk,
) -> None:
    messenger = desk.made(caption_above=True)
    sent = await messenger.send(desk.channel, PAINTING)
    await messenger.edit(desk.channel, sent, replace(DONE, hidden=True))
    raw = desk.ann.chat.messages[int(sent)].raw
    assert raw["has_media_spoiler"] is True
    assert raw["show_caption_above_media"] is True


async def test_prose_streams_as_a_draft_in_a_private_chat(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, replace(WRITING, phase="queued", text=""))
    await desk.messenger.edit(desk.channel, sent, WRITING)
    await desk.messenger.edit(desk.channel, sent, replace(WRITING, text="Once there & then"))
    await desk.messenger.edit(desk.channel, sent, replace(WRITING, text="Once there & then so"))
    drafts = desk.ann.chat.drafts
    assert [draft["text"] for draft in drafts] == [
        "The Fox\n\nOnce there & then",
        "The Fox\n\nOnce there & then so",
    ]
    assert {int(draft["draft_id"]) for draft in drafts} == {int(sent)}
    assert desk.ann.chat.messages[int(sent)].text.endswith("Writing…")


async def test_a_server_without_drafts_gets_edits_and_is_asked_once(desk: Desk) -> None:
    desk.telegram.fail("sendMessageDraft", times=9, status=404, description="Not Found")
    sent = await desk.messenger.send(desk.channel, WRITING)
    for words in ("Once there", "Once there was"):
        await desk.messenger.edit(desk.channel, sent, replace(WRITING, text=words))
        assert words in desk.ann.chat.messages[int(sent)].text
    assert sum(call.method == "sendMessageDraft" for call in desk.telegram.calls) == 1


async def test_in_a_group_prose_streams_by_edits(desk: Desk) -> None:
    group = desk.telegram.group("Readers")
    sent = await desk.messenger.send(str(group.id), WRITING)
    await desk.messenger.edit(str(group.id), sent, replace(WRITING, text="Once there"))
    assert "Once there" in group.messages[int(sent)].text
    assert group.drafts == []


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: message to edit not found", GoneError),
        (400, "Bad Request: MESSAGE_ID_INVALID", GoneError),
        (400, "Bad Request: message can't be edited", TooOldError),
        (400, "Bad Request: chat not found", ClosedError),
        (400, "Bad Request: TOPIC_CLOSED", ClosedError),
        (400, "Bad Request: message thread not found", ClosedError),
        (403, "Forbidden: bot was blocked by the user", ClosedError),
        (403, "Forbidden: bot was kicked from the supergroup chat", ClosedError),
        (400, "Bad Request: something nobody foresaw", UnfitError),
        (500, "Internal Server Error", LaterError),
        (502, "Bad Gateway", LaterError),
        (401, "Unauthorized", LaterError),
    ],
)
async def test_each_refusal_has_its_meaning(
    desk: Desk, status: int, description: str, kind: type[Exception]
) -> None:
    sent = await desk.messenger.send(desk.channel, PAINTING)
    desk.telegram.fail("editMessage.*", status=status, description=description)
    with pytest.raises(kind):
        await desk.messenger.edit(desk.channel, sent, DONE)


async def test_what_cannot_be_reached_is_for_later(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, PAINTING)
    await desk.telegram.down()
    with pytest.raises(LaterError):
        await desk.messenger.edit(desk.channel, sent, DONE)
    await desk.telegram.up()


@pytest.mark.parametrize(
    "said", ["Bad Request: IMAGE_PROCESS_FAILED", "Bad Request: PHOTO_INVALID_DIMENSIONS"]
)
async def test_a_picture_that_is_refused_comes_as_jpeg_and_then_not_at_all(
    desk: Desk, said: str
) -> None:
    sent = await desk.messenger.send(desk.channel, PAINTING)
    shown = desk.ann.chat.messages[int(sent)]
    desk.telegram.fail("editMessageMedia", status=400, description=said)
    await desk.messenger.edit(desk.channel, sent, DONE)
    assert shown.photo.startswith(b"\xff\xd8")
    desk.telegram.fail("editMessageMedia", times=2, status=400, description=said)
    other = await desk.messenger.send(desk.channel, PAINTING)
    await desk.messenger.edit(desk.channel, other, replace(DONE, title="The Owl"))
    assert "The Owl" in desk.ann.chat.messages[int(other)].text
    assert "Continue" in desk.ann.chat.messages[int(other)].labels


async def test_a_picture_of_a_shape_that_telegram_refuses_is_put_on_a_sheet(desk: Desk) -> None:
    stripe = replace(DONE, picture=picture(size=(1200, 20)))
    sent = await desk.messenger.send(desk.channel, stripe)
    with Image.open(io.BytesIO(desk.ann.chat.messages[int(sent)].photo)) as shown:
        assert max(shown.size) <= 20 * min(shown.size)


async def test_a_damaged_preview_is_unfit_and_loses_nothing(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, PAINTING)
    with pytest.raises(UnfitError):
        await desk.messenger.edit(desk.channel, sent, replace(LOOK, picture=b"webp"))
    await desk.messenger.edit(desk.channel, sent, DONE)
    assert desk.ann.chat.messages[int(sent)].photo == DONE.picture


async def test_a_server_that_counts_otherwise_gets_a_shorter_page(desk: Desk) -> None:
    said = "Bad Request: message caption is too long"
    desk.telegram.fail("sendPhoto", status=400, description=said)
    sent = await desk.messenger.send(desk.channel, replace(DONE, text="So it was. " * 80))
    assert len(desk.ann.chat.messages[int(sent)].text) <= 512


async def test_a_reply_to_what_is_gone_is_sent_without(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, PAINTING, reply_to="4711")
    assert not desk.ann.chat.messages[int(sent)].reply_to


async def test_previews_of_a_group_share_its_minute(desk: Desk) -> None:
    group = str(desk.telegram.group("Readers").id)
    alone = desk.messenger.interval_s(group)
    for _ in range(3):
        await desk.messenger.send(group, WRITING)
    assert desk.messenger.interval_s(group) == pytest.approx(3 * alone)


async def test_a_preview_without_room_is_for_later_and_the_last_view_is_not(desk: Desk) -> None:
    budgets = Budgets(interval_s=600.0)
    desk.bot._rate_limiter = budgets  # type: ignore[assignment]
    sent = await desk.messenger.send(desk.channel, WRITING)
    messenger = desk.made()
    await messenger.edit(desk.channel, sent, PAINTING)
    with pytest.raises(LaterError, match="no room"):
        await messenger.edit(desk.channel, sent, LOOK)
    assert not desk.ann.chat.messages[int(sent)].photo
    await messenger.edit(desk.channel, sent, DONE)
    assert desk.ann.chat.messages[int(sent)].photo == DONE.picture


async def test_a_page_is_taken_out_of_the_chat_with_what_goes_on_with_it(desk: Desk) -> None:
    sent = await desk.messenger.send(desk.channel, replace(DONE, text="So it was. " * 200))
    page, rest = desk.ann.chat.from_bot
    await desk.messenger.remove(desk.channel, sent)
    assert page.deleted
    assert rest.deleted
    old = await desk.messenger.send(desk.channel, DONE)
    desk.telegram.fail("deleteMessage", status=400, description="message can't be deleted")
    await desk.messenger.remove(desk.channel, old)
    assert desk.ann.chat.messages[int(old)].labels == []
