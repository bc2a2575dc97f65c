"""Coming and going: wrong tokens, missing intents, no network; commands sent when they changed."""

from __future__ import annotations

import logging

import pytest

from bot.discord.client import intents_for
from bot.errors import ConfigError, UnavailableError
from bot.library.library import Library
from bot.settings import DiscordSettings
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.stand import open_stand


async def test_a_wrong_token_is_one_clear_line(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        with pytest.raises(ConfigError, match="does not take the bot's token"):
            async with open_stand(discord, library, token="wrong"):  # noqa: S106
                pass


async def test_an_intent_that_is_not_granted_is_one_clear_line(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        with pytest.raises(ConfigError, match="message content intent"):
            async with open_stand(discord, library, message_content=True):
                pass


async def test_a_discord_that_is_away_is_one_clear_line(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        discord.fail("GET /users/@me", status=503, times=9)
        with pytest.raises(UnavailableError, match="does not let the bot in"):
            async with open_stand(discord, library):
                pass
        with pytest.raises(UnavailableError, match="cannot be reached"):
            async with open_stand(discord, library, api_base_url="http://127.0.0.1:9/api/v10"):
                pass


def test_no_privileged_intent_is_asked_for_unless_it_is_wished() -> None:
    for wished in (False, True):
        intents = intents_for(DiscordSettings(message_content=wished))
        assert intents.message_content is wished
        assert not intents.members
        assert not intents.presences


async def test_commands_are_sent_when_they_changed_or_are_gone_there(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library) as s:
            guild = s.guild
            names = {command["name"] for command in discord.commands}
            assert {"story", "continue", "queue", "stop"} <= names
            story = next(c for c in discord.commands if c["name"] == "story")
            assert story["name_localizations"]["de"]
            assert [o["name"] for o in story["options"] if o.get("required")] == ["idea"]
        assert discord.syncs == 1
        async with open_stand(discord, library, guild=guild):
            pass
        assert discord.syncs == 1
        discord.commands.pop()
        async with open_stand(discord, library, guild=guild):
            await discord.until(lambda: discord.syncs == 2)


async def test_a_lost_connection_is_told_without_a_traceback(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    async with LoopbackDiscord() as discord, open_stand(discord, library):
        discord.gateway.refuse = True
        with caplog.at_level(logging.WARNING):
            await discord.gateway.cut(code=4000)
            await discord.until(lambda: "reconnect" in caplog.text)
            discord.gateway.refuse = False
            await discord.until(lambda: discord.gateway.resumed + discord.gateway.identified > 1)
    lost = [record for record in caplog.records if "reconnect" in record.getMessage()]
    assert lost
    assert all(record.exc_info is None for record in lost)
