"""``/gallery``: one photo of six covers, leafed through in place by the buttons below it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, InputMediaPhoto, Message, MessageEntity, ReplyParameters
from telegram.constants import ParseMode

from bot.chat.texts import say
from bot.chat.told import gallery_line
from bot.errors import BadInputError
from bot.storytelling.gallery import Browse, GalleryEntry, GalleryScreen
from bot.storytelling.titles import StoryTitle
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import short, title_button
from bot.telegram.markup import bold, escape, italic, link, story_url
from bot.telegram.pieces import Rows, in_rows, keyboard, repaint
from bot.telegram.routes import Button, Command, Route
from bot.telegram.tools import Tools

_LETTERS = {"n": "newest", "l": "loved", "r": "random", "b": "best"}
_MOST_TITLE, _MOST_AUTHOR, _MOST_WORDS = 56, 24, 80
_STATE = re.compile(r"[?&]start=g_(?P<state>[A-Za-z0-9_-]+)$")
# A character without width, so that a link may be there without being seen.
_UNSEEN = "\u200b"
_MOST_STYLES = 40
_FILE = "covers.jpg"


@dataclass(frozen=True)
class Look:
    """What a gallery's message shows; it is kept in the message itself, so needs no memory."""

    words: str = ""
    style: str = ""


class GalleryPhoto:
    """Shows contact sheets."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("gallery", "shelf.about_gallery", self._open),
            Button("galturn", self._turn),
            Button("galsort", self._sort),
            Button("galstyles", self._styles),
            Button("galstyle", self._style),
        )

    async def _open(self, asking: Asking, words: str) -> None:
        if asking.place.private:
            await self._own_shelf(asking)
            return
        look = Look(words=" ".join(words.split())[:_MOST_WORDS])
        screen = await self._browse(asking, look)
        if not screen.entries:
            key = "gallery.none_found" if look.words else "gallery.empty"
            await self._tools.replies.say(asking, escape(say(asking.public, key)))
            return
        await self._tools.bot.send_photo(
            asking.place.chat,
            await self._tools.teller.gallery.contact_sheet(screen),
            caption=self._caption(asking, screen, look),
            filename=_FILE,
            parse_mode=ParseMode.HTML,
            reply_markup=_keys(screen, look, asking.public),
            message_thread_id=asking.place.thread,
            reply_parameters=ReplyParameters(asking.message, allow_sending_without_reply=True),
        )

    async def _own_shelf(self, asking: Asking) -> None:
        """Show somebody's own stories: those told in private are in no gallery."""
        found = await self._tools.teller.titles.own(asking.actor)
        if not found:
            text = say(asking.language, "shelf.none_own")
            await self._tools.replies.say(asking, escape(text))
            return
        text = say(asking.language, "shelf.own_private")
        await self._tools.replies.say(asking, escape(text), keyboard=_shelf(found))

    async def _turn(self, asking: Asking, cursor: str) -> None:
        look = look_of(asking)
        # A place among hits means nothing where the words cannot be read any more.
        lost = cursor.startswith("b") and not look.words
        await self._redraw(asking, look, cursor="" if lost else cursor)

    async def _sort(self, asking: Asking, sort: str) -> None:
        await self._redraw(asking, look_of(asking), sort=sort)

    async def _style(self, asking: Asking, style: str) -> None:
        await self._redraw(asking, Look(look_of(asking).words, style))

    async def _styles(self, asking: Asking, words: str) -> None:
        """Put a choice of styles in the keyboard's place."""
        styles = await self._tools.teller.styles()
        every = button(say(asking.public, "shelf.all_styles"), "galstyle")
        some = [button(short(style, 24), "galstyle", style) for style in styles[:_MOST_STYLES]]
        keys = InlineKeyboardMarkup([[every], *in_rows(some, 2)])
        await self._tools.bot.edit_message_reply_markup(
            asking.place.chat, asking.message, reply_markup=keys
        )

    async def _browse(
        self, asking: Asking, look: Look, *, cursor: str = "", sort: str = ""
    ) -> GalleryScreen:
        order = next((known for known in _LETTERS.values() if known == sort), None)
        wish = Browse(sort=order, words=look.words, style=look.style, cursor=cursor)  # type: ignore[arg-type]
        return await self._tools.teller.gallery.browse(wish, asking.actor)

    async def _redraw(
        self, asking: Asking, look: Look, *, cursor: str = "", sort: str = ""
    ) -> None:
        screen = await self._browse(asking, look, cursor=cursor, sort=sort)
        if not screen.entries:
            raise BadInputError(say(asking.language, "gallery.none_found"))
        media = InputMediaPhoto(
            await self._tools.teller.gallery.contact_sheet(screen),
            caption=self._caption(asking, screen, look),
            filename=_FILE,
            parse_mode=ParseMode.HTML,
        )
        await repaint(self._tools, asking, media, _keys(screen, look, asking.public))

    def _caption(self, asking: Asking, screen: GalleryScreen, look: Look) -> str:
        language, username = asking.public, self._tools.bot.username
        told = gallery_line(screen.sort, language, words=look.words, style=look.style)
        head = _hidden(look, username) + bold(say(language, "gallery.title"))
        lines = [f"{head} · {escape(told)}", ""]
        lines += [_line(entry, language, username) for entry in screen.entries]
        return "\n".join(lines)


