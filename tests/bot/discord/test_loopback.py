"""The loopback Discord refuses what Discord refuses, with the real client in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.bot.discord.loopback import LoopbackDiscord, UserError
from tests.bot.discord.loopback.rules import (
    RefusedError,
    check_commands,
    check_message,
    check_modal,
)
from tests.bot.discord.loopback.world import COMPONENTS_V2, StoredFile

PICTURE = StoredFile(1, "page.png", b"")


def text(words: str) -> dict[str, object]:
    return {"type": 10, "content": words}


def button(custom_id: str = "a", **more: object) -> dict[str, object]:
    return {"type": 2, "style": 2, "custom_id": custom_id, "label": "x", **more}


def row(*parts: object) -> dict[str, object]:
    return {"type": 1, "components": list(parts)}


def gallery(name: str) -> dict[str, object]:
    return {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}}]}


@pytest.mark.parametrize(
    ("payload", "flags"),
    [
        ({"content": "x" * 2001}, 0),
        ({}, 0),
        ({"components": [text("x" * 4001)]}, COMPONENTS_V2),
        ({"components": [text(str(n)) for n in range(41)]}, COMPONENTS_V2),
        ({"components": [text("x")], "content": "y"}, COMPONENTS_V2),
        ({"components": [text(" ")]}, COMPONENTS_V2),
        ({"components": [gallery("other.png")]}, COMPONENTS_V2),
        ({"components": [row(*(button(str(n)) for n in range(6)))]}, 0),
        ({"components": [row(button("a")), row(button("a"))]}, 0),
        ({"components": [row(button("a" * 101))]}, 0),
        ({"components": [row(button(label="x" * 81))]}, 0),
        ({"components": [text("x")]}, 0),
        ({"embeds": [{"title": "x" * 257}]}, 0),
        ({"embeds": [{"description": "x" * 4096}, {"description": "x" * 2000}]}, 0),
    ],
)
def test_messages_that_discord_refuses_are_refused(payload: dict[str, object], flags: int) -> None:
    with pytest.raises(RefusedError):
        check_message(payload, [PICTURE] if payload else [], flags=flags)


def test_messages_at_the_limits_are_taken() -> None:
    check_message({"content": "x" * 2000}, [], flags=0)
    parts = [{"type": 17, "components": [text("x" * 3950), gallery("page.png")]}]
    more = [text(str(n)) for n in range(30)]
    check_message({"components": parts + more}, [PICTURE], flags=COMPONENTS_V2)


def test_forms_and_commands_beyond_the_limits_are_refused() -> None:
    field = {"type": 4, "custom_id": "a", "style": 1}
    label = {"type": 18, "label": "x", "component": field}
    check_modal({"title": "x", "custom_id": "y", "components": [label]})
    with pytest.raises(RefusedError):
        check_modal({"title": "x" * 46, "custom_id": "y", "components": [label]})
    with pytest.raises(RefusedError):
        check_modal({"title": "x", "custom_id": "y", "components": [{**label, "label": "x" * 46}]})
    command = {"name": "story", "description": "x", "options": []}
    check_commands([command])
    for wrong in ({"name": "Story"}, {"description": "x" * 101}, {"name": "a b"}):
        with pytest.raises(RefusedError):
            check_commands([{**command, **wrong}])


class Caller:
    """A bot without a library, that asks what it likes."""

    def __init__(self, discord: LoopbackDiscord, session: aiohttp.ClientSession) -> None:
        self.discord, self.session = discord, session
        self.guild = discord.add_guild()
        self.channel = self.guild.channels[0]

    async def ask(self, method: str, path: str, **payload: object) -> tuple[int, dict[str, object]]:
        headers = {"Authorization": f"Bot {self.discord.token}"}
        url = f"{self.discord.api_url}{path}"
        async with self.session.request(method, url, json=payload, headers=headers) as response:
            return response.status, await response.json()

    async def post(self, **payload: object) -> tuple[int, dict[str, object]]:
        return await self.ask("POST", f"/channels/{self.channel.id}/messages", **payload)


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with LoopbackDiscord() as discord, aiohttp.ClientSession() as session:
        yield Caller(discord, session)


async def test_the_same_nonce_gives_the_same_message(caller: Caller) -> None:
    first = await caller.post(content="x", nonce="n1", enforce_nonce=True)
    again = await caller.post(content="x", nonce="n1", enforce_nonce=True)
    assert first[1]["id"] == again[1]["id"]
    assert not caller.discord.violations
    await caller.post(content="x", nonce="n1")
    assert caller.discord.violations
    assert (await caller.post(content="x", nonce="n" * 26))[0] == 400


async def test_limits_are_told_in_headers_and_hits_are_counted(caller: Caller) -> None:
    caller.discord.limits.clock = lambda: 1.0
    answers = [await caller.post(content=str(n)) for n in range(6)]
    assert [status for status, _ in answers] == [200] * 5 + [429]
    assert len(caller.discord.limits.hits) == 1
    caller.discord.limits.force("GET /users/@me", retry_after_s=0.1)
    assert (await caller.ask("GET", "/users/@me"))[0] == 429
    assert len(caller.discord.limits.hits) == 1
    assert caller.discord.limits.forced_hits == 1


async def test_lost_rights_deleted_messages_and_old_ones_are_refused(caller: Caller) -> None:
    _, message = await caller.post(content="x")
    path = f"/channels/{caller.channel.id}/messages/{message['id']}"
    standing = caller.channel.messages[int(str(message["id"]))]
    standing.too_old = True
    assert (await caller.ask("PATCH", path, content="y"))[1]["code"] == 30046
    await caller.discord.delete_message(standing)
    assert (await caller.ask("PATCH", path, content="y"))[1]["code"] == 10008
    caller.channel.denied = frozenset({"send_messages"})
    assert (await caller.post(content="x"))[1]["code"] == 50013
    await caller.discord.kick_bot(caller.guild)
    assert (await caller.post(content="x"))[1]["code"] == 50001


async def test_late_answers_and_old_tokens_are_refused(caller: Caller) -> None:
    caller.discord.ack_timeout_s = 0.05
    found = await caller.discord.person("Ann", caller.guild)._act(2, {"name": "x", "type": 1})
    await asyncio.sleep(0.1)
    path = f"/interactions/{found.id}/{found.token}/callback"
    assert (await caller.ask("POST", path, type=4, data={"content": "x"}))[1]["code"] == 10062
    assert caller.discord.violations
    caller.discord.ack_timeout_s = 60.0
    found = await caller.discord.person("Ben", caller.guild)._act(2, {"name": "x", "type": 1})
    path = f"/interactions/{found.id}/{found.token}/callback"
    assert (await caller.ask("POST", path, type=5, data={"flags": 64}))[0] == 200
    assert (await caller.ask("POST", path, type=5))[1]["code"] == 40060
    caller.discord.violations.clear()
    caller.discord.interactions = {found.token: found}
    with pytest.raises(AssertionError, match="all answers did not happen"):
        await caller.discord.check(seconds=0.1)
    found.expired = True
    answer = f"/webhooks/{caller.discord.bot.id}/{found.token}/messages/@original"
    assert (await caller.ask("PATCH", answer, content="x"))[1]["code"] == 50027


async def test_unknown_routes_mentions_and_missing_commands_do_not_pass(caller: Caller) -> None:
    assert (await caller.ask("GET", "/voice/regions"))[0] == 404
    assert caller.discord.rest.unknown == ["GET /voice/regions"]
    await caller.post(content="hello @everyone")
    assert "mentions are parsed" in caller.discord.violations[0]
    with pytest.raises(UserError):
        await caller.discord.person("Ann", caller.guild).slash("story", idea="x")
