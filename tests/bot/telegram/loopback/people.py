"""What a person does in a chat with the bot: write, reply, press, send a photo, block."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.bot.telegram.loopback.world import BOT, Chat, Message, Press, World, with_commands


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody in a chat; ``raw`` is the Bot API's User. ``thread`` is the topic they write in."""

    world: World
    chat: Chat
    raw: dict[str, Any]
    thread: int | None = None
    anonymous: bool = False

    @property
    def id(self) -> int:
        return int(self.raw["id"])

    def say(self, text: str, *, reply_to: Message | None = None, **more: Any) -> Message:
        """Write a message; the bot is told of it where it can read it."""
        fields = {"text": text, "entities": with_commands(text)} | more
        return self._post({k: v for k, v in fields.items() if v != []}, reply_to)

    def start(self, payload: str = "") -> Message:
        """Open the chat, by a deep link's payload where one is given."""
        return self.say(f"/start {payload}".strip())

    def reply(self, message: Message, text: str) -> Message:
        """Answer a message."""
        return self.say(text, reply_to=message)

    def send_photo(
        self, data: bytes = b"", caption: str = "", *, reply_to: Message | None = None
    ) -> Message:
        """Send a photo, a small one by default."""
        data = data or small_photo()
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
        name = self.world.put_file(data, "photo")
        size = {
            "file_id": name,
            "file_unique_id": f"u-{name}",
            "width": width,
            "height": height,
            "file_size": len(data),
        }
        fields: dict[str, Any] = {"photo": [size]}
        if caption:
            fields |= {"caption": caption, "caption_entities": with_commands(caption)}
        return self._post(fields, reply_to)

    def send_document(self, data: bytes, name: str, caption: str = "", mime: str = "") -> Message:
        """Send a file."""
        file = self.world.put_file(data, "document")
        told = {
            "file_id": file,
            "file_unique_id": f"u-{file}",
            "file_name": name,
            "mime_type": mime,
            "file_size": len(data),
        }
        fields: dict[str, Any] = {"document": told}
        if caption:
            fields |= {"caption": caption, "caption_entities": with_commands(caption)}
        return self._post(fields, None)

    def edit(self, message: Message, text: str) -> None:
        """Change a message of one's own."""
        message.raw |= {"text": text, "entities": with_commands(text), "edit_date": 1}
        message.note()
        if self._readable(message):
            self.world.push({"edited_message": self.world.told(message)})

    def forward(self, message: Message) -> Message:
        """Forward a message of the bot's into this chat."""
        kept = ("text", "entities", "caption", "caption_entities", "photo", "document")
        fields = {key: value for key, value in message.raw.items() if key in kept}
        fields["forward_origin"] = {"type": "user", "date": 1, "sender_user": BOT}
        return self._post(fields, None)

    def press(self, message: Message, label: str) -> Press:
        """Press the button whose label holds a text."""
        return self.world.press(self.raw, message, message.data(label))

    def press_data(self, message: Message, data: str) -> Press:
        """Press a button by its data, as an old or a forged client could."""
        return self.world.press(self.raw, message, data)

    async def asks(self, text: str, wanted: Callable[[Message], bool] | str = "") -> Message:
        """Write something and return the bot's next message that is wanted."""
        written = self.say(text)
        return await self.chat.sees(wanted, after=written.number)

    def block(self) -> None:
        """Block the bot."""
        self.chat.closed = "bot was blocked by the user"
        self._member("member", "kicked")

    def unblock(self) -> None:
        """Let the bot write again."""
        self.chat.closed = ""
        self._member("kicked", "member")

    def kick(self) -> None:
        """Throw the bot out of the group."""
        self.chat.closed = "bot was kicked from the supergroup chat"
        self._member("member", "kicked")

    def _member(self, old: str, new: str) -> None:
        def state(status: str) -> dict[str, Any]:
            return {"user": BOT, "status": status} | (
                {"until_date": 0} if status == "kicked" else {}
            )

        self.world.push(
            {
                "my_chat_member": {
                    "chat": self.chat.raw, "from": self.raw, "date": 1,
                    "old_chat_member": state(old), "new_chat_member": state(new),
                }
            }
        )  # fmt: skip

    def _post(self, fields: dict[str, Any], reply_to: Message | None) -> Message:
        speaker: dict[str, Any] = {"from": self.raw}
        if self.anonymous:
            group = {
                "id": 1087968824,
                "is_bot": True,
                "first_name": "Group",
                "username": "GroupAnonymousBot",
            }
            speaker = {"from": group, "sender_chat": self.chat.raw}
        if self.chat.raw["type"] == "channel":
            speaker = {"sender_chat": self.chat.raw}
        answered = {}
        if reply_to is not None:
            first = {
                k: v
                for k, v in reply_to.raw.items()
                if k not in ("reply_to_message", "force_reply")
            }
            answered = {"reply_to_message": copy.deepcopy(first)}
        message = self.chat.add(fields | speaker | answered, thread=self.thread)
        if self._readable(message):
            kind = "channel_post" if self.chat.raw["type"] == "channel" else "message"
            self.world.push({kind: self.world.told(message)})
        return message

    def _readable(self, message: Message) -> bool:
        """Tell whether a bot in privacy mode is given the message."""
        if self.chat.closed:
            return False
        if self.chat.private or self.chat.raw["type"] == "channel":
            return True
        text = message.text.partition("\n")[0].partition(" ")[0]
        if text.startswith("/"):
            return text.partition("@")[2] in ("", BOT["username"])
        answered = message.raw.get("reply_to_message", {}).get("from", {})
        return answered.get("id") == BOT["id"] or f"@{BOT['username']}" in message.text


def small_photo(
    size: tuple[int, int] = (64, 48), colour: tuple[int, int, int] = (90, 120, 160)
) -> bytes:
    """Return a small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()
