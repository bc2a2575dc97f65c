"""What the Bot API refuses: its limits, its HTML, and how it words a refusal."""

from __future__ import annotations

import io
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from PIL import Image

MAX_TEXT, MAX_CAPTION, MAX_DATA, MAX_PHOTO, MAX_FILE = 4096, 1024, 64, 10_000_000, 50_000_000
MAX_ANSWER, MAX_PLACEHOLDER, MAX_COMMAND, MAX_DESCRIPTION = 200, 64, 32, 256
_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "code": "code", "pre": "pre", "tg-spoiler": "spoiler", "blockquote": "blockquote",
    "a": "text_link",
}  # fmt: skip
_TOKEN = re.compile(
    r"<(/?)([a-z-]+)((?:\s[^<>]*)?)>|(<)|(&(?:lt|gt|amp|quot|#\d+|#x[\da-f]+);)|(.)", re.I | re.S
)
_HREF = re.compile(r'href="([^"]*)"')
_PLACEHOLDERS = {"(PEER_ID_INVALID)"}


class ApiError(Exception):
    """A refusal: HTTP status, Telegram's sentence, and its ``parameters``."""

    def __init__(self, description: str, *, status: int = 400, **parameters: Any) -> None:
        super().__init__(description)
        prefix = {400: "Bad Request: ", 403: "Forbidden: "}.get(status, "")
        self.status = status
        self.body = {"ok": False, "error_code": status, "description": prefix + description}
        if parameters:
            self.body["parameters"] = parameters


def units(text: str) -> int:
    """Return a text's length as Telegram counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def read_html(html: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the text and entities of Telegram's HTML; refuse what Telegram refuses."""
    text, entities, opened = "", [], []
    for found in _TOKEN.finditer(html):
        closing, tag, attributes, bare, entity, plain = found.groups()
        at = len(html[: found.start()].encode())
        if bare:
            raise ApiError(f'can\'t parse entities: Unsupported start tag "" at byte offset {at}')
        if tag is None:
            text += unescape(entity) if entity else plain
        elif tag.lower() not in _TAGS:
            raise ApiError(
                f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {at}'
            )
        elif not closing:
            opened.append((tag.lower(), units(text), attributes or ""))
        elif not opened or opened[-1][0] != tag.lower():
            raise ApiError(f"can't parse entities: Unexpected end tag at byte offset {at}")
        else:
            entities += _entity(*opened.pop(), end=units(text))
    if opened:
        raise ApiError(f"can't parse entities: Can't find end tag corresponding to {opened[-1][0]}")
    return _trimmed(text, entities)


def _entity(tag: str, start: int, attributes: str, *, end: int) -> list[dict[str, Any]]:
    entity = {"type": _TAGS[tag], "offset": start, "length": end - start}
    if tag == "a":
        href = _HREF.search(attributes)
        if not href:
            return []
        entity["url"] = unescape(href[1])
        if entity["url"].startswith("tg://user?id="):
            number = int(entity.pop("url").removeprefix("tg://user?id="))
            entity |= {
                "type": "text_mention",
                "user": {"id": number, "is_bot": False, "first_name": "?"},
            }
    return [entity] if end > start else []


def _trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Take blanks off both ends, as Telegram does, and shift the entities."""
    shift = len(text) - len(text.lstrip())
    text = text.strip()
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - shift)
        end = min(units(text), entity["offset"] + entity["length"] - shift)
        if end > start:
            kept.append(entity | {"offset": start, "length": end - start})
    return text, sorted(kept, key=lambda entity: entity["offset"])


def check_keyboard(markup: dict[str, Any] | None) -> None:
    """Refuse a keyboard that Telegram would not take."""
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise ApiError("text buttons are allowed to be non-empty only")
            kinds = [
                kind for kind in ("callback_data", "url", "switch_inline_query") if kind in button
            ]
            if len(kinds) != 1:
                raise ApiError("inline keyboard button must have exactly one action")
            if (
                kinds == ["callback_data"]
                and not 1 <= len(button["callback_data"].encode()) <= MAX_DATA
            ):
                raise ApiError("BUTTON_DATA_INVALID")
    hint = (markup or {}).get("input_field_placeholder", "-")
    if not 1 <= units(hint) <= MAX_PLACEHOLDER:
        raise ApiError("reply markup's input field placeholder is invalid")


def photo_size(data: bytes) -> tuple[int, int]:
    """Return a photo's width and height; refuse what is none, too large or too long."""
    if len(data) > MAX_PHOTO:
        raise ApiError("PHOTO_SAVE_FILE_INVALID" if len(data) < MAX_FILE else "file is too big")
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as picture:
            width, height = picture.size
    except OSError:
        raise ApiError("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise ApiError("PHOTO_INVALID_DIMENSIONS")
    return width, height


@dataclass
class Limits:
    """Flood control: what a chat may be sent, edits counted as sends; times in seconds.

    Telegram's true rules are unpublished: about one message a second and chat with a short burst,
    twenty a minute and group, thirty a second in all. A bot that asks again before its
    ``retry_after`` is over is noted in ``ignored``.
    """

    burst: int = 4
    per_second: float = 1.0
    group_minute: int = 20
    overall: int = 30
    floods: list[tuple[float, int, str]] = field(default_factory=list)
    ignored: list[tuple[float, int, str]] = field(default_factory=list)
    _level: dict[int, tuple[float, float]] = field(default_factory=dict)
    _group: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _all: deque[float] = field(default_factory=deque)
    _wait: dict[int, float] = field(default_factory=dict)

    def admit(self, chat: int, method: str, now: float) -> None:
        """Let a send through, or refuse it with 429 and when to come again."""
        if now < self._wait.get(chat, 0.0):
            self.ignored.append((now, chat, method))
            raise self._flood(chat, method, now, self._wait[chat] - now)
        wait = max(self._chat_wait(chat, now), self._minute_wait(chat, now), self._all_wait(now))
        if wait > 0:
            self._wait[chat] = now + max(1.0, wait)
            raise self._flood(chat, method, now, wait)
        moment, level = self._level.get(chat, (now, 0.0))
        self._level[chat] = (now, max(0.0, level - (now - moment) * self.per_second) + 1)
        self._group[chat].append(now)
        self._all.append(now)

    def _chat_wait(self, chat: int, now: float) -> float:
        moment, level = self._level.get(chat, (now, 0.0))
        left = max(0.0, level - (now - moment) * self.per_second)
        # A thousandth of grace, so that a client which waits exactly as told is let in.
        return max(0.0, left + 1 - self.burst - 1e-3) / self.per_second

    def _minute_wait(self, chat: int, now: float) -> float:
        sent = self._group[chat]
        while sent and sent[0] <= now - 60:
            sent.popleft()
        return sent[0] + 60 - now if chat < 0 and len(sent) >= self.group_minute else 0.0

    def _all_wait(self, now: float) -> float:
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        return self._all[0] + 1 - now if len(self._all) >= self.overall else 0.0

    def _flood(self, chat: int, method: str, now: float, wait: float) -> ApiError:
        self.floods.append((now, chat, method))
        seconds = max(1, -int(-wait // 1))
        text = f"Too Many Requests: retry after {seconds}"
        return ApiError(text, status=429, retry_after=seconds)
