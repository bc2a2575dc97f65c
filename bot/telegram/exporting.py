"""``/export``: a story as a file; the format is chosen on a keyboard."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from telegram import InputFile, ReplyParameters
from telegram.constants import ChatAction, FileSizeLimit
from telegram.error import TelegramError

from bot.books.export import FORMATS, Format
from bot.chat.answers import explain
from bot.chat.exports import Exported, Exporter, caption, formats, label
from bot.chat.texts import say
from bot.errors import BadInputError, PagewrightError
from bot.settings import Settings
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import Finder
from bot.telegram.markup import escape
from bot.telegram.pieces import in_rows, keyboard, redraw
from bot.telegram.routes import Button, Command, Route
from bot.telegram.tools import Tools

log = logging.getLogger(__name__)

# What a bot may send; a Bot API server of one's own takes more.
MOST_BYTES, MOST_BYTES_LOCAL = int(FileSizeLimit.FILESIZE_UPLOAD), 2_000_000_000
UPLOAD_SECONDS = 120.0
# Telegram shows an action for five seconds.
_ACTION_SECONDS = 4.5


class Exports:
    """Offers formats, makes the file, sends it."""

    def __init__(self, tools: Tools, exporter: Exporter) -> None:
        self._tools = tools
        self._exporter = exporter
        self._finder = Finder(tools)

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered; "export" is also what a page's own menu offers."""
        return (
            Command("export", "shelf.about_export", self._export),
            Button("export", self._of_page),
            Button("exportof", self._offer),
            Button("exportas", self._make),
        )

    async def _export(self, asking: Asking, words: str) -> None:
        first, _, rest = words.partition(" ")
        kind = first.lower().lstrip(".")
        if kind in FORMATS:
            words = rest.strip()
        story = await self._finder.story(asking, words, action="exportof")
        if story and kind in FORMATS:
            await self._make(asking, f"{kind}.{story}")
        elif story:
            await self._offer(asking, story)

    async def _of_page(self, asking: Asking, page_id: str) -> None:
        story = await self._finder.of_page(page_id)
        await self._offer(asking, story, leaf=page_id)

    async def _offer(self, asking: Asking, story_id: str, leaf: str = "") -> None:
        details = await self._tools.teller.views.details(story_id, asking.actor)
        rest = f"{details.id}.{leaf}" if leaf else details.id
        keys = [
            button(name, "exportas", f"{kind}.{rest}")
            for kind, name in formats(asking.public).items()
        ]
        text = escape(say(asking.public, "export.choose", title=details.title))
        await self._tools.replies.say(asking, text, keyboard=keyboard(in_rows(keys, 2)))

    async def _make(self, asking: Asking, choice: str) -> None:
        """Make the file and send it; what is going on stands in the place of the keyboard."""
        kind, _, rest = choice.partition(".")
        story_id, _, leaf = rest.partition(".")
        if kind not in FORMATS:
            raise BadInputError(say(asking.language, "telegram.old_button"))
        chosen: Format = kind
        details = await self._tools.teller.views.details(story_id, asking.actor)
        named = label(chosen, asking.public)
        text = say(asking.public, "export.working", title=details.title, format=named)
        if asking.press:
            await redraw(self._tools, asking, escape(text))
        busy = asyncio.create_task(self._look_busy(asking))
        try:
            making = self._exporter.story(
                story_id,
                chosen,
                asking.actor,
                language=asking.public,
                leaf=leaf,
                most_bytes=most_bytes(self._tools.settings),
            )
            async with making as made:
                await self._send(asking, made)
        except PagewrightError as error:
            # More than a window over the button can hold, and worth keeping.
            await redraw(self._tools, asking, escape(explain(error, asking.public)))
        finally:
            busy.cancel()

    async def _send(self, asking: Asking, made: Exported) -> None:
        told = caption(made, asking.public, limit=most_bytes(self._tools.settings))
        data = await asyncio.to_thread(made.path.read_bytes)
        await self._tools.bot.send_document(
            asking.place.chat,
            InputFile(data, filename=made.name),
            caption=told,
            message_thread_id=asking.place.thread,
            reply_parameters=ReplyParameters(asking.message, allow_sending_without_reply=True),
            disable_content_type_detection=True,
            write_timeout=UPLOAD_SECONDS,
            read_timeout=UPLOAD_SECONDS,
        )
        if asking.press:
            await redraw(self._tools, asking, escape(told))

    async def _look_busy(self, asking: Asking) -> None:
        """Show "sending a file" at the top of the chat for as long as this takes."""
        while True:
            with suppress(TelegramError):
                await self._tools.bot.send_chat_action(
                    asking.place.chat,
                    ChatAction.UPLOAD_DOCUMENT,
                    message_thread_id=asking.place.thread,
                )
            await asyncio.sleep(_ACTION_SECONDS)


def most_bytes(settings: Settings) -> int:
    """Return how large a file may be that the bot sends."""
    return MOST_BYTES_LOCAL if settings.telegram.api_base_url else MOST_BYTES
