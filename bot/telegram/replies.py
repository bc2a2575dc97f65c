"""Answers people on Telegram: by a message, by a word on the button, by a question."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Bot, ForceReply, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram import ReplyParameters as Reply
from telegram.constants import CallbackQueryLimit, MessageLimit, ParseMode
from telegram.error import TelegramError

from bot.chat.answers import explain
from bot.telegram.asking import Asking
from bot.telegram.limiter import Budgets
from bot.telegram.markup import cut, escape, mention, note

log = logging.getLogger(__name__)

_MOST_PLACEHOLDER = 64


class Replies:
    """Answers whoever asks; that an answer cannot be delivered is logged and raises nothing."""

    def __init__(self, bot: Bot, budgets: Budgets) -> None:
        self._bot = bot
        self._budgets = budgets
        self._answered: set[str] = set()

    async def say(
        self, asking: Asking, html: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> Message | None:
        """Reply with a message, which everybody in the chat sees; return it, None where it failed.

        ``html`` is Telegram's HTML: pass everything through ``markup.escape`` or its like.
        """
        return await self._send(asking, html, reply_markup=keyboard)

    async def alert(self, asking: Asking, text: str) -> None:
        """Tell them alone, in a window, where they pressed a button; else by a reply."""
        if not await self._answer(asking, text, alert=True):
            await self.say(asking, escape(text))

    async def toast(self, asking: Asking, text: str = "") -> None:
        """Acknowledge a press with a word that shows for a moment; nothing for a message."""
        await self._answer(asking, text, alert=False)

    async def refuse(self, asking: Asking, error: Exception) -> None:
        """Say kindly, in their language, what an error means; log it where it is our fault."""
        await self.alert(asking, explain(error, asking.language))

    async def question(
        self, asking: Asking, html: str, action: str, subject: str = "", *, placeholder: str = ""
    ) -> Message | None:
        """Ask by ForceReply; what they reply goes to ``routes.Question(action, …)``."""
        user = asking.update.effective_user
        if asking.press and user and not asking.place.private:
            # Only who is named is asked by their client to reply ("selective").
            html = f"{mention(asking.name, user.id)}: {html}"
        hidden = note(self._bot.username, action, subject)
        hint = cut(placeholder, _MOST_PLACEHOLDER)[0] or None
        asks = ForceReply(selective=True, input_field_placeholder=hint)
        return await self._send(asking, f"{hidden}{html}", reply_markup=asks)

    async def settle(self, asking: Asking) -> None:
        """Stop the clock on the pressed button, unless that was done."""
        if asking.press and asking.press.id not in self._answered:
            await self._answer(asking, "", alert=False)

    async def release(self, press: str) -> None:
        """Stop the clock on a button about which nothing can be said."""
        try:
            await self._bot.answer_callback_query(press)
        except TelegramError as error:
            log.info("a press could not be answered: %s", error)

    def close(self, asking: Asking) -> None:
        """Forget a press that was dealt with."""
        if asking.press:
            self._answered.discard(asking.press.id)

    async def _answer(self, asking: Asking, text: str, *, alert: bool) -> bool:
        """Answer a press once; return whether that is what they see."""
        press = asking.press
        if press is None or press.id in self._answered:
            return False
        self._answered.add(press.id)
        short = cut(text, CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH - 1)
        shown = short[0] + ("…" if short[1] else "")
        try:
            await self._bot.answer_callback_query(press.id, shown or None, show_alert=alert)
        except TelegramError as error:
            # It was pressed while the bot was away: whoever pressed has long stopped waiting.
            log.info("a press could not be answered: %s", error)
            return not text
        return True

    async def _send(self, asking: Asking, html: str, **options: Any) -> Message | None:
        if len(html) > MessageLimit.MAX_TEXT_LENGTH:
            log.warning("an answer of %d characters may be too long", len(html))
        if self._budgets.is_crowded(asking.place.chat):
            log.warning("an answer in %s is left out: too many wait there", asking.channel)
            return None
        try:
            return await self._bot.send_message(
                asking.place.chat,
                html,
                parse_mode=ParseMode.HTML,
                message_thread_id=asking.place.thread,
                reply_parameters=Reply(asking.message, allow_sending_without_reply=True),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                **options,
            )
        except TelegramError as error:
            log.warning("an answer in %s was not delivered: %s", asking.channel, error)
            return None
