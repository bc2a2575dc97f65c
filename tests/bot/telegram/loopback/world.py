"""The chats of the loopback: who is in them, what was said, and what the bot is told of it."""

from __future__ import annotations

import asyncio
import copy
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.bot.telegram.loopback.rules import units

BOT = {"id": 1000, "is_bot": True, "first_name": "Pagewright", "username": "pagewright_bot"}
ME = {
    **BOT, "can_join_groups": True, "can_read_all_group_messages": False,
    "supports_inline_queries": False, "has_main_web_app": False,
}  # fmt: skip
_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?")
WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class State:
    """What a message showed from a moment on; ``keyboard`` is its rows of labels and data."""

    at: float
    text: str
    entities: tuple[Any, ...]
    photo: str
    document: str
    above: bool
    spoiler: bool
    keyboard: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(eq=False)
class Message:
    """One message as people see it; ``text`` is the caption where there is a photo or file.

    ``raw`` is what the Bot API says of it. ``states`` holds all that it ever showed, the present
    one last. ``number`` is its id in the chat.
    """

    raw: dict[str, Any]
    files: dict[str, bytes]
    states: list[State] = field(default_factory=list)
    deleted: bool = False

    @property
    def number(self) -> int:
        return int(self.raw["message_id"])

    @property
    def text(self) -> str:
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def html_links(self) -> list[str]:
        """The addresses that the text leads to."""
        entities = [*self.raw.get("entities", []), *self.raw.get("caption_entities", [])]
        return [entity["url"] for entity in entities if "url" in entity]

    @property
    def photo(self) -> bytes:
        """The picture's bytes, b"" for none."""
        sizes = self.raw.get("photo")
        return self.files[sizes[-1]["file_id"]] if sizes else b""

    @property
    def document(self) -> bytes:
        """The file's bytes, b"" for none."""
        found = self.raw.get("document")
        return self.files[found["file_id"]] if found else b""

    @property
    def keyboard(self) -> list[list[dict[str, Any]]]:
        return list(self.raw.get("reply_markup", {}).get("inline_keyboard", []))

    @property
    def labels(self) -> list[str]:
        """The buttons' labels, row by row."""
        return [button["text"] for row in self.keyboard for button in row]

    @property
    def reply_to(self) -> int:
        """The number of the message that this one answers, 0 for none."""
        return int(self.raw.get("reply_to_message", {}).get("message_id", 0))

    @property
    def from_bot(self) -> bool:
        return bool(self.raw.get("from", {}).get("is_bot"))

    @property
    def asks(self) -> bool:
        """Whether people's apps open a reply to it by themselves (ForceReply)."""
        return bool(self.raw.get("force_reply"))

    def data(self, label: str) -> str:
        """Return the data of the button whose label holds a text."""
        found = [b for row in self.keyboard for b in row if label in b["text"]]
        if not found:
            raise AssertionError(f"no button {label!r} among {self.labels}")
        return str(found[0].get("callback_data") or found[0].get("url"))

    def note(self) -> None:
        """Keep what it shows now."""
        photo, document = self.raw.get("photo"), self.raw.get("document")
        self.states.append(
            State(
                at=time.monotonic(),
                text=self.text,
                entities=tuple(self.raw.get("entities") or self.raw.get("caption_entities") or ()),
                photo=photo[-1]["file_id"] if photo else "",
                document=document["file_id"] if document else "",
                above=bool(self.raw.get("show_caption_above_media")),
                spoiler=bool(self.raw.get("has_media_spoiler")),
                keyboard=tuple(
                    tuple((b["text"], b.get("callback_data") or b.get("url", "")) for b in row)
                    for row in self.keyboard
                ),
            )
        )


