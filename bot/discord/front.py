"""Discord as one of the bot's platforms: from the token to the last goodbye."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import aiohttp
import discord

from bot.chat.desk import Desk
from bot.chat.service import Service
from bot.discord.asking import PLATFORM, community_of
from bot.discord.client import PagewrightClient, point_at
from bot.discord.cogs import COGS
from bot.discord.messenger import DiscordMessenger
from bot.errors import ConfigError, UnavailableError
from bot.storytelling.permissions import Actor

log = logging.getLogger(__name__)

# A close code of the gateway (Discord's documentation, "Gateway Close Event Codes").
_AUTHENTICATION_FAILED = 4004
# Of the time to leave in, what the messages have; the rest is for the connection.
_FOR_MESSAGES = 0.8

REFUSED = (
    "Discord does not take the bot's token: copy it anew from the developer portal into"
    " DISCORD_TOKEN (docs/discord.md)."
)
NO_INTENT = (
    "Discord does not grant the message content intent: switch it on in the developer portal"
    ' under "Bot", or set discord.message_content = false.'
)


class DiscordFrontEnd:
    """Serves Discord with what the service offers."""

    name = PLATFORM

    def __init__(self, service: Service) -> None:
        settings = service.settings.discord
        # There is no voice here whose missing packages anybody must be warned of.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        self.client = PagewrightClient(service, cogs=COGS)
        self.messenger = DiscordMessenger(
            self.client,
            renderer=settings.renderer,
            edit_interval_s=settings.edit_interval_s,
            uncovers=self._uncovers,
        )
        self.client.desk = Desk(service.teller, service.dispatcher, self.messenger)
        self._settings = settings

    async def run(self) -> None:
        """Connect and serve until ``stop``.

        Raises ``ConfigError`` for a token or an intent that Discord refuses, ``UnavailableError``
        where it cannot be reached at the start; later losses are made good by connecting again.
        """
        point_at(self._settings)
        try:
            await self._log_in()
            await self.client.connect()
        except discord.PrivilegedIntentsRequired:
            raise ConfigError(NO_INTENT) from None
        except discord.ConnectionClosed as error:
            raise _meaning(error) from None
        finally:
            await self.client.close()

    async def stop(self, seconds: float) -> None:
        """Let live messages say that their stories go on soon, and leave."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.client.desk.stop(seconds * _FOR_MESSAGES)
                await self.client.close()

    async def _uncovers(self, channel: str) -> bool:
        """Tell whether a channel is age-restricted, of a server that allows for grown-ups."""
        place = self.client.get_channel(int(channel))
        if not isinstance(place, discord.abc.GuildChannel | discord.Thread):
            return False
        if not getattr(place, "is_nsfw", bool)():
            return False
        anybody = Actor("", community_of(0, place.guild.id))
        return (await self.client.teller.stewards.settings(anybody)).nsfw

    async def _log_in(self) -> None:
        try:
            await self.client.login(self._settings.token.get_secret_value())
        except discord.LoginFailure:
            raise ConfigError(REFUSED) from None
        except ValueError:  # a token that no request can carry
            raise ConfigError(REFUSED) from None
        except (discord.HTTPException, discord.RateLimited) as error:
            raise UnavailableError(f"Discord does not let the bot in: {error}.") from None
        except (aiohttp.ClientError, OSError) as error:
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            raise UnavailableError(
                f"Discord cannot be reached ({reason}): check the network."
            ) from None
        self._check_intents()

    def _check_intents(self) -> None:
        """Refuse before the gateway does what the developer portal does not grant."""
        if not self._settings.message_content or self.client.application is None:
            return
        flags = self.client.application.flags
        if not (flags.gateway_message_content or flags.gateway_message_content_limited):
            raise ConfigError(NO_INTENT)


def _meaning(error: discord.ConnectionClosed) -> ConfigError | UnavailableError:
    """Return what it means that the gateway closed for good."""
    if error.code == _AUTHENTICATION_FAILED:
        return ConfigError(REFUSED)
    return UnavailableError(f"Discord closed the connection (code {error.code}): start again.")
