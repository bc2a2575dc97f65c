"""A page as Telegram shows it: HTML within the limits of a text or a caption, and a picture."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image
from telegram.constants import FileSizeLimit, MessageLimit

from bot.chat.lines import footer, status, title_line
from bot.chat.page import PageView
from bot.telegram.markup import bold, cut, escape, italic, link, note, story_url, units

CAPTION, TEXT = int(MessageLimit.CAPTION_LENGTH), int(MessageLimit.MAX_TEXT_LENGTH)
_MOST_TITLE = 160
_PREVIEW_QUALITY, _FINAL_QUALITY = 82, 95
# Telegram refuses photos that are larger or longer than this (core.telegram.org/bots/api, photo).
_MOST_BYTES, _MOST_SIDES, _MOST_RATIO = int(FileSizeLimit.PHOTOSIZE_UPLOAD), 10_000, 20


@dataclass(frozen=True)
class Drawn:
    """A page's HTML, and what did not fit into it: ``rest`` is plain text, "" for nothing."""

    html: str
    rest: str = ""


def draw(view: PageView, username: str, *, most: int) -> Drawn:
    """Return a page in at most ``most`` UTF-16 units as they are shown."""
    title, more = cut(title_line(view), _MOST_TITLE)
    title += "…" if more else ""
    below, below_html = _below(view, username)
    room = most - units(title) - units(below) - 2 * len("\n\n")
    text, rest = cut(view.text.strip(), room - 1)
    shown = f"{escape(text)}…" if rest else escape(text)
    parts = (bold(title), shown, below_html)
    return Drawn("\n\n".join(part for part in parts if part), rest)


def _below(view: PageView, username: str) -> tuple[str, str]:
    """Return the small lines under the prose, plain and as HTML."""
    said, line = status(view), ""
    if view.page_id or not view.live:
        line = footer(view)
        if view.loves:
            line = f"{line} · ♥ {view.loves}"
    plain = "\n".join(part for part in (said, line) if part)
    html = "\n".join(part for part in (italic(said), _linked(line, view, username)) if part)
    return plain, html


def _linked(line: str, view: PageView, username: str) -> str:
    """Return the footer with the story's id as a link that shows the story anywhere."""
    before, found, after = line.rpartition(view.story_id)
    if not found or not view.story_id:
        return escape(line)
    return escape(before) + link(found, story_url(username, view.story_id)) + escape(after)


def draw_rest(rest: str, view: PageView, username: str) -> str:
    """Return the HTML of the message that goes on with a page's prose; a reply to it counts."""
    text, more = cut(rest, TEXT - 16)
    hidden = note(username, "continue", view.page_id) if view.page_id else ""
    return f"{hidden}…{escape(text)}{'…' if more else ''}"


def draw_draft(view: PageView) -> str:
    """Return the HTML of a page that is being written, as a draft shows it."""
    text = cut(view.text.strip(), TEXT - _MOST_TITLE - 8)[0]
    title = cut(title_line(view), _MOST_TITLE)[0]
    return f"{bold(title)}\n\n{escape(text)}" if text else ""


def preview_photo(picture: bytes) -> bytes:
    """Return a preview as JPEG, which Telegram takes as a photo everywhere."""
    return _jpeg(picture, _PREVIEW_QUALITY)


def final_photo(picture: bytes) -> bytes:
    """Return a finished picture as it is, or as the best JPEG that Telegram takes."""
    with Image.open(io.BytesIO(picture)) as opened:
        width, height = opened.size
    fits = width + height <= _MOST_SIDES and max(width, height) <= _MOST_RATIO * min(width, height)
    if fits and len(picture) <= _MOST_BYTES:
        return picture
    return plain_photo(picture)


def plain_photo(picture: bytes) -> bytes:
    """Return any picture as a JPEG of a size and shape that Telegram takes."""
    return _jpeg(picture, _FINAL_QUALITY, most_side=2560)


def _jpeg(picture: bytes, quality: int, *, most_side: int = 1280) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    image.thumbnail((most_side, most_side), Image.Resampling.LANCZOS)
    narrow = max(image.size) > _MOST_RATIO * min(image.size)
    if narrow:
        side = -(-max(image.size) // _MOST_RATIO)
        sheet = Image.new("RGB", (max(image.width, side), max(image.height, side)), "white")
        sheet.paste(image, ((sheet.width - image.width) // 2, (sheet.height - image.height) // 2))
        image = sheet
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
