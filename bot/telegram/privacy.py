"""``/privacy``: what is held about somebody; all of it as a ZIP; all of it deleted, asked twice."""

from __future__ import annotations

import asyncio

from telegram import InputFile

from bot.chat.exports import Exporter, size_text
from bot.chat.texts import say
from bot.chat.told import held_lines
from bot.errors import BadInputError
from bot.storytelling.privacy import Held
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.exporting import UPLOAD_SECONDS, most_bytes
from bot.telegram.finding import short
from bot.telegram.linking import linked_line
from bot.telegram.markup import bold, escape
from bot.telegram.pieces import keyboard, redraw, start_button
from bot.telegram.routes import Button, Command, Link, Route
from bot.telegram.tools import Tools

PAYLOAD = "privacy"
_MOST_STORIES = 10


class PrivacyDesk:
    """Answers in private chats only: what is held is nobody else's business."""

    def __init__(self, tools: Tools, exporter: Exporter) -> None:
        self._tools = tools
        self._exporter = exporter

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("privacy", "shelf.about_privacy", self._privacy),
            Link(PAYLOAD, self._privacy),
            Button("mydata", self._export),
            Button("forgetme", self._ask),
            Button("forgetmenow", self._delete),
            Button("keepme", self._keep),
        )

    async def _privacy(self, asking: Asking, words: str) -> None:
        if not asking.place.private:
            label = say(asking.public, "shelf.to_private")
            way = start_button(label, self._tools.bot.username, PAYLOAD)
            text = escape(say(asking.public, "shelf.privacy_in_private"))
            await self._tools.replies.say(asking, text, keyboard=way)
            return
        match words.lower():
            case "export":
                await self._export(asking)
            case "delete":
                await self._ask(asking)
            case _:
                await self._show(asking)

    async def _show(self, asking: Asking) -> None:
        teller, language = self._tools.teller, asking.language
        held = await teller.privacy.show(asking.actor.person)
        lines = [bold(say(language, "privacy.title")), *_lines(held, language)]
        keys = [
            [button(say(language, "privacy.export"), "mydata")],
            [button(say(language, "privacy.delete"), "forgetme")],
        ]
        if (known := await teller.accounts.linked(asking.actor)) is not None:
            lines += ["", linked_line(known, language)]
            keys.insert(1, [button(say(language, "link.unlink"), "unlink")])
        else:
            keys.insert(1, [button(say(language, "link.offer"), "linkcode")])
        await self._tools.replies.say(asking, "\n".join(lines), keyboard=keyboard(keys))

    async def _export(self, asking: Asking, words: str = "") -> None:
        language = asking.language
        most = most_bytes(self._tools.settings)
        async with self._exporter.personal(asking.actor, language=language) as path:
            size = path.stat().st_size
            if size > most:
                told = {"size": size_text(size), "limit": size_text(most)}
                raise BadInputError(say(language, "privacy.export_too_large", **told))
            data = await asyncio.to_thread(path.read_bytes)
            await self._tools.bot.send_document(
                asking.place.chat,
                InputFile(data, filename=path.name),
                caption=say(language, "privacy.exported", size=size_text(size)),
                disable_content_type_detection=True,
                write_timeout=UPLOAD_SECONDS,
                read_timeout=UPLOAD_SECONDS,
            )

    async def _ask(self, asking: Asking, words: str = "") -> None:
        language = asking.language
        keys = [
            [button(say(language, "privacy.delete_yes"), "forgetmenow")],
            [button(say(language, "privacy.delete_no"), "keepme")],
        ]
        text = escape(say(language, "privacy.delete_ask"))
        known = await self._tools.teller.accounts.linked(asking.actor)
        if known is not None:
            text += "\n\n" + escape(say(language, "link.delete_keeps", name=known.name))
        await redraw(self._tools, asking, text, keyboard(keys))

    async def _delete(self, asking: Asking, words: str) -> None:
        gone = await self._tools.teller.privacy.delete(asking.actor.person)
        lines = [say(asking.language, "privacy.deleted", count=gone.stories)]
        if gone.kept:
            lines.append(say(asking.language, "privacy.deleted_kept", count=gone.kept))
        await redraw(self._tools, asking, escape(" ".join(lines)))

    async def _keep(self, asking: Asking, words: str) -> None:
        await redraw(self._tools, asking, escape(say(asking.language, "privacy.kept")))


def _lines(held: Held, language: str) -> list[str]:
    figures = held_lines(held, language)
    if not figures and not held.name:
        return [escape(say(language, "privacy.nothing"))]
    lines = [escape(say(language, "privacy.name", name=held.name))] if held.name else []
    lines += map(escape, figures)
    if held.stories:
        lines += ["", bold(say(language, "privacy.your_stories"))]
    for story in held.stories[:_MOST_STORIES]:
        title = short(story.title, 80)
        if story.deleted:
            title = say(language, "privacy.story_deleted", title=title)
        lines.append(f"<code>{escape(story.id)}</code> {escape(title)}")
    if (left := len(held.stories) - _MOST_STORIES) > 0:
        lines.append(escape(say(language, "privacy.more", count=left)))
    return lines
