"""Tells Discord of the commands, and only when they changed: it takes 200 creations a day."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.storytelling.marks import Marks

Tree = app_commands.CommandTree[Any]

log = logging.getLogger(__name__)

# Seconds before each further try; the bot works meanwhile with the commands that Discord has.
PAUSES_S = (2.0, 10.0, 60.0, 300.0)


async def sync_commands(tree: Tree, marks: Marks) -> bool:
    """Send the commands where they are not what Discord has; tell whether they were sent."""
    digest = await _digest(tree)
    key = f"discord:commands:{tree.client.application_id}"
    for pause in (*PAUSES_S, None):
        try:
            if await marks.get(key) == digest and await _are_there(tree):
                return False
            await tree.sync()
            await marks.put(key, digest)
            log.info("the commands were sent to Discord")
            return True
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("the commands could not be sent to Discord: %s", error)
        except discord.RateLimited as error:
            log.warning("the commands wait for Discord's limit: %s", error)
            await asyncio.sleep(error.retry_after)
        if pause is not None:
            await asyncio.sleep(pause)
    return False


async def _are_there(tree: Tree) -> bool:
    """Tell whether Discord knows all commands by name: somebody may have removed them there."""
    there = {(command.name, command.type) for command in await tree.fetch_commands()}
    ours = {_name_of(command) for command in tree.get_commands()}
    ours |= {
        _name_of(command)
        for kind in (discord.AppCommandType.message, discord.AppCommandType.user)
        for command in tree.get_commands(type=kind)
    }
    return ours == there


def _name_of(command: Any) -> tuple[str, discord.AppCommandType]:
    return command.name, getattr(command, "type", discord.AppCommandType.chat_input)


async def _digest(tree: Tree) -> str:
    """Return the hash of all that Discord is told of the commands, in every language."""
    translator = tree.translator
    commands: list[Any] = [
        command for kind in discord.AppCommandType for command in tree.get_commands(type=kind)
    ]
    payloads = [
        await command.get_translated_payload(tree, translator)
        if translator
        else command.to_dict(tree)
        for command in commands
    ]
    text = json.dumps(payloads, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
