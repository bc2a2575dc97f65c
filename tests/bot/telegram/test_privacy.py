"""What is held is shown, handed over and deleted in private chats, and nowhere else."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from bot.storytelling.permissions import Actor
from bot.telegram import exporting
from tests.bot.telegram.house import House
from tests.bot.telegram.telling import actor_of, shelve

ANN_THERE = Actor("discord:7", "discord:70")


async def test_shown_in_figures(house: House) -> None:
    ann = house.telegram.private("Ann <3")
    fox = await shelve(house, ann, "a <fox>", pages=2)
    held = await ann.asks("/privacy")
    lines = held.text.splitlines()
    assert lines[:4] == ["What is held about you", "Name: Ann <3", "Stories: 1", "Pages: 2"]
    assert f"{fox} The Tale of a <fox>" in lines
    assert held.labels == [
        "Send me everything", "Join with my account elsewhere", "Delete everything",
    ]  # fmt: skip


async def test_a_group_is_shown_the_way_only(house: House) -> None:
    group = house.telegram.group("Readers")
    ann = house.telegram.join(group, "Ann")
    await shelve(house, ann, "a secret")
    for words in ("", " export", " delete"):
        answer = await ann.asks(f"/privacy{words}")
        assert "nobody else’s business" in answer.text
        assert answer.data("Open").endswith("?start=privacy")
    own = house.telegram.private("Ann")
    written = own.start("privacy")
    assert "What is held" in (await own.chat.sees(after=written.number)).text


async def test_everything_comes_as_a_zip(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann)
    held = await ann.asks("/privacy")
    await ann.press(held, "Send me everything").answer()
    sent = await ann.chat.sees(lambda m: bool(m.document))
    with zipfile.ZipFile(io.BytesIO(sent.document)) as archive:
        person = json.loads(archive.read("person.json"))
        assert f"stories/{fox}/story.json" in archive.namelist()
    assert person["id"] == actor_of(ann).person
    monkeypatch.setattr(exporting, "MOST_BYTES_LOCAL", 100)
    assert "at most" in (await ann.asks("/privacy export", "at most")).text


async def test_deleting_asks_again_and_leaves_nothing(house: House) -> None:
    ann = house.telegram.private("Ann")
    await shelve(house, ann)
    held = await ann.asks("/privacy")
    await ann.press(held, "Delete everything").answer()
    await ann.chat.sees(lambda m: m is held and "Really delete everything" in m.text)
    await ann.press(held, "No, keep it").answer()
    await ann.chat.sees(lambda m: m is held and "Everything stays" in m.text)
    assert (await house.teller.privacy.show(actor_of(ann).person)).counts["stories"] == 1
    asked = await ann.asks("/privacy delete", "Really delete")
    await ann.press(asked, "Yes, delete everything").answer()
    await ann.chat.sees(lambda m: m is asked and "1 story was removed" in m.text)
    assert (await house.teller.privacy.show(actor_of(ann).person)).counts["stories"] == 0


async def test_a_joined_account_is_named_undone_and_keeps_its_own(house: House) -> None:
    ann = house.telegram.private("Ann")
    await shelve(house, ann)
    await house.teller.people.meet(ANN_THERE, name="Ann elsewhere")
    code = await house.teller.accounts.code(ANN_THERE)
    await house.teller.accounts.link(code.code, actor_of(ann))
    held = await ann.asks("/privacy")
    assert "Your account is joined with Ann elsewhere on Discord." in held.text
    asked = await ann.asks("/privacy delete", "Really")
    assert "Ann elsewhere, keeps its own data" in asked.text
    await ann.press(held, "Undo the joining").answer()
    await ann.chat.sees("separate again")
    assert await house.teller.accounts.linked(ANN_THERE) is None
    held = await ann.asks("/privacy", "What is held")
    await ann.press(held, "Join with my account").answer()
    await ann.chat.sees("This code joins")
