"""Messages as requests write them, and as payloads tell them."""

from __future__ import annotations

import io
import json
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web
from PIL import Image

from tests.bot.discord.loopback.rules import (
    MAX_FILES,
    MAX_REQUEST,
    RefusedError,
    bad,
    check_message,
    media_of,
)
from tests.bot.discord.loopback.world import (
    COMPONENTS_V2,
    DM,
    EPHEMERAL,
    EPOCH_MS,
    LOADING,
    Channel,
    Message,
    StoredFile,
    Version,
    new_snowflake,
    walk,
)

if TYPE_CHECKING:
    from tests.bot.discord.loopback.server import LoopbackDiscord

Upload = tuple[int, str, bytes]
_MENTION = re.compile(r"@everyone|@here|<@!?&?\d+>")


async def read(request: web.Request) -> tuple[Any, list[Upload]]:
    """Return a request's JSON and its files with their numbers."""
    if not request.content_type.startswith("multipart/"):
        body = await request.read()
        return (json.loads(body) if body else {}), []
    payload: Any = {}
    uploads: list[Upload] = []
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read(decode=False))
        if part.name == "payload_json":
            payload = json.loads(data)
        else:
            number = re.fullmatch(r"files\[(\d+)\]", part.name or "")
            if number is None:
                raise bad(f"a part named {part.name!r}")
            uploads.append((int(number[1]), part.filename or "", data))
    if len(uploads) > MAX_FILES:
        raise bad(f"{len(uploads)} files")
    if sum(len(data) for _, _, data in uploads) > MAX_REQUEST:
        raise RefusedError(413, 40005, "Request entity too large")
    return payload, uploads


def write(
    world: LoopbackDiscord, channel: Channel, payload: dict[str, Any], uploads: list[Upload]
) -> Message:
    """Return a new message of the bot's; raise ``RefusedError`` where it breaks a rule."""
    message = Message(new_snowflake(), channel, world.bot)
    message.flags = int(payload.get("flags") or 0) & (EPHEMERAL | COMPONENTS_V2 | (1 << 2))
    _put(world, message, payload, _files(world, payload, uploads, {}))
    reference = payload.get("message_reference")
    if reference:
        target = channel.messages.get(int(reference["message_id"]))
        if (target is None or target.deleted) and reference.get("fail_if_not_exists", True):
            raise bad("message_reference: Unknown message")
        message.reply_to = target
    _check_mentions(world, message, payload)
    return message


def rewrite(
    world: LoopbackDiscord, message: Message, payload: dict[str, Any], uploads: list[Upload]
) -> None:
    """Change a message as a request asks; what the request does not name stays."""
    flags = message.flags
    if "flags" in payload and payload["flags"] is not None:
        wanted = int(payload["flags"])
        if flags & COMPONENTS_V2 and not wanted & COMPONENTS_V2:
            raise bad("flags: components V2 cannot be taken back")
        flags = (flags & ~COMPONENTS_V2) | (wanted & COMPONENTS_V2)
    was_v2 = message.flags & COMPONENTS_V2
    if was_v2 and (payload.get("content") or payload.get("embeds")):
        raise bad("content and embeds do not go with components V2")
    before, message.flags = message.flags, flags
    try:
        _put(world, message, payload, _files(world, payload, uploads, message.files))
    except RefusedError:
        message.flags = before
        raise
    message.edits += 1
    _check_mentions(world, message, payload)


def _put(
    world: LoopbackDiscord,
    message: Message,
    payload: dict[str, Any],
    files: dict[int, StoredFile],
) -> None:
    standing: dict[str, Any] = {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
    }
    standing |= {key: payload[key] or _EMPTY[key] for key in standing if key in payload}
    check_message(standing, files.values(), flags=message.flags)
    message.content = standing["content"]
    message.embeds, message.components = standing["embeds"], standing["components"]
    message.files = files
    message.versions.append(
        Version(
            time.monotonic(),
            message.content,
            tuple(message.embeds),
            tuple(message.components),
            tuple(files.values()),
        )
    )
    if not world.keeps_versions:
        del message.versions[:-1]
    world.changed()


_EMPTY: dict[str, Any] = {"content": "", "embeds": [], "components": []}


def _files(
    world: LoopbackDiscord,
    payload: dict[str, Any],
    uploads: list[Upload],
    before: dict[int, StoredFile],
) -> dict[int, StoredFile]:
    """Return the files that a message has after a request."""
    for _, name, data in uploads:
        if len(data) > world.max_file_bytes:
            raise RefusedError(413, 40005, f"Request entity too large: {name}")
        if not name:
            raise bad("a file without a name")
    listed = payload.get("attachments")
    if listed is None:
        # As in Discord, what is not spoken of stays, and what is uploaded comes beside it.
        return before | {i: StoredFile(i, name, data) for i, name, data in _numbered(uploads)}
    kept: dict[int, StoredFile] = {}
    sent = {number: (name, data) for number, name, data in uploads}
    for line in listed:
        number = int(line["id"])
        if number in sent:
            name, data = sent.pop(number)
            description = line.get("description") or ""
            if len(description) > 1024:
                raise bad("attachment: description")
            new = new_snowflake()
            kept[new] = StoredFile(new, line.get("filename") or name, data, description)
        elif number in before:
            kept[number] = before[number]
        else:
            raise bad(f"attachments: nothing with id {number}")
    if sent:
        world.violate(f"files that no attachment lists: {[name for name, _ in sent.values()]}")
    if len(kept) > MAX_FILES:
        raise bad(f"attachments: {len(kept)}")
    return kept