@dataclass(eq=False)
class Chat:
    """A private chat, group or channel; ``admins`` holds the ids of who looks after it."""

    raw: dict[str, Any]
    world: World
    messages: dict[int, Message] = field(default_factory=dict)
    members: dict[int, dict[str, Any]] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    closed: str = ""
    moved_to: int = 0
    actions: list[str] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.raw["id"])

    @property
    def private(self) -> bool:
        return self.raw["type"] == "private"

    @property
    def shown(self) -> list[Message]:
        """What stands in the chat now, in order."""
        return [message for message in self.messages.values() if not message.deleted]

    @property
    def from_bot(self) -> list[Message]:
        """The bot's messages that stand in the chat now."""
        return [message for message in self.shown if message.from_bot]

    async def sees(
        self, wanted: Callable[[Message], bool] | str = "", *, after: int = 0,
        seconds: float = WAIT_SECONDS,
    ) -> Message:  # fmt: skip
        """Wait for a message of the bot's that is wanted (holds a text), and return the newest.

        ``after``: only messages with a higher number.
        """
        test = wanted if callable(wanted) else lambda message: str(wanted) in message.text

        def found() -> Message | None:
            hits = [m for m in self.from_bot if m.number > after and test(m)]
            return hits[-1] if hits else None

        await self.world.until(lambda: found() is not None, seconds=seconds, about=self.dump)
        message = found()
        assert message is not None
        return message

    def dump(self) -> str:
        """Return what stands in the chat, for a failed test."""
        lines = [
            f"{m.number} {'bot' if m.from_bot else 'you'}: {m.text[:200]!r} {m.labels}"
            for m in self.shown
        ]
        return f"chat {self.id}:\n" + "\n".join(lines[-12:])

    def add(self, fields: dict[str, Any], *, thread: int | None = None) -> Message:
        """Put a message into the chat."""
        number = next(self.world.numbers)
        raw: dict[str, Any] = {"message_id": number, "date": int(time.time()), "chat": self.raw}
        if thread is not None:
            raw |= {"message_thread_id": thread, "is_topic_message": True}
        message = Message(raw | fields, self.world.files)
        self.messages[number] = message
        message.note()
        self.world.changed()
        return message


@dataclass(frozen=True)
class Press:
    """A pressed button; ``answer()`` waits for what the bot says to it."""

    id: str
    world: World

    async def answer(self, *, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Return what the bot answered: ``text``, ``show_alert``; {} for a bare acknowledgement."""
        await self.world.until(lambda: self.id in self.world.answers, seconds=seconds)
        return self.world.answers[self.id]


class World:
    """All chats, files and updates of one bot."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, bytes] = {}
        self.updates: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.pressed: set[str] = set()
        self.commands: dict[str, list[dict[str, str]]] = {}
        self._people, self._groups, self._serials = count(501), count(1), count(1)
        self._update_ids = count(int(time.time()))
        self._condition = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()

    def person(self, name: str, *, language: str = "en") -> dict[str, Any]:
        """Return a new person as the Bot API names them."""
        return {
            "id": next(self._people), "is_bot": False, "first_name": name,
            "language_code": language,
        }  # fmt: skip

    def chat(
        self,
        kind: str,
        *,
        person: dict[str, Any] | None = None,
        title: str = "",
        forum: bool = False,
    ) -> Chat:
        """Open a chat: "private" with a person, else "group", "supergroup" or "channel"."""
        if kind == "private" and person is not None:
            raw = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
        else:
            number = next(self._groups)
            raw = {
                "id": -number if kind == "group" else -1_000_000_000_000 - number,
                "type": kind,
                "title": title,
            }
            if forum:
                raw["is_forum"] = True
        chat = Chat(raw, self)
        if person is not None:
            chat.members[person["id"]] = person
        self.chats[chat.id] = chat
        return chat

    def put_file(self, data: bytes, kind: str) -> str:
        """Keep a file and return its id."""
        name = f"{kind}-{next(self._serials)}"
        self.files[name] = data
        return name

    def push(self, update: dict[str, Any]) -> int:
        """Send the bot any update, as the Bot API words it, and return its number."""
        number = next(self._update_ids)
        self.updates.append({"update_id": number} | copy.deepcopy(update))
        self.changed()
        return number

    def press(self, person: dict[str, Any], message: Message, data: str) -> Press:
        """Press a button of a message."""
        press = Press(f"press-{next(self._serials)}", self)
        self.pressed.add(press.id)
        self.push(
            {
                "callback_query": {
                    "id": press.id, "from": person, "message": self.told(message),
                    "chat_instance": "1", "data": data,
                }
            }
        )  # fmt: skip
        return press

    def told(self, message: Message) -> dict[str, Any]:
        """Return a message as an update carries it: what only we keep about it is left out."""
        raw = {key: value for key, value in message.raw.items() if key != "force_reply"}
        return copy.deepcopy(raw)

    def changed(self) -> None:
        """Wake whoever waits for something."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        task = loop.create_task(self._wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def until(
        self, condition: Callable[[], bool], *, seconds: float = WAIT_SECONDS,
        about: Callable[[], str] = lambda: "",
    ) -> None:  # fmt: skip
        """Wait until something holds; raise ``AssertionError`` where it does not in time."""
        try:
            async with asyncio.timeout(seconds), self._condition:
                await self._condition.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"waited {seconds:g} s in vain; {about()}") from None


def with_commands(text: str) -> list[dict[str, Any]]:
    """Return the entities that people's apps put on what they write."""
    return [
        {"type": "bot_command", "offset": units(text[: found.start()]), "length": len(found[0])}
        for found in _COMMAND.finditer(text)
        if found.start() == 0 or text[found.start() - 1].isspace()
    ]
