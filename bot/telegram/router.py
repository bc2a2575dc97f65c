"""Brings each update to the feature that answers it, and sees to it that it is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterable

from telegram import Message, Update
from telegram.constants import ChatMemberStatus

from bot.chat.messenger import ClosedError, MessengerError
from bot.chat.texts import say
from bot.errors import PagewrightError
from bot.telegram.asking import Asking
from bot.telegram.commands import read_command
from bot.telegram.data import read_data
from bot.telegram.markup import read_note
from bot.telegram.places import PLATFORM, place_named
from bot.telegram.routes import Button, Command, Feature, Link, Question, Route, Written
from bot.telegram.tools import Tools

log = logging.getLogger(__name__)

# A press spins for about 15 s on Telegram, and seems dead long before.
PRESS_SECONDS = 2.0
_AWAY = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})


class Router:
    """Knows all features' routes."""

    def __init__(self, tools: Tools, features: Iterable[Feature]) -> None:
        self._tools = tools
        self._commands: dict[str, Command] = {}
        self._buttons: dict[str, Button] = {}
        self._questions: dict[str, Question] = {}
        self._links: list[Link] = []
        self._written: list[Written] = []
        for feature in features:
            for route in feature.routes():
                self._add(route)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return all commands in their order."""
        return tuple(self._commands.values())

    async def route(self, update: Update) -> None:
        """Answer one update; raises nothing but what ends the process."""
        try:
            await self._route(update)
        except PagewrightError as error:  # the library cannot be had
            log.warning("an update of Telegram is not answered: %s", error.message)
            if update.callback_query:
                await self._tools.replies.release(update.callback_query.id)
        except Exception:
            log.exception("an update of Telegram met a mistake in the program")

    async def _route(self, update: Update) -> None:
        if update.my_chat_member is not None:
            await self._on_own_standing(update)
            return
        message = update.message or update.channel_post
        if message is not None and await self._on_service(message):
            return
        press = update.callback_query
        if press is None and (message is None or not self._concerns(message)):
            return
        asking = await self._tools.askers.read(update)
        if asking is None:
            return
        if press is not None:
            await self._answered(asking, self._on_press(asking, press.data or ""))
        elif message is not None:
            await self._answered(asking, self._on_message(asking, message))

    def _concerns(self, message: Message) -> bool:
        """Tell whether a message may be for us, before anything is looked up for it.

        With privacy mode off, or as an administrator, the bot hears all that a group says.
        """
        if message.via_bot or (message.from_user and message.from_user.id == self._tools.bot.id):
            return False
        if message.is_automatic_forward:  # what a channel wrote, once more in its linked group
            return False
        if message.chat.type == message.chat.PRIVATE:
            return True
        answered = message.reply_to_message
        ours = bool(answered and answered.from_user and answered.from_user.id == self._tools.bot.id)
        return ours or read_command(message, self._tools.bot.username) is not None

    async def _answered(self, asking: Asking, answering: Awaitable[None]) -> None:
        """Wait for an answer; an error is told kindly, a button never left spinning."""
        replies = self._tools.replies
        task = asyncio.ensure_future(answering)
        try:
            if asking.press:
                done, _ = await asyncio.wait({task}, timeout=PRESS_SECONDS)
                if not done:
                    await replies.settle(asking)
            await task
        except asyncio.CancelledError:
            task.cancel()
            raise
        except ClosedError as error:
            log.info("nothing can be posted in %s: %s", asking.channel, error)
        except MessengerError as error:
            log.warning("a page could not be posted in %s: %s", asking.channel, error)
            await replies.alert(asking, say(asking.language, "action.not_posted"))
        except Exception as error:
            if isinstance(error, PagewrightError):
                log.debug("refused: %s", error)
            await replies.refuse(asking, error)
        finally:
            await replies.settle(asking)
            replies.close(asking)

    async def _on_press(self, asking: Asking, data: str) -> None:
        action, rest = read_data(data) or ("", "")
        button = self._buttons.get(action)
        if button is None:
            await self._tools.replies.toast(asking, say(asking.language, "telegram.old_button"))
            return
        await button.answer(asking, rest)

    async def _on_message(self, asking: Asking, message: Message) -> None:
        command = read_command(message, self._tools.bot.username)
        if command is not None and await self._on_command(asking, *command):
            return
        if await self._on_answer(asking, message):
            return
        for written in self._written:
            if await written.answer(asking):
                return

    async def _on_command(self, asking: Asking, name: str, words: str) -> bool:
        if name == "start":
            for link in self._links:
                if words.startswith(link.prefix):
                    await link.answer(asking, words.removeprefix(link.prefix))
                    return True
        if (known := self._commands.get(name)) is not None:
            await known.answer(asking, words)
            return True
        # In a group an unknown command is another bot's.
        if asking.place.private:
            await self._tools.replies.alert(asking, say(asking.language, "telegram.unknown"))
        return True

    async def _on_answer(self, asking: Asking, message: Message) -> bool:
        """Take a reply to one of our questions; False where it is none."""
        asked = message.reply_to_message
        note = read_note(asked, self._tools.bot.username) if asked else None
        question = self._questions.get(note.action) if note else None
        if note is None or question is None:
            return False
        await question.answer(asking, note.subject, message.text or message.caption or "")
        return True

    async def _on_service(self, message: Message) -> bool:
        """Take along what a group has where it becomes a supergroup; True for its two notices."""
        old, new = message.migrate_from_chat_id, message.migrate_to_chat_id
        if old is not None:
            await self._tools.moved(old, message.chat.id)
        if new is not None:
            await self._tools.moved(message.chat.id, new)
        return old is not None or new is not None

    async def _on_own_standing(self, update: Update) -> None:
        """Let go of what is told in a chat that the bot was put out of, or blocked in."""
        change = update.my_chat_member
        if change is None or change.new_chat_member.status not in _AWAY:
            return
        log.info("the bot was put out of chat %s", change.chat.id)
        posts = await self._tools.teller.posts.live(PLATFORM)
        channels = {post.channel for post in posts}
        for channel in channels:
            if place_named(channel).chat == change.chat.id:
                await self._tools.desk.channel_closed(channel)

    def _add(self, route: Route) -> None:
        match route:
            case Command():
                self._commands[route.name] = route
            case Button():
                self._buttons[route.action] = route
            case Question():
                self._questions[route.action] = route
            case Link():
                self._links.append(route)
            case Written():
                self._written.append(route)
