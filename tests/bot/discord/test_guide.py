"""docs/discord.md says what the code asks for."""

from __future__ import annotations

import re
from pathlib import Path

import discord

import bot
from bot.discord.client import intents_for
from bot.discord.cogs import COGS
from bot.discord.rights import _RIGHTS
from bot.settings import DiscordSettings

GUIDE = (Path(bot.__file__).parent.parent / "docs" / "discord.md").read_text("utf-8")


def test_the_invite_link_asks_for_what_the_bot_needs_and_no_more() -> None:
    needed = discord.Permissions(**dict.fromkeys([*_RIGHTS, "read_message_history"], True))
    asked = {int(value) for value in re.findall(r"permissions=(\d+)", GUIDE)}
    assert asked == {needed.value}
    rows = re.findall(r"^\| [A-Z][\w ]+ \| (\d+) \|", GUIDE, re.MULTILINE)
    assert sum(map(int, rows)) == needed.value


def test_no_privileged_intent_is_asked_for_unless_it_is_wished() -> None:
    plain = intents_for(DiscordSettings())
    assert {name for name, on in plain if on} == {"guilds", "guild_messages", "dm_messages"}
    assert intents_for(DiscordSettings(message_content=True)).message_content


def test_every_command_and_menu_has_its_place_in_the_guide() -> None:
    commands = [command for cog in COGS for command in cog.__cog_app_commands__]
    assert len(commands) == 11
    for command in commands:
        assert f"`/{command.name}" in GUIDE
        for child in getattr(command, "commands", []):
            assert f"{child.name}`" in GUIDE
        for parameter in getattr(command, "parameters", []):
            assert f"`{parameter.display_name}`" in GUIDE
    for name in ("Continue from here", "Story details", "Report page"):
        assert f"*{name}*" in GUIDE
