"""The bot's requests as they were, the faults that meet them, and answers in JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web


def json_answer(
    body: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    # Exactly this type: with a character set behind it discord.py takes the answer for text.
    kind = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind)


@dataclass(frozen=True)
class Request:
    """A request of the bot's: when, what, and how it was answered."""

    at: float
    method: str
    path: str
    status: int


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests whose "METHOD /path" holds ``pattern``.

    ``status`` answers with it; 0 cuts the connection. ``after``: only once it was done.
    """

    pattern: re.Pattern[str]
    status: int
    times: int
    after: bool
