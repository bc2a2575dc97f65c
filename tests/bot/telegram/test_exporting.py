"""Books arrive as documents; formats by keyboard; sizes said."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.chat import exports
from bot.telegram import exporting
from tests.bot.telegram.house import House
from tests.bot.telegram.loopback import Message
from tests.bot.telegram.telling import actor_of, shelve


def named(message: Message) -> str:
    return str(message.raw["document"]["file_name"])


async def test_formats_are_offered_and_sent_as_documents(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann, "a <fox>", pages=2)
    for label, ending, magic in (("PDF", "pdf", b"%PDF"), ("EPUB", "epub", b"PK"),
                                 ("HTML", "html", b"<!"), ("ZIP", "zip", b"PK")):  # fmt: skip
        offer = await ann.asks(f"/export {fox}", "As what")
        assert len(offer.labels) == 5
        await ann.press(offer, label).answer()
        sent = await ann.chat.sees(lambda m: bool(m.document), after=offer.number)
        assert sent.document.startswith(magic)
        assert named(sent) == f"the-tale-of-a-fox-{fox}.{ending}"
        assert sent.text.startswith("“The Tale of a <fox>” as ")
        assert sent.reply_to == offer.number
        await ann.chat.sees(lambda m, offer=offer: m is offer and "kB" in m.text)
        assert offer.labels == []
    assert "upload_document" in ann.chat.actions


async def test_a_format_may_be_written_and_a_page_replied_to(house: House) -> None:
    ann = house.telegram.private("Ann")
    await shelve(house, ann, "an owl")
    fox = await shelve(house, ann, "a fox")
    page = await ann.asks(f"/show {fox}", "Page 1/1")
    written = ann.say("/export zip", reply_to=page)
    sent = await ann.chat.sees(lambda m: bool(m.document), after=written.number)
    with zipfile.ZipFile(io.BytesIO(sent.document)) as archive:
        assert archive.testzip() is None
    assert fox in named(sent)
    which = await ann.asks("/export", "Which story?")
    await ann.press(which, "owl").answer()
    assert "As what shall “The Tale of an owl” come?" in (await ann.chat.sees("As what")).text


async def test_a_pages_own_menu_exports_its_branch(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann, pages=2)
    page = await ann.asks(f"/show {fox}", "Page 2/2")
    await ann.press(page, "More").answer()
    await ann.chat.sees(lambda m: m is page and "Export" in m.labels)
    await ann.press(page, "Export").answer()
    offer = await ann.chat.sees("As what")
    leaf = (await house.teller.views.details(fox, actor_of(ann))).branch[-1].id
    assert offer.data("PDF") == f"st:1:exportas:pdf.{fox}.{leaf}"
    await ann.press(offer, "HTML").answer()
    assert b"Page 2 of" in (await ann.chat.sees(lambda m: bool(m.document))).document


async def test_what_is_too_large_or_not_possible_is_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann)
    monkeypatch.setattr(exporting, "MOST_BYTES_LOCAL", 100)
    offer = await ann.asks(f"/export {fox}", "As what")
    await ann.press(offer, "PDF").answer()
    told = await ann.chat.sees("at most")
    assert f"pagewright export {fox} --format pdf" in told.text
    assert not any(message.document for message in ann.chat.shown)
    monkeypatch.setattr(exports, "MOST_WAITING", 0)
    assert "Too many books" in (await ann.asks(f"/export pdf {fox}", "Too many")).text
    forged = ann.press_data(offer, f"st:1:exportas:exe.{fox}")
    assert "another time" in (await forged.answer())["text"]
