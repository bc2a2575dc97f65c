"""Updates by Telegram's own calls, for bots behind an HTTPS address."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import ConfigError, UnavailableError
from bot.settings import TelegramSettings
from bot.telegram.application import UPDATES, BotApplication

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True)
class Webhook:
    """Where Telegram calls, where the calls arrive, and what they must carry."""

    url: str
    path: str
    host: str
    port: int
    secret: str = field(repr=False)

    @classmethod
    def from_settings(cls, settings: TelegramSettings) -> Webhook:
        """Return the webhook that the settings name; raise ``ConfigError`` for a wrong secret.

        Without a secret one is drawn: it is told to Telegram at each start.
        """
        secret = settings.webhook_secret.get_secret_value() or secrets.token_urlsafe(32)
        if not _SECRET.fullmatch(secret):
            raise ConfigError(
                "TELEGRAM_WEBHOOK_SECRET holds other characters than Telegram takes: use 1 to 256"
                " of A-Z, a-z, 0-9, _ and -."
            )
        host, _, port = settings.webhook_listen.rpartition(":")
        path = urlsplit(settings.webhook_url).path.strip("/")
        return cls(settings.webhook_url, path, host.strip("[]"), int(port), secret)

    async def begin(self, application: BotApplication) -> None:
        """Listen, and tell Telegram so; calls without the secret are refused."""
        updater = application.updater
        if updater is None:  # the builder makes one unless told otherwise
            raise AssertionError("the application has no updater")
        try:
            await updater.start_webhook(
                listen=self.host,
                port=self.port,
                url_path=self.path,
                webhook_url=self.url,
                secret_token=self.secret,
                allowed_updates=UPDATES,
                bootstrap_retries=3,
            )
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UnavailableError(
                f"telegram.webhook_listen: {self.host}:{self.port} cannot be listened at: {reason}."
            ) from None