def _numbered(uploads: list[Upload]) -> list[Upload]:
    return [(new_snowflake(), name, data) for _, name, data in uploads]


def _check_mentions(world: LoopbackDiscord, message: Message, payload: dict[str, Any]) -> None:
    texts = [message.content]
    texts += [part["content"] for part in walk(message.components) if part["type"] == 10]
    allowed = payload.get("allowed_mentions")
    parses = allowed is None or allowed.get("parse")
    if parses and not message.ephemeral and any(_MENTION.search(text) for text in texts):
        world.violate(f"mentions are parsed in message {message.id}")


def payload(
    world: LoopbackDiscord, message: Message, *, event: bool = False, full: bool = False
) -> dict[str, Any]:
    """Return a message as Discord tells it; ``event``: as far as the bot's intents allow."""
    urls = {f"attachment://{file.name}": file for file in message.files.values()}
    shown = {urls[u].id for u in media_of(message.components, message.embeds) if u in urls}
    data: dict[str, Any] = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "author": message.author.payload(),
        "content": message.content if _is_readable(world, message) or full else "",
        "timestamp": _moment(message.id),
        "edited_timestamp": _moment(new_snowflake()) if message.edits else None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [user.payload() for user in message.mentions],
        "mention_roles": [],
        "attachments": [
            _attachment(world, message, file)
            for file in message.files.values()
            if file.id not in shown
        ],
        "embeds": [_resolved(world, message, embed, urls) for embed in message.embeds],
        "components": [_resolved(world, message, part, urls) for part in message.components],
        "pinned": False,
        "type": 19 if message.reply_to else 20 if message.interaction else 0,
        "flags": message.flags,
    }
    if message.nonce:
        data["nonce"] = message.nonce
    if message.reply_to:
        target = message.reply_to
        data["message_reference"] = {
            "type": 0,
            "message_id": str(target.id),
            "channel_id": str(target.channel.id),
        }
        if not event or target.author.id == world.bot.id:
            data["referenced_message"] = payload(world, target, full=full)
    if event and message.channel.guild:
        data["guild_id"] = str(message.channel.guild.id)
        data["member"] = {k: v for k, v in message.author.member().items() if k != "user"}
    if message.interaction or message.flags & LOADING:
        data["application_id"] = data["webhook_id"] = str(world.bot.id)
    return data


def _is_readable(world: LoopbackDiscord, message: Message) -> bool:
    """Tell whether the bot may read a message's words without the privileged intent."""
    session = world.gateway.session
    return (
        message.author.id == world.bot.id
        or message.channel.kind == DM
        or world.bot in message.mentions
        or bool(session and session.intents & (1 << 15))
    )


def _attachment(world: LoopbackDiscord, message: Message, file: StoredFile) -> dict[str, Any]:
    url = world.cdn(message.channel.id, file)
    data = {
        "id": str(file.id),
        "filename": file.name,
        "size": len(file.data),
        "url": url,
        "proxy_url": url,
        "content_type": _content_type(file.name),
    }
    if file.description:
        data["description"] = file.description
    return data | _size(file)


def _size(file: StoredFile) -> dict[str, int]:
    if _content_type(file.name).startswith("image/"):
        try:
            with Image.open(io.BytesIO(file.data)) as image:
                return {"width": image.width, "height": image.height}
        except OSError:
            return {}
    return {}


def _content_type(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    kinds = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
    return kinds.get(ending, "application/octet-stream")


def _resolved(
    world: LoopbackDiscord, message: Message, value: Any, urls: dict[str, StoredFile]
) -> Any:
    """Return components or embeds with the addresses of uploaded media, as Discord answers."""
    if isinstance(value, list):
        return [_resolved(world, message, item, urls) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("url") in urls:
        file = urls[value["url"]]
        link = world.cdn(message.channel.id, file)
        more = {"attachment_id": str(file.id), "content_type": _content_type(file.name)}
        return {**value, "url": link, "proxy_url": link, **more, **_size(file)}
    return {key: _resolved(world, message, item, urls) for key, item in value.items()}


def _moment(snowflake: int) -> str:
    seconds = ((snowflake >> 22) + EPOCH_MS) / 1000
    return datetime.fromtimestamp(seconds, UTC).isoformat()
