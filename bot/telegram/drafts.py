"""Streams prose as a message draft, which private chats show as being typed."""

from __future__ import annotations

import logging

from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import ExtBot

from bot.chat.page import PageView
from bot.telegram import drawing
from bot.telegram.limiter import ShedError
from bot.telegram.places import Place

log = logging.getLogger(__name__)


class Drafts:
    """Drafts of one bot; a server that does not know them is asked once."""

    def __init__(self, bot: ExtBot[str], *, on: bool) -> None:
        self._bot = bot
        self._on = on
        self._refused: set[int] = set()

    async def stream(self, place: Place, message: int, view: PageView) -> bool:
        """Show the words that are there so far; tell whether drafts can be had here."""
        if not (self._on and place.private) or place.chat in self._refused:
            return False
        html = drawing.draw_draft(view)
        return await self._send(place, message, html) if html else True

    async def _send(self, place: Place, message: int, html: str) -> bool:
        try:
            await self._bot.send_message_draft(
                place.chat,
                draft_id=message,  # not zero, and the same for all of a page's words
                text=html,
                message_thread_id=place.thread,
                parse_mode=ParseMode.HTML,
            )
        except ShedError:
            return True
        except InvalidToken:  # how the library tells that the server knows no such method (404)
            log.info("this Bot API server has no message drafts: prose streams by edits")
            self._on = False
            return False
        except BadRequest as error:
            log.info("chat %s takes no drafts: %s", place.chat, error)
            self._refused.add(place.chat)
            return False
        except TelegramError as error:
            log.debug("a draft was lost: %s", error)
        return True
