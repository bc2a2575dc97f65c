"""The second message of a page whose prose is longer than a caption may be."""

from __future__ import annotations

import logging

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from bot.storytelling.marks import Marks
from bot.telegram import faults
from bot.telegram.places import PLATFORM, Place

log = logging.getLogger(__name__)

_TRIES = 5
_LONGEST_PAUSE_S = 20.0


class Rests:
    """Sends, edits and removes them as replies to the pages' messages; knows them by marks."""

    def __init__(self, bot: ExtBot[str], marks: Marks) -> None:
        self._bot = bot
        self._marks = marks

    async def keep(self, place: Place, message: int, html: str) -> None:
        """Let what goes on a message be ``html``, "" for nothing; a failure is only logged.

        The page's message has been drawn: it must not be drawn again for this one's sake.
        """
        key = f"{PLATFORM}:rest:{place.chat}:{message}"
        known = await self._marks.get(key)
        if not (html or known):
            return
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_passes),
                stop=stop_after_attempt(_TRIES),
                wait=wait_exponential_jitter(
                    multiplier=min(1.0, _LONGEST_PAUSE_S), max=_LONGEST_PAUSE_S
                ),
                reraise=True,
            ):
                with attempt:
                    now = await self._put(place, message, html, known)
        except TelegramError as error:
            log.warning("the rest of page %s in %s is not shown: %s", message, place, error)
            return
        if now != known:
            await self._marks.put(key, now)

    async def _put(self, place: Place, message: int, html: str, known: str) -> str:
        """Draw the second message and return its id, "" where there is none."""
        if not html:
            await self._remove(place, int(known))
            return ""
        if known and await self._edit(place, int(known), html):
            return known
        sent = await self._bot.send_message(
            place.chat,
            html,
            parse_mode=ParseMode.HTML,
            message_thread_id=place.thread,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_parameters=ReplyParameters(message, allow_sending_without_reply=True),
        )
        return str(sent.message_id)

    async def _edit(self, place: Place, known: int, html: str) -> bool:
        """Edit what is there; tell whether it is there."""
        try:
            await self._bot.edit_message_text(
                html,
                chat_id=place.chat,
                message_id=known,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except BadRequest as error:
            return faults.is_unchanged(error)
        return True

    async def _remove(self, place: Place, known: int) -> None:
        try:
            await self._bot.delete_message(place.chat, known)
        except BadRequest as error:
            log.debug("the rest of a page was gone before: %s", error)


def _passes(error: BaseException) -> bool:
    """Tell whether it is worth another try: the network or the server, not a refusal."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
