"""A small Bot API on 127.0.0.1, and the people who write to the bot: what tests drive it with.

    async with Loopback() as telegram:                    # or Loopback(limits=Limits())
        settings: telegram.url -> telegram.api_base_url, telegram.token -> TELEGRAM_TOKEN
        ann = telegram.private("Ann", language="de")      # a Person in her chat with the bot
        written = ann.say("/story a fox")                 # the bot is told of it by getUpdates
        page = await ann.chat.sees("Once", after=written.number)   # waits; text or a predicate
        press = ann.press(page, "Cancel")                 # a button, by a part of its label
        (await press.answer()).get("text")                # what answerCallbackQuery said
        ann.reply(page, "then it rained"); ann.send_photo(jpeg, "/story a boat")
        ann.start("s_0123abcd"); ann.edit(written, "/story an owl"); ann.forward(page)
        ann.block(); ann.unblock()

        group = telegram.group("Readers")                 # a supergroup; kind="group", forum=True
        ben = telegram.join(group, "Ben", admin=True)     # thread=, anonymous=True
        telegram.topic(group)                             # a forum's topic; its number
        telegram.migrate(group)                           # a group becomes a supergroup
        channel = telegram.channel("News")                # telegram.join(channel, …).say()

``Message``: ``text`` (or caption), ``photo``/``document`` (bytes), ``labels``, ``data(label)``,
``keyboard``, ``reply_to``, ``states`` (all it ever showed), ``deleted``, ``asks``, ``html_links``,
``raw``. ``Chat``: ``messages``, ``shown``, ``from_bot``, ``drafts``, ``actions``, ``sees``.

Faults: ``telegram.fail("editMessage.*", times=2, status=502)``, ``description=``,
``retry_after=``; ``drop="before"`` (never arrived) or ``"after"`` (done, the answer was lost);
``telegram.latency``; ``await telegram.down()`` and ``await telegram.up()`` close the port and
open it again. Flood control is off unless ``limits`` are given: ``limits.floods`` and
``limits.ignored`` (asked again too early) tell of it.

``telegram.calls`` lists every request with its answer's status, ``called("sendPhoto")`` those of
one method, ``unknown`` methods that this server lacks. ``telegram.push({...})`` sends any update.
``telegram.world.commands`` holds what ``setMyCommands`` set, by "<scope>/<language>".
``telegram.webhook`` is what ``setWebhook`` set; updates are then posted there.

Held to Telegram's rules: text 4096, caption 1024, button data 64 bytes, answers 200, albums 2 to
10 without a keyboard, photos 10 MB, files 50 MB, strict HTML, "message is not modified", replies
and topics that must exist, privacy mode in groups. Own code of this project.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from tests.bot.telegram.loopback.people import Person, small_photo
from tests.bot.telegram.loopback.rules import ApiError, Limits
from tests.bot.telegram.loopback.server import TOKEN, Call, Fault, Server
from tests.bot.telegram.loopback.world import BOT, Chat, Message, Press, State, World

__all__ = [
    "BOT", "Call", "Chat", "Limits", "Loopback", "Message", "Person", "Press", "State",
    "small_photo",
]  # fmt: skip


class Loopback(Server):
    """The server with its chats; see the module for all that it can do."""

    def __init__(self, *, limits: Limits | None = None) -> None:
        super().__init__(World(), limits=limits)
        self.token = TOKEN

    @property
    def url(self) -> str:
        """Return the server's root."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Loopback:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        await self.stop()

    def private(self, name: str, *, language: str = "en") -> Person:
        """Return a new person in a chat of their own with the bot."""
        raw = self.world.person(name, language=language)
        return Person(self.world, self.world.chat("private", person=raw), raw)

    def group(self, title: str, *, kind: str = "supergroup", forum: bool = False) -> Chat:
        """Open a group with the bot in it; "group" is a small one that can migrate."""
        return self.world.chat(kind, title=title, forum=forum)

    def channel(self, title: str) -> Chat:
        """Open a channel with the bot as one of its administrators."""
        return self.world.chat("channel", title=title)

    def join(
        self, chat: Chat, who: str | Person, *, admin: bool = False, thread: int | None = None,
        anonymous: bool = False, language: str = "en",
    ) -> Person:  # fmt: skip
        """Let a new person (by name), or one who is known, into a group."""
        raw = self.world.person(who, language=language) if isinstance(who, str) else who.raw
        chat.members[raw["id"]] = raw
        if admin:
            chat.admins.add(raw["id"])
        return Person(self.world, chat, raw, thread, anonymous)

    def topic(self, chat: Chat, title: str = "A topic") -> int:
        """Open a topic of a forum and return its number."""
        message = chat.add({"forum_topic_created": {"name": title, "icon_color": 7322096}})
        chat.topics.add(message.number)
        return message.number

    def migrate(self, chat: Chat) -> Chat:
        """Make a supergroup of a group; the bot is told, as Telegram does."""
        new = self.world.chat("supergroup", title=chat.raw["title"])
        new.members, new.admins = dict(chat.members), set(chat.admins)
        chat.moved_to = new.id
        speaker = {"from": BOT | {"id": 1001}}
        for where, key, other in (
            (chat, "migrate_to_chat_id", new),
            (new, "migrate_from_chat_id", chat),
        ):
            self.push({"message": self.world.told(where.add(speaker | {key: other.id}))})
        return new

    def push(self, update: dict[str, Any]) -> int:
        """Send the bot any update."""
        return self.world.push(update)

    def fail(
        self, method: str, *, times: int = 1, status: int = 500,
        description: str = "Internal Server Error", retry_after: int = 0, drop: str = "",
    ) -> None:  # fmt: skip
        """Let the next ``times`` calls of methods that match fail."""
        parameters = {"retry_after": retry_after} if retry_after else {}
        error = (
            None
            if drop
            else ApiError(description, status=429 if retry_after else status, **parameters)
        )
        self.faults.append(Fault(method, times, error, drop))

    async def down(self) -> None:
        """Close the port: nothing can be reached."""
        await self.stop()
        self._runner = None

    async def up(self) -> None:
        """Open the port again."""
        await self.start()

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method that went well, in order."""
        return [call for call in self.calls if call.method == method and call.status == 200]
