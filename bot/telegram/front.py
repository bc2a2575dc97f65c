"""The Telegram front-end: one bot, by long polling or a webhook, from its start to its end."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from urllib.parse import urlsplit

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.chat.desk import Desk
from bot.chat.service import Service
from bot.errors import ConfigError, PagewrightError, UnavailableError
from bot.settings import TelegramSettings
from bot.telegram.application import POLL_S, UPDATES, BotApplication, build, install
from bot.telegram.asking import Askers
from bot.telegram.choosing import Choosing
from bot.telegram.commands import set_commands
from bot.telegram.features import all_features
from bot.telegram.limiter import Budgets
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.places import PLATFORM
from bot.telegram.replies import Replies
from bot.telegram.router import Router
from bot.telegram.tools import Tools
from bot.telegram.webhook import Webhook

log = logging.getLogger(__name__)

# A poll that another one ended may be this bot's own, of before a crash; a third is somebody's.
_MOST_CONFLICTS, _CONFLICT_SPAN_S = 3, 120.0
# How often an outage is told of while it lasts.
_OUTAGE_S = 300.0
_UNKNOWN_BOT = (
    "Telegram does not know the bot token: set TELEGRAM_TOKEN (or TELEGRAM_TOKEN_FILE) to the one"
    " that BotFather gave."
)


class TelegramFrontEnd:
    """Serves one bot until it is stopped."""

    name = PLATFORM

    def __init__(self, service: Service) -> None:
        settings = service.settings.telegram
        if not settings.token.get_secret_value():
            raise ConfigError(
                "There is no Telegram token: set TELEGRAM_TOKEN or TELEGRAM_TOKEN_FILE."
            )
        self._service = service
        self._settings = settings
        self._webhook = Webhook.from_settings(settings) if settings.webhook_url else None
        self._budgets = Budgets(interval_s=settings.edit_interval_s, rest_first=True)
        self._app: BotApplication = _built(settings, self._budgets)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._conflicts: list[float] = []
        self._outage_told = float("-inf")
        self._desk: Desk | None = None
        self._choosing: Choosing | None = None

    async def run(self) -> None:
        """Connect and serve until ``stop``.

        Raises ``ConfigError`` for a wrong token or webhook, ``UnavailableError`` where Telegram
        cannot be reached at the start or another process polls with the same token.
        """
        await self._connect()
        try:
            await self._serve()
            await self._ended
        finally:
            await self._disconnect()

    async def stop(self, seconds: float) -> None:
        """Say in the live messages that their stories go on soon, and leave."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                if self._app.updater and self._app.updater.running:
                    await self._app.updater.stop()
                if self._choosing is not None:
                    self._choosing.stop()
        if self._desk is not None:
            await self._desk.stop(seconds)
        self._end()

    async def _connect(self) -> None:
        try:
            await self._app.initialize()
        except InvalidToken:
            raise ConfigError(_UNKNOWN_BOT) from None
        except RetryAfter as error:
            raise UnavailableError(f"Telegram asks for patience: {error.message}.") from None
        except (NetworkError, TelegramError) as error:
            raise UnavailableError(
                f"Telegram cannot be reached at {self._server()}: {_plain(error)}."
                " Check the network, or telegram.api_base_url."
            ) from None

    async def _serve(self) -> None:
        """Install everything and begin to take updates."""
        bot, teller = self._app.bot, self._service.teller
        messenger = TelegramMessenger(bot, self._budgets, teller.marks, self._settings)
        desk = Desk(teller, self._service.dispatcher, messenger)
        tools = Tools(
            service=self._service,
            bot=bot,
            desk=desk,
            messenger=messenger,
            askers=Askers(bot, teller, owners=self._settings.owners),
            replies=Replies(bot, self._budgets),
        )
        messenger.on_moved = tools.moved
        self._desk, self._choosing = desk, Choosing(tools)
        router = Router(tools, all_features(tools, self._choosing))
        install(self._app, router)
        await self._app.start()
        await desk.take_up()
        await self._choosing.take_up()
        await self._take_updates()
        try:
            if await set_commands(bot, teller.marks, router.commands):
                log.info("sent Telegram the bot's commands")
        except TelegramError as error:
            log.warning("Telegram did not take the bot's commands: %s", _plain(error))
        log.info("Telegram: serving as @%s", bot.username)

    async def _take_updates(self) -> None:
        updater = self._app.updater
        if updater is None:  # the builder makes one unless told otherwise
            raise AssertionError("the application has no updater")
        try:
            if self._webhook is not None:
                await self._webhook.begin(self._app)
                return
            await self._leave_webhook()
            await updater.start_polling(
                timeout=POLL_S,
                allowed_updates=UPDATES,
                error_callback=self._on_poll_error,
                bootstrap_retries=3,
            )
        except InvalidToken:
            raise ConfigError(_UNKNOWN_BOT) from None
        except TelegramError as error:
            raise UnavailableError(f"Telegram sends no updates: {_plain(error)}.") from None

    async def _leave_webhook(self) -> None:
        """Say so where a webhook is taken down: what listened there hears nothing any more."""
        url = (await self._app.bot.get_webhook_info()).url
        if url:
            log.warning(
                "Telegram called a webhook at %s: it is taken down, as telegram.webhook_url is"
                " empty. What else uses this token hears nothing now.",
                urlsplit(url).netloc,
            )

    def _on_poll_error(self, error: TelegramError) -> None:
        """Stop where polling is hopeless; the library tries again by itself after all else."""
        if isinstance(error, InvalidToken):
            self._end(ConfigError(_UNKNOWN_BOT))
        elif isinstance(error, Conflict) and "webhook" in error.message.lower():
            self._end(
                UnavailableError(
                    "A webhook was set for this bot elsewhere: stop what uses the token, or set"
                    " telegram.webhook_url."
                )
            )
        elif isinstance(error, Conflict):
            self._on_other_poll()
        elif time.monotonic() - self._outage_told > _OUTAGE_S:
            self._outage_told = time.monotonic()
            log.warning("Telegram cannot be reached, trying on: %s", _plain(error))

    def _on_other_poll(self) -> None:
        now = time.monotonic()
        lately = [moment for moment in self._conflicts if now - moment < _CONFLICT_SPAN_S]
        self._conflicts = [*lately, now]
        log.warning("another process polls with this bot's token")
        if len(self._conflicts) >= _MOST_CONFLICTS:
            self._end(
                UnavailableError(
                    "Another process polls Telegram with this bot's token: stop one of them."
                )
            )

    async def _disconnect(self) -> None:
        app = self._app
        try:
            if app.updater and app.updater.running:
                await app.updater.stop()
            if app.running:
                await app.stop()
            await app.shutdown()
        except (TelegramError, RuntimeError) as error:
            log.debug("the connection to Telegram ended badly: %s", error)

    def _end(self, error: PagewrightError | None = None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)

    def _server(self) -> str:
        return self._settings.api_base_url or "api.telegram.org"


def _built(settings: TelegramSettings, budgets: Budgets) -> BotApplication:
    try:
        return build(settings, budgets)
    except InvalidToken:
        raise ConfigError(_UNKNOWN_BOT) from None


def _plain(error: TelegramError) -> str:
    """Return what went wrong, without an address: a bot's address holds its token."""
    said = error.message.rstrip(".") or type(error).__name__
    return "the address was not answered" if "://" in said or "/bot" in said else said
