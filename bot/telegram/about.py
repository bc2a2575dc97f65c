"""``/start``, ``/help``, ``/about``: what this bot is, what one can ask of it, how it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.chat.about import about_lines
from bot.chat.texts import say
from bot.telegram.asking import Asking
from bot.telegram.markup import bold, escape, italic
from bot.telegram.routes import Command, Route
from bot.telegram.tools import Tools

_ADMIN_ONLY = "admins"


class About:
    """Tells of the bot; ``commands`` gives all commands there are, for the help."""

    def __init__(self, tools: Tools, commands: Callable[[], Iterable[Command]]) -> None:
        self._tools = tools
        self._commands = commands

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("help", "shelf.about_help", self._help),
            Command("about", "shelf.about_about", self._about),
            Command("start", "shelf.about_start", self._start, offered="nobody"),
        )

    async def _start(self, asking: Asking, words: str) -> None:
        language = asking.public
        parts = [
            bold(say(language, "shelf.hello", name=asking.name)),
            escape(say(language, "about.what")),
            escape(say(language, "shelf.first")),
            italic(say(language, "shelf.more_help")),
        ]
        await self._tools.replies.say(asking, "\n\n".join(parts))

    async def _help(self, asking: Asking, words: str) -> None:
        language = asking.public
        lines = [
            f"/{command.name} – {escape(say(language, command.description))}"
            for command in self._commands()
            if command.offered != "nobody"
            and (command.offered != _ADMIN_ONLY or asking.actor.moderator or asking.actor.owner)
        ]
        parts = [
            escape(say(language, "shelf.help_intro")),
            "\n".join(lines),
            escape(say(language, "shelf.help_reply")),
            escape(say(language, "shelf.help_photo")),
        ]
        await self._tools.replies.say(asking, "\n\n".join(parts))

    async def _about(self, asking: Asking, words: str) -> None:
        title, what, *health, licence = await about_lines(self._tools.service, asking.public)
        parts = [bold(title), escape(what), "\n".join(map(escape, health)), italic(licence)]
        await self._tools.replies.say(asking, "\n\n".join(parts))
