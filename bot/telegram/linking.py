"""``/show link``, ``/show <code>``, ``/show unlink``: two accounts of one person."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup

from bot.chat.texts import say
from bot.chat.told import link_refusal
from bot.storytelling.accounts import LinkedAccount, LinkError
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.markup import bold, escape
from bot.telegram.pieces import redraw, start_button
from bot.telegram.routes import Button, Link, Route
from bot.telegram.tools import Tools

PAYLOAD = "link"


class Linking:
    """Gives codes, asks twice, links and unlinks; all of it in private chats only."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Button("link", self._link),
            Button("nolink", self._leave),
            Button("unlink", self.unlink),
            Button("linkcode", self.give),
            Link(PAYLOAD, self.give),
        )

    async def give(self, asking: Asking, words: str = "") -> None:
        """Send a code, or say with what the account is linked."""
        if await self._sent_away(asking):
            return
        known = await self._tools.teller.accounts.linked(asking.actor)
        if known is not None:
            await self._tools.replies.say(
                asking, linked_line(known, asking.language), keyboard=_unlinking(asking.language)
            )
            return
        made = await self._tools.teller.accounts.code(asking.actor)
        told = say(asking.language, "link.code", minutes=made.seconds // 60)
        how = say(asking.language, "link.how", code=made.code)
        html = f"{escape(told)}\n\n<code>{escape(made.code)}</code>\n\n{escape(how)}"
        await self._tools.replies.say(asking, html)

    async def take(self, asking: Asking, code: str) -> None:
        """Ask whether both accounts are the asker's; a code that others read is withdrawn."""
        if not asking.place.private:
            await self._tools.teller.accounts.withdraw(code)
            await self._sent_away(asking)
            return
        try:
            offered = await self._tools.teller.accounts.offer(code, asking.actor)
        except LinkError as error:
            await self._tools.replies.say(asking, escape(link_refusal(error, asking.language)))
            return
        language = asking.language
        rows = [
            [button(say(language, "link.yes"), "link", code.replace("-", "").replace(" ", ""))],
            [button(say(language, "link.no"), "nolink")],
        ]
        ask = say(language, "link.ask", name=offered.name, platform=offered.platform.capitalize())
        warning = say(language, "link.warning")
        html = f"{bold(ask)}\n\n{escape(warning)}"
        await self._tools.replies.say(asking, html, keyboard=InlineKeyboardMarkup(rows))

    async def unlink(self, asking: Asking, words: str = "") -> None:
        """Undo the link."""
        if await self._sent_away(asking):
            return
        was = await self._tools.teller.accounts.unlink(asking.actor)
        key = "link.unlinked" if was else "link.none"
        await redraw(self._tools, asking, escape(say(asking.language, key)))

    async def _link(self, asking: Asking, code: str) -> None:
        try:
            known = await self._tools.teller.accounts.link(code, asking.actor)
        except LinkError as error:
            await redraw(self._tools, asking, escape(link_refusal(error, asking.language)))
            return
        done = escape(say(asking.language, "link.done"))
        await redraw(self._tools, asking, f"{linked_line(known, asking.language)}\n\n{done}")

    async def _leave(self, asking: Asking, words: str) -> None:
        await redraw(self._tools, asking, escape(say(asking.language, "link.left")))

    async def _sent_away(self, asking: Asking) -> bool:
        """Tell whether this is no private chat; then whoever asks is shown the way to theirs."""
        if asking.place.private:
            return False
        label = say(asking.public, "shelf.to_private")
        keyboard = start_button(label, self._tools.bot.username, PAYLOAD)
        text = escape(say(asking.public, "link.in_private"))
        await self._tools.replies.say(asking, text, keyboard=keyboard)
        return True


def linked_line(known: LinkedAccount, language: str) -> str:
    """Return the HTML of the line that says with what an account is linked."""
    return escape(
        say(language, "link.linked", name=known.name, platform=known.platform.capitalize())
    )


def _unlinking(language: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(say(language, "link.unlink"), "unlink")]])
