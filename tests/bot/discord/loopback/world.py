"""What there is in the loopback Discord: users, servers, channels, messages, interactions."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from discord import Permissions

EPOCH_MS = 1_420_070_400_000
_counter = itertools.count()

# What a server gives everybody, this bot and its moderators included, unless a channel denies it.
EVERYBODY = Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
    use_application_commands=True,
)
MODERATOR = EVERYBODY | Permissions(manage_guild=True, manage_messages=True, manage_channels=True)
TEXT, DM, THREAD, FORUM = 0, 1, 11, 15
EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 15


def new_snowflake(*, age_s: float = 0.0) -> int:
    """Return an id as Discord makes them: its moment can be read from it."""
    moment = round((time.time() - age_s) * 1000) - EPOCH_MS
    return (moment << 22) | (next(_counter) % (1 << 22))


@dataclass(frozen=True)
class User:
    """Somebody; ``moderator`` holds in every server they are in."""

    id: int
    name: str
    bot: bool = False
    moderator: bool = False
    locale: str = "en-US"

    def payload(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
        }

    def member(self) -> dict[str, Any]:
        return {
            "user": self.payload(),
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "nick": None,
            "avatar": None,
        }


@dataclass
class Channel:
    """Where messages are; ``denied`` names permissions that the bot lacks in it."""

    id: int
    name: str
    guild: Guild | None = None
    kind: int = TEXT
    recipient: User | None = None
    parent: Channel | None = None
    nsfw: bool = False
    denied: frozenset[str] = frozenset()
    messages: dict[int, Message] = field(default_factory=dict)
    deleted: bool = False

    def bot_permissions(self) -> Permissions:
        """Return what the bot may do here."""
        granted = Permissions(EVERYBODY.value)
        denied = self.denied | (self.parent.denied if self.parent else frozenset())
        granted.update(**dict.fromkeys(denied, False))
        return granted

    def payload(self, bot: User) -> dict[str, Any]:
        base: dict[str, Any] = {"id": str(self.id), "type": self.kind, "name": self.name}
        if self.kind == DM:
            assert self.recipient is not None
            return {**base, "recipients": [self.recipient.payload()], "last_message_id": None}
        assert self.guild is not None
        denied = Permissions(**dict.fromkeys(self.denied, True)).value
        base |= {
            "guild_id": str(self.guild.id),
            "position": 0,
            "nsfw": self.nsfw,
            "parent_id": str(self.parent.id) if self.parent else None,
            "rate_limit_per_user": 0,
            "permission_overwrites": [
                {"id": str(bot.id), "type": 1, "allow": "0", "deny": str(denied)}
            ],
            "topic": None,
            "last_message_id": None,
        }
        if self.kind == THREAD:
            base |= {
                "owner_id": str(bot.id),
                "message_count": 0,
                "member_count": 1,
                "thread_metadata": {
                    "archived": False,
                    "auto_archive_duration": 1440,
                    "archive_timestamp": "2026-01-01T00:00:00+00:00",
                    "locked": False,
                },
            }
        if self.kind == FORUM:
            base |= {"available_tags": [], "flags": 0, "default_forum_layout": 0}
        return base


@dataclass
class Guild:
    """A server; the bot is a member of it until ``kicked``."""

    id: int
    name: str
    channels: list[Channel] = field(default_factory=list)
    people: dict[int, User] = field(default_factory=dict)
    kicked: bool = False

    def payload(self, bot: User) -> dict[str, Any]:
        everyone = {
            "id": str(self.id),
            "name": "@everyone",
            "permissions": str(EVERYBODY.value),
            "position": 0,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        channels = [channel for channel in self.channels if not channel.deleted]
        return {
            "id": str(self.id),
            "name": self.name,
            "owner_id": "1",
            "roles": [everyone],
            "emojis": [],
            "stickers": [],
            "features": [],
            "members": [bot.member()],
            "member_count": len(self.people) + 1,
            "channels": [c.payload(bot) for c in channels if c.kind != THREAD],
            "threads": [c.payload(bot) for c in channels if c.kind == THREAD],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "preferred_locale": "en-US",
            "premium_tier": 0,
            "verification_level": 0,
            "default_message_notifications": 1,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "afk_timeout": 300,
            "system_channel_flags": 0,
            "unavailable": False,
        }


@dataclass(frozen=True)
class StoredFile:
    """A file as it was uploaded."""

    id: int
    name: str
    data: bytes
    description: str = ""


@dataclass(frozen=True)
class Version:
    """What a message showed from a moment on (``time.monotonic``)."""

    at: float
    content: str
    embeds: tuple[dict[str, Any], ...]
    components: tuple[dict[str, Any], ...]
    files: tuple[StoredFile, ...]


@dataclass
class Message:
    """A message; ``versions`` holds every state that people could see, the present one last."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    files: dict[int, StoredFile] = field(default_factory=dict)
    flags: int = 0
    nonce: str = ""
    reply_to: Message | None = None
    mentions: list[User] = field(default_factory=list)
    interaction: Interaction | None = None
    edits: int = 0
    deleted: bool = False
    too_old: bool = False
    versions: list[Version] = field(default_factory=list)

    @property
    def ephemeral(self) -> bool:
        """Tell whether only one person sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """Return all words it shows: its content, its embeds', its text displays'."""
        parts = [self.content]
        for embed in self.embeds:
            parts += [embed.get("title") or "", embed.get("description") or ""]
            parts += [f"{f['name']}: {f['value']}" for f in embed.get("fields") or []]
            parts.append((embed.get("footer") or {}).get("text") or "")
        parts += [part["content"] for part in walk(self.components) if part["type"] == 10]
        return "\n".join(part for part in parts if part)

    @property
    def buttons(self) -> list[dict[str, Any]]:
        """Return its buttons."""
        return [part for part in walk(self.components) if part["type"] == 2]

    @property
    def selects(self) -> list[dict[str, Any]]:
        """Return its select menus."""
        return [part for part in walk(self.components) if part["type"] in (3, 5, 6, 7, 8)]

    def button(self, words: str) -> dict[str, Any]:
        """Return the button whose label or custom id holds some words."""
        for part in self.buttons:
            if words in (part.get("label") or "") or words in (part.get("custom_id") or ""):
                return part
        named = [part.get("label") or part.get("emoji") for part in self.buttons]
        raise AssertionError(f"no button {words!r} among {named}")

    def file(self, name: str = "") -> StoredFile:
        """Return a file that it shows, the first without a name."""
        return next(f for f in self.files.values() if name in f.name)


@dataclass
class Interaction:
    """Something that a person did with the bot, and what the bot answered."""

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    created: float = field(default_factory=time.monotonic)
    callback: int | None = None
    acked_after_s: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)
    response: Message | None = None
    followups: list[Message] = field(default_factory=list)
    source: Message | None = None
    expired: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Return what an autocomplete offered."""
        return list(self.data.get("choices") or [])

    @property
    def modal(self) -> dict[str, Any]:
        """Return the modal that was opened."""
        assert self.callback == 9, f"no modal: callback {self.callback}"
        return self.data

    @property
    def waits(self) -> bool:
        """Tell whether somebody still waits for what becomes of it."""
        thinks = self.response is not None and bool(self.response.flags & LOADING)
        return self.callback is None or (thinks and not self.response.deleted)

    @property
    def answers(self) -> list[Message]:
        """Return the messages that answered, but for one that still says "thinking"."""
        first = [self.response] if self.response and not self.response.flags & LOADING else []
        return [*first, *self.followups]

    @property
    def text(self) -> str:
        """Return all words that answered it."""
        return "\n".join(message.text for message in self.answers)


def walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return components with all that is inside them."""
    found = []
    for part in components:
        found.append(part)
        inside = list(part.get("components") or [])
        inside += [part[name] for name in ("accessory", "component") if part.get(name)]
        found += walk(inside)
    return found
