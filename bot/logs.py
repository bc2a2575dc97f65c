"""Sets up the bot's log: one line an event, as text or JSON, and never a token in it."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from typing import TextIO

from bot.settings import LogSettings

# A Telegram token stands in every address its library asks for.
_TELEGRAM_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_HIDDEN = "[token]"
# No platform gives shorter ones; blotting out a letter or two would make a log unreadable.
_SHORTEST_SECRET = 6
# They name whole addresses, and each request, at the level "info".
_CHATTY = ("httpx", "httpcore", "apscheduler", "tornado.access", "discord.http", "fontTools")


def set_up_logging(
    settings: LogSettings, *, secrets: Iterable[str] = (), stream: TextIO = sys.stderr
) -> None:
    """Let everything be logged to one stream, with these secrets blotted out."""
    handler = logging.StreamHandler(stream)
    lines = _JsonLines if settings.format == "json" else _TextLines
    handler.setFormatter(
        lines(tuple(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


class _TextLines(logging.Formatter):
    """Moment, level, logger, message; a traceback below."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return without(super().format(record), self._secrets)


class _JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, traceback."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%S%z")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        return without(json.dumps(line, ensure_ascii=False), self._secrets)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with secrets, and whatever looks like a Telegram token, blotted out."""
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return _TELEGRAM_TOKEN.sub(_HIDDEN, text)
