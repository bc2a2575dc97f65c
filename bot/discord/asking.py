"""Who asks in Discord, and how they are answered: privately, in their language, in any state."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
from discord.ui.view import BaseView

from bot.chat.answers import explain
from bot.chat.messenger import MessengerError
from bot.chat.texts import say
from bot.discord.client import Asked
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller

log = logging.getLogger(__name__)

PLATFORM = "discord"
# Discord's limit of a message's own text.
CONTENT_LENGTH = 2000
# What Discord or the network does to an answer, which is nobody's mistake.
LOST = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
# Discord's JSON error code of an interaction that was answered before.
ALREADY_ACKNOWLEDGED = 40060
_ACKNOWLEDGED, _ANSWERED = "acknowledged", "answered"


@dataclass(frozen=True)
class Asking:
    """Somebody who asks for something, and the language that private answers are in."""

    actor: Actor
    language: str


def community_of(user_id: int, guild_id: int | None) -> str:
    """Return the id of a server's community, or of a person's direct messages without one."""
    return f"{PLATFORM}:{guild_id}" if guild_id else f"{PLATFORM}:dm:{user_id}"


def actor_of(
    user: discord.User | discord.Member,
    guild_id: int | None,
    *,
    permissions: discord.Permissions | None = None,
    owner: bool = False,
) -> Actor:
    """Return who acts; ``permissions`` are theirs in the channel, None for a member's own.

    Who manages messages or the server is a moderator.
    """
    if permissions is None:
        permissions = discord.Permissions.none()
        if isinstance(user, discord.Member):
            permissions = user.guild_permissions
    manages = permissions.manage_guild or permissions.manage_messages
    return Actor(
        person=f"{PLATFORM}:{user.id}",
        community=community_of(user.id, guild_id),
        moderator=bool(guild_id) and manages,
        owner=owner,
        direct=not guild_id,
    )


async def ask(interaction: Asked) -> Asking:
    """Return who asks, and keep up with their names; acknowledge the interaction before."""
    asking = asking_of(interaction)
    guild, teller = interaction.guild, interaction.client.teller
    await teller.people.meet(
        asking.actor,
        name=interaction.user.display_name,
        community_name=guild.name if guild else interaction.user.display_name,
        language=asking.language,
    )
    return replace(asking, actor=await with_role(asking.actor, interaction.user, teller))


async def with_role(
    actor: Actor, user: discord.User | discord.Member, teller: Storyteller
) -> Actor:
    """Return an actor as a moderator where their server's settings name one of their roles."""
    if actor.moderator or not isinstance(user, discord.Member):
        return actor
    chosen = (await teller.stewards.settings(actor)).moderators_role
    has_role = bool(chosen) and any(str(role.id) == chosen for role in user.roles)
    return replace(actor, moderator=has_role)


def asking_of(interaction: Asked) -> Asking:
    """Return who asks as the interaction tells it, without a look into the library."""
    user = interaction.user
    actor = actor_of(
        user,
        interaction.guild_id,
        permissions=interaction.permissions,
        owner=interaction.client.is_owned_by(user.id),
    )
    return Asking(actor, interaction.locale.value)


def key_of(interaction: Asked) -> str:
    """Return the interaction's dedup key: delivered again, it asks for nothing new."""
    return f"{PLATFORM}:{interaction.id}"


async def acknowledge(interaction: Asked, *, thinking: bool = True) -> None:
    """Tell Discord within its 3 s that something follows; ``answer`` says what.

    ``thinking`` shows a private "thinking…" until then; without it a pressed button just rests.
    A lost try is repeated once, and finding it acknowledged is as good as doing it.
    """
    if interaction.response.is_done() or _ACKNOWLEDGED in interaction.extras:
        return
    try:
        await _acknowledge(interaction, thinking)
    except (discord.DiscordServerError, aiohttp.ClientError, OSError) as error:
        log.info("an acknowledgement is sent again: %s", error)
        await _acknowledge(interaction, thinking)
    interaction.extras[_ACKNOWLEDGED] = thinking


async def _acknowledge(interaction: Asked, thinking: bool) -> None:
    try:
        if thinking:
            await interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await interaction.response.defer()
    except discord.HTTPException as error:
        # The answer to an earlier try was lost on its way.
        if error.code != ALREADY_ACKNOWLEDGED:
            raise


async def answer(
    interaction: Asked,
    text: str = "",
    *,
    view: BaseView | None = None,
    embeds: Sequence[discord.Embed] = (),
    files: Sequence[discord.File] = (),
) -> None:
    """Answer privately, in place of "thinking" where that stands there, else as a new message.

    ``text`` and ``embeds`` do not go with a ``LayoutView``, which holds its own. That nobody can
    be reached any more (an expired token, a cut connection) is logged and raises nothing.
    """
    parts: dict[str, Any] = {"content": text[:CONTENT_LENGTH]} if text else {}
    if view is not None:
        parts["view"] = view
    if embeds:
        parts["embeds"] = list(embeds)
    try:
        await _send(interaction, parts, list(files))
    except (*LOST, RuntimeError) as error:  # RuntimeError: the session is being closed
        log.warning("an answer did not reach its reader: %s", error)


async def refuse(interaction: Asked, error: Exception) -> None:
    """Answer privately with why something was not done; log what is not the asker's fault."""
    language = interaction.locale.value
    if isinstance(error, LOST):
        log.warning("Discord did not take an answer: %s", error)
        await answer(interaction, say(language, "answer.mistake"))
    elif isinstance(error, MessengerError):
        log.warning("a page could not be posted in %s: %s", interaction.channel_id, error)
        await answer(interaction, say(language, "action.not_posted"))
    else:
        await answer(interaction, explain(error, language))


async def _send(
    interaction: Asked,
    parts: dict[str, Any],
    files: list[discord.File],
) -> None:
    extras = interaction.extras
    first = not extras.get(_ANSWERED)
    extras[_ANSWERED] = True
    if not interaction.response.is_done() and _ACKNOWLEDGED not in extras:
        await interaction.response.send_message(**parts, files=files, ephemeral=True)
    elif first and extras.get(_ACKNOWLEDGED):
        await interaction.edit_original_response(**parts, attachments=files)
    else:
        await interaction.followup.send(**parts, files=files, ephemeral=True)
