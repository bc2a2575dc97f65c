"""Small parts that several features answer with: messages drawn anew in place, buttons."""

from __future__ import annotations

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest
from telegram.helpers import create_deep_linked_url

from bot.telegram import faults
from bot.telegram.asking import Asking
from bot.telegram.tools import Tools

Rows = list[list[InlineKeyboardButton]]


async def redraw(
    tools: Tools, asking: Asking, html: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Draw the message whose button was pressed anew; to a written message, answer.

    One that is gone, or too old to be changed, is answered with a new message.
    """
    if asking.press is None:
        await tools.replies.say(asking, html, keyboard=keyboard)
        return
    try:
        await tools.bot.edit_message_text(
            html,
            chat_id=asking.place.chat,
            message_id=asking.message,
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=keyboard,
        )
    except BadRequest as error:
        if not faults.is_unchanged(error):
            await tools.replies.say(asking, html, keyboard=keyboard)


async def repaint(
    tools: Tools, asking: Asking, photo: InputMediaPhoto, keyboard: InlineKeyboardMarkup | None
) -> None:
    """Put another photo into the message whose button was pressed."""
    try:
        await tools.bot.edit_message_media(
            photo, chat_id=asking.place.chat, message_id=asking.message, reply_markup=keyboard
        )
    except BadRequest as error:
        if not faults.is_unchanged(error):
            raise


def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Return a keyboard of the rows that have buttons, None for none."""
    kept = [row for row in rows if row]
    return InlineKeyboardMarkup(kept) if kept else None


def in_rows(buttons: list[InlineKeyboardButton], width: int) -> Rows:
    """Return buttons in rows of so many."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def start_button(label: str, username: str, payload: str) -> InlineKeyboardMarkup:
    """Return a keyboard with the way to a private chat with the bot, which gets the payload."""
    url = create_deep_linked_url(username, payload)
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, url=url)]])
