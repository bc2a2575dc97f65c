"""What people do in the loopback Discord, and only what a real client lets them do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bot.discord.loopback import posting
from tests.bot.discord.loopback.gateway import DIRECT_MESSAGES, GUILD_MESSAGES
from tests.bot.discord.loopback.world import (
    DM,
    EPHEMERAL,
    LOADING,
    MODERATOR,
    Channel,
    Interaction,
    Message,
    StoredFile,
    User,
    new_snowflake,
    walk,
)
from tests.bot.discord.loopback.world import EVERYBODY as _EVERYBODY

if TYPE_CHECKING:
    from tests.bot.discord.loopback.server import LoopbackDiscord

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
_STRING, _INTEGER, _BOOLEAN, _USER, _CHANNEL, _ROLE, _ATTACHMENT = 3, 4, 5, 6, 7, 8, 11


class UserError(AssertionError):
    """A real client would not let somebody do this."""


@dataclass(frozen=True)
class Person:
    """Somebody at one place. Each deed returns its ``Interaction``; see ``answered``."""

    world: LoopbackDiscord
    user: User
    channel: Channel

    async def slash(self, line: str, **options: Any) -> Interaction:
        """Use a command ("remember add") with options; a ``bytes`` value is an attachment."""
        command, leaf, nesting = self._command(line)
        resolved: dict[str, Any] = {}
        values = [self._option(leaf, name, value, resolved) for name, value in options.items()]
        missing = {o["name"] for o in leaf.get("options") or [] if o.get("required")} - set(options)
        if missing:
            raise UserError(f"/{line} needs {sorted(missing)}")
        data = self._command_data(command, values, nesting)
        return await self._act(COMMAND, data | ({"resolved": resolved} if resolved else {}))

    async def autocomplete(self, line: str, focused: str, typed: str, **options: Any) -> list[Any]:
        """Type into an option and return the choices' (name, value)."""
        command, leaf, nesting = self._command(line)
        values = [self._option(leaf, name, value, {}) for name, value in options.items()]
        option = next(o for o in leaf["options"] if o["name"] == focused)
        if not option.get("autocomplete"):
            raise UserError(f"/{line} {focused} has no autocomplete")
        values.append({"type": option["type"], "name": focused, "value": typed, "focused": True})
        data = self._command_data(command, values, nesting)
        found = await self._act(AUTOCOMPLETE, data)
        await self.world.until(lambda: found.callback is not None, what="choices")
        return [(choice["name"], choice["value"]) for choice in found.choices]

    async def menu(self, name: str, message: Message) -> Interaction:
        """Use a message's context menu."""
        command = next(
            (c for c in self.world.commands if c["type"] == 3 and c["name"] == name), None
        )
        if command is None:
            raise UserError(f"there is no menu {name!r}")
        self._check_context(command)
        payload = posting.payload(self.world, message, full=True)
        data = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): payload}},
        }
        return await self._act(COMMAND, data)

    async def click(self, message: Message, button: str) -> Interaction:
        """Press the button whose label or custom id holds some words."""
        part = message.button(button)
        if part.get("disabled") or part.get("style") == 5:
            raise UserError(f"the button {button!r} cannot be pressed")
        self._check_visible(message)
        data = {"custom_id": part["custom_id"], "component_type": 2, "id": part.get("id", 0)}
        return await self._act(COMPONENT, data, message=message)

    async def select(self, message: Message, *values: str, custom_id: str = "") -> Interaction:
        """Choose from a select menu by values or labels."""
        self._check_visible(message)
        part = next(s for s in message.selects if custom_id in s["custom_id"])
        resolved: dict[str, Any] = {}
        if part["type"] == 3:
            options = {o["label"]: o["value"] for o in part["options"]}
            known = set(options.values())
            values = tuple(options.get(value, value) for value in values)
            if not set(values) <= known:
                raise UserError(f"{values} are not among {sorted(known)}")
        elif part["type"] == 8:
            assert self.channel.guild is not None
            chosen = [c for c in self.channel.guild.channels if str(c.id) in values]
            resolved["channels"] = {
                str(c.id): c.payload(self.world.bot) | {"permissions": str(_EVERYBODY.value)}
                for c in chosen
            }
        elif part["type"] == 6:
            assert self.channel.guild is not None
            roles = self.channel.guild.payload(self.world.bot)["roles"]
            resolved["roles"] = {role["id"]: role for role in roles if role["id"] in values}
        data = {
            "custom_id": part["custom_id"],
            "component_type": part["type"],
            "values": list(values),
            "resolved": resolved,
            "id": part.get("id", 0),
        }
        return await self._act(COMPONENT, data, message=message)

    async def submit(self, opened: Interaction, **values: str) -> Interaction:
        """Send a modal; each value fills the input whose custom id it names, the rest stay."""
        modal = opened.modal
        rows = []
        for row in modal["components"]:
            inner = row.get("component") or (row.get("components") or [None])[0]
            if inner is None or inner["type"] == 10:
                rows.append({"type": row["type"], "id": row.get("id", 0)})
                continue
            value = values.pop(inner["custom_id"], inner.get("value") or "")
            if inner.get("required", True) and not value:
                raise UserError(f"{inner['custom_id']} must not be empty")
            if len(value) > (inner.get("max_length") or 4000):
                raise UserError(f"{inner['custom_id']} is too long")
            filled = {"type": inner["type"], "custom_id": inner["custom_id"], "value": value}
            filled |= {"id": inner.get("id", 0)}
            if inner["type"] != 4:
                filled["values"] = [value] if value else []
            shape = {"component": filled} if "component" in row else {"components": [filled]}
            rows.append({"type": row["type"], "id": row.get("id", 0), **shape})
        if values:
            raise UserError(f"the modal has no {sorted(values)}")
        data = {"custom_id": modal["custom_id"], "components": rows}
        return await self._act(MODAL_SUBMIT, data, message=opened.source)

    async def say(
        self, content: str, *, reply_to: Message | None = None, ping: bool = True
    ) -> Message:
        """Write a message, as a reply where one is given; ``ping`` mentions its author."""
        mentions = []
        if f"<@{self.world.bot.id}>" in content or (
            reply_to and ping and reply_to.author.id == self.world.bot.id
        ):
            mentions = [self.world.bot]
        message = Message(new_snowflake(), self.channel, self.user, content, mentions=mentions)
        message.reply_to = reply_to
        self.channel.messages[message.id] = message
        intent = GUILD_MESSAGES if self.channel.guild else DIRECT_MESSAGES
        data = posting.payload(self.world, message, event=True)
        await self.world.gateway.dispatch("MESSAGE_CREATE", data, intent=intent)
        return message

    async def answered(self, found: Interaction, *, seconds: float = 60.0) -> Message:
        """Wait for the answer in words and return it, the newest of several."""
        await self.world.until(lambda: found.answers, seconds=seconds, what="an answer")
        return found.answers[-1]

    async def modal(self, found: Interaction) -> Interaction:
        """Wait until a modal stands open."""
        await self.world.until(lambda: found.callback == 9, what="a modal")
        return found

    def _check_visible(self, message: Message) -> None:
        mine = message.interaction is not None and message.interaction.user.id == self.user.id
        if message.deleted or (message.flags & EPHEMERAL and not mine):
            raise UserError("this message is not to be seen")
        if message.flags & LOADING:
            raise UserError("the bot still thinks")

    def _command(self, line: str) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        first, *nesting = line.split()
        command = next(
            (c for c in self.world.commands if c["type"] == 1 and c["name"] == first), None
        )
        if command is None:
            raise UserError(f"there is no command /{first}")
        self._check_context(command)
        leaf = command
        for name in nesting:
            leaf = next(o for o in leaf["options"] if o["name"] == name)
        return command, leaf, nesting

    def _check_context(self, command: dict[str, Any]) -> None:
        contexts = command.get("contexts")
        here = 1 if self.channel.kind == DM else 0
        if contexts is not None and here not in contexts:
            raise UserError(f"/{command['name']} is not offered here")
        needed = command.get("default_member_permissions")
        if needed and here == 0 and not self.user.moderator:
            raise UserError(f"/{command['name']} is for moderators")

    def _option(
        self, leaf: dict[str, Any], name: str, value: Any, resolved: dict[str, Any]
    ) -> dict[str, Any]:
        option = next((o for o in leaf.get("options") or [] if o["name"] == name), None)
        if option is None:
            raise UserError(f"there is no option {name}")
        kind = option["type"]
        if kind == _INTEGER and not (
            option.get("min_value", value) <= value <= option.get("max_value", value)
        ):
            raise UserError(f"{name} {value} is out of bounds")
        if kind == _STRING and len(value) > option.get("max_length", 6000):
            raise UserError(f"{name} is too long")
        choices = [choice["value"] for choice in option.get("choices") or []]
        if choices and value not in choices:
            raise UserError(f"{name} {value!r} is not among {choices}")
        if kind == _USER:
            resolved.setdefault("users", {})[str(value.id)] = value.payload()
            return {"type": kind, "name": name, "value": str(value.id)}
        if kind == _ATTACHMENT:
            file = StoredFile(new_snowflake(), "picture.png", value)
            line = posting._attachment(self.world, Message(0, self.channel, self.user), file)
            resolved.setdefault("attachments", {})[str(file.id)] = line
            return {"type": kind, "name": name, "value": str(file.id)}
        return {"type": kind, "name": name, "value": value}

    def _command_data(
        self, command: dict[str, Any], values: list[dict[str, Any]], nesting: list[str]
    ) -> dict[str, Any]:
        for depth, name in enumerate(reversed(nesting)):
            values = [{"type": 1 if depth == 0 else 2, "name": name, "options": values}]
        return {"id": command["id"], "name": command["name"], "type": 1, "options": values}

    async def _act(
        self, kind: int, data: dict[str, Any], *, message: Message | None = None
    ) -> Interaction:
        world, guild = self.world, self.channel.guild
        found = Interaction(new_snowflake(), f"t{new_snowflake()}", kind, self.user, self.channel)
        found.source = message
        world.interactions[found.token] = found
        payload: dict[str, Any] = {
            "id": str(found.id),
            "application_id": str(world.bot.id),
            "type": kind,
            "token": found.token,
            "version": 1,
            "data": data,
            "channel_id": str(self.channel.id),
            "channel": self.channel.payload(world.bot) | {"permissions": "0"},
            "locale": self.user.locale,
            "app_permissions": str(self.channel.bot_permissions().value),
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "context": 0 if guild else 1,
            "attachment_size_limit": world.max_file_bytes,
        }
        if guild is not None:
            granted = MODERATOR if self.user.moderator else _EVERYBODY
            payload |= {"guild_id": str(guild.id), "guild_locale": "en-US"}
            payload["guild"] = {"id": str(guild.id), "locale": "en-US", "features": []}
            payload["member"] = self.user.member() | {"permissions": str(granted.value)}
        else:
            payload["user"] = self.user.payload()
        if message is not None:
            payload["message"] = posting.payload(world, message)
        asyncio.get_running_loop().call_later(
            world.ack_timeout_s + 0.1, _check_acknowledged, world, found
        )
        await world.gateway.dispatch("INTERACTION_CREATE", payload)
        return found


def _check_acknowledged(world: LoopbackDiscord, found: Interaction) -> None:
    if found.callback is None and world.gateway.session and world.gateway.session.socket:
        world.violate(f"an interaction of type {found.kind} was not acknowledged in time")


def labels(message: Message) -> list[str]:
    """Return the labels of a message's buttons and placeholders of its menus."""
    parts = walk(message.components)
    return [part.get("label") or part.get("placeholder") or "" for part in parts]
