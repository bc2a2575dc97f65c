from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.chat.messenger import (
    ClosedError,
    GoneError,
    LaterError,
    MessengerError,
    TooOldError,
    UnfitError,
)
from bot.discord.faults import ArchivedError, ReplyError, TooLargeError, translated


def refusal(status: int, code: int, text: str = "no", **headers: str) -> discord.HTTPException:
    kinds: dict[int, type[discord.HTTPException]] = {
        403: discord.Forbidden,
        404: discord.NotFound,
    }
    kind = kinds.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)
    response: Any = SimpleNamespace(status=status, reason="no", headers=headers)
    return kind(response, {"code": code, "message": text})


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10008, GoneError),
        (404, 10003, ClosedError),
        (404, 10004, ClosedError),
        (403, 50001, ClosedError),
        (403, 50013, ClosedError),
        (403, 50007, ClosedError),
        (400, 50083, ArchivedError),
        (400, 30046, TooOldError),
        (429, 30046, TooOldError),
        (429, 0, LaterError),
        (401, 0, LaterError),
        (500, 0, LaterError),
        (503, 0, LaterError),
        (400, 50035, UnfitError),
        (413, 40005, TooLargeError),
        (400, 40005, TooLargeError),
        (403, 160002, ReplyError),
    ],
)
def test_each_refusal_has_its_meaning(status: int, code: int, kind: type[Exception]) -> None:
    with pytest.raises(MessengerError) as raised, translated():
        raise refusal(status, code)
    assert type(raised.value) is kind


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientConnectionError("cut"),
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError(),
        RuntimeError("Session is closed"),
    ],
)
def test_the_networks_faults_are_for_later(error: Exception) -> None:
    with pytest.raises(LaterError), translated():
        raise error


def test_what_a_limit_says_is_waited_for() -> None:
    with pytest.raises(LaterError) as raised, translated():
        raise refusal(429, 0, **{"Retry-After": "7"})
    assert raised.value.seconds == 7
    with pytest.raises(LaterError) as raised, translated():
        raise discord.RateLimited(42.0)
    assert raised.value.seconds == 42
    with pytest.raises(LaterError) as raised, translated():
        raise refusal(429, 0, **{"Retry-After": "soon"})
    assert raised.value.seconds > 0


def test_what_discord_py_refuses_to_send_is_unfit() -> None:
    with pytest.raises(UnfitError), translated():
        raise ValueError("maximum number of children exceeded")
