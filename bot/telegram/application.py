"""Makes the client of one bot: its server, its patience, its budgets."""

from __future__ import annotations

import logging
from typing import Any

from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ExtBot, TypeHandler

from bot.settings import TelegramSettings
from bot.telegram.limiter import Budgets
from bot.telegram.router import Router

# What is asked of Telegram, and nothing else: edited messages are left alone.
UPDATES = [Update.MESSAGE, Update.CHANNEL_POST, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]
# Long polling: how long the server waits, and how much longer the connection may.
POLL_S, POLL_MARGIN_S = 20, 10.0
_CONNECTIONS = 64
_LEVELS = {
    # These log addresses, and a bot's address holds its token.
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "telegram.ext.Application": logging.WARNING,
    # Tells of each lost connection with a traceback; the front-end says the same in a line.
    "telegram.ext.Updater": logging.CRITICAL,
}
_UPDATES_AT_ONCE = 512

BotApplication = Application[ExtBot[str], Any, Any, Any, Any, Any]


def build(settings: TelegramSettings, budgets: Budgets) -> BotApplication:
    """Return the application of the bot that the settings name; nothing is connected yet."""
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(level)
    builder = (
        ApplicationBuilder()
        .token(settings.token.get_secret_value())
        .rate_limiter(budgets)
        .concurrent_updates(_UPDATES_AT_ONCE)
        .connection_pool_size(_CONNECTIONS)
        .pool_timeout(30.0)
        .connect_timeout(10.0)
        .read_timeout(20.0)
        .write_timeout(20.0)
        .media_write_timeout(60.0)
        .get_updates_read_timeout(POLL_S + POLL_MARGIN_S)
        .get_updates_connect_timeout(10.0)
        .get_updates_pool_timeout(10.0)
    )
    if settings.api_base_url:
        builder = builder.base_url(f"{settings.api_base_url}/bot")
        builder = builder.base_file_url(f"{settings.api_base_url}/file/bot")
    return builder.build()


def install(application: BotApplication, router: Router) -> None:
    """Let a router answer all updates."""

    async def route(update: Update, _: object) -> None:
        await router.route(update)

    application.add_handler(TypeHandler(Update, route))