def look_of(asking: Asking) -> Look:
    """Return what the message shows whose button was pressed; the plain gallery if it is lost."""
    message = asking.press.message if asking.press else None
    if not isinstance(message, Message):  # too old for Telegram to tell what it says
        return Look()
    for entity in message.caption_entities:
        found = _STATE.search(entity.url or "") if entity.type == MessageEntity.TEXT_LINK else None
        if found is not None:
            return _decoded(found["state"])
    return Look()


def _hidden(look: Look, username: str) -> str:
    """Return HTML that nobody sees and that ``look_of`` reads."""
    if look == Look():
        return ""
    plain = json.dumps([look.words, look.style], ensure_ascii=False).encode()
    state = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    return f'<a href="https://t.me/{escape(username)}?start=g_{state}">{_UNSEEN}</a>'


def _decoded(state: str) -> Look:
    try:
        padded = state + "=" * (-len(state) % 4)
        words, style = json.loads(base64.urlsafe_b64decode(padded))
        return Look(str(words)[:_MOST_WORDS], str(style)[:_MOST_WORDS])
    except ValueError:  # forwarded through something that changed the link
        return Look()


def _line(entry: GalleryEntry, language: str, username: str) -> str:
    author = short(entry.author, _MOST_AUTHOR) or say(language, "gallery.somebody")
    pages = say(language, "gallery.pages", count=entry.pages)
    hearts = f" · ♥ {entry.loves}" if entry.loves else ""
    title = link(short(entry.title, _MOST_TITLE), story_url(username, entry.story_id))
    by = italic(say(language, "gallery.author", author=author))
    return f"{entry.number}. {title} {by} · {escape(pages)}{hearts}"


def _keys(screen: GalleryScreen, look: Look, language: str) -> InlineKeyboardMarkup | None:
    numbers = [button(str(entry.number), "show", entry.story_id) for entry in screen.entries]
    turns = []
    if screen.before:
        turns.append(button("◀ " + say(language, "gallery.back"), "galturn", screen.before))
    if screen.after:
        turns.append(button(say(language, "gallery.further") + " ▶", "galturn", screen.after))
    newest, loved = say(language, "shelf.sort_newest"), say(language, "shelf.sort_loved")
    orders = [
        button(_marked(newest, chosen=screen.sort == "newest"), "galsort", "newest"),
        button(_marked(loved, chosen=screen.sort == "loved"), "galsort", "loved"),
        button(say(language, "gallery.shuffle"), "galsort", "random"),
    ]
    style = look.style or say(language, "shelf.style")
    rows: Rows = [*in_rows(numbers, 6), turns, orders]
    styles = button(_marked(short(style, 24), chosen=bool(look.style)), "galstyles")
    return keyboard([*rows, [styles]])


def _marked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def _shelf(found: tuple[StoryTitle, ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[title_button(story, "show", found)] for story in found])
