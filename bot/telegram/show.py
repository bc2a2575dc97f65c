"""``/show``: a story's page again, with live buttons; by id, title, reply or deep link."""

from __future__ import annotations

from bot.chat.texts import say
from bot.errors import BadInputError
from bot.storytelling.accounts import is_code
from bot.telegram.asking import Asking
from bot.telegram.finding import Finder
from bot.telegram.linking import Linking
from bot.telegram.markup import STORY_LINK
from bot.telegram.routes import Button, Command, Link, Route
from bot.telegram.tools import Tools


class Show:
    """Posts pages from the library; links the accounts of one person on the way."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._finder = Finder(tools)
        self._linking = Linking(tools)

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("show", "shelf.about_show", self._show),
            Button("show", self.post),
            Link(STORY_LINK, self.post),
            *self._linking.routes(),
        )

    async def post(self, asking: Asking, story_id: str) -> None:
        """Post the newest page of a story as an answer."""
        answered = "" if asking.press else str(asking.message)
        details = await self._tools.teller.views.details(story_id, asking.actor)
        if not details.branch:
            raise BadInputError(say(asking.language, "show.no_page", title=details.title))
        await self._tools.desk.show(
            details.id,
            asking.channel,
            actor=asking.actor,
            language=asking.public,
            reply_to=answered,
        )

    async def _show(self, asking: Asking, words: str) -> None:
        if words.lower() == "link":
            await self._linking.give(asking)
        elif words.lower() == "unlink":
            await self._linking.unlink(asking)
        elif is_code(words):
            await self._linking.take(asking, words)
        elif story := await self._finder.story(asking, words, action="show"):
            await self.post(asking, story)
