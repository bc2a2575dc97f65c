"""A story read from its first page on: one photo whose pages are turned in place."""

from __future__ import annotations

import asyncio

from telegram import InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters
from telegram.constants import ParseMode

from bot.chat.texts import say
from bot.chat.views import finished
from bot.errors import BadInputError
from bot.storytelling.blank import blank_picture
from bot.storytelling.showing import ShownPage
from bot.storytelling.views import StoryDetails
from bot.telegram import drawing
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import Finder
from bot.telegram.pieces import repaint
from bot.telegram.routes import Button, Route
from bot.telegram.tools import Tools


class Reading:
    """Turns the pages of a story's chosen branch; makes nothing, so anybody who may see it may."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._finder = Finder(tools)

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Button("read", self._begin),
            Button("leaf", self._turn),
            Button("livepage", self._live),
        )

    async def _begin(self, asking: Asking, page_id: str) -> None:
        """Post the first page of the story that a page belongs to."""
        story = await self._story(asking, page_id)
        page = await self._page(asking, story, story.branch[0].id)
        await self._tools.bot.send_photo(
            asking.place.chat,
            await self._photo(page),
            caption=self._caption(asking, page),
            filename=f"{page.story_id}-{page.number}.png",
            parse_mode=ParseMode.HTML,
            has_spoiler=page.spoiler,
            reply_markup=_keys(story, page, asking.public),
            message_thread_id=asking.place.thread,
            reply_parameters=ReplyParameters(asking.message, allow_sending_without_reply=True),
        )

    async def _turn(self, asking: Asking, page_id: str) -> None:
        story = await self._story(asking, page_id)
        page = await self._page(asking, story, page_id)
        media = InputMediaPhoto(
            await self._photo(page),
            caption=self._caption(asking, page),
            filename=f"{page.story_id}-{page.number}.png",
            parse_mode=ParseMode.HTML,
            has_spoiler=page.spoiler,
        )
        await repaint(self._tools, asking, media, _keys(story, page, asking.public))

    async def _live(self, asking: Asking, page_id: str) -> None:
        """Post this page with the buttons that make new ones."""
        story = await self._story(asking, page_id)
        await self._tools.desk.show(
            story.id, asking.channel, actor=asking.actor, language=asking.public, page=page_id
        )

    async def _story(self, asking: Asking, page_id: str) -> StoryDetails:
        story_id = await self._finder.of_page(page_id)
        story = await self._tools.teller.views.details(story_id, asking.actor)
        if not story.branch:
            raise BadInputError(say(asking.language, "show.no_page", title=story.title))
        return story

    async def _page(self, asking: Asking, story: StoryDetails, page_id: str) -> ShownPage:
        return await self._tools.teller.showing.page(story.id, asking.actor, page=page_id)

    async def _photo(self, page: ShownPage) -> bytes:
        picture = page.picture or await asyncio.to_thread(blank_picture, b"")
        return await asyncio.to_thread(drawing.final_photo, picture)

    def _caption(self, asking: Asking, page: ShownPage) -> str:
        view = finished(page, language=asking.public)
        return drawing.draw(view, self._tools.bot.username, most=drawing.CAPTION).html


def _keys(story: StoryDetails, page: ShownPage, language: str) -> InlineKeyboardMarkup:
    """Return the ways to the pages before and after; where a page left the branch, to its start."""
    branch = [line.id for line in story.branch]
    place = branch.index(page.page_id) if page.page_id in branch else -1
    turns = []
    if place > 0:
        turns.append(button(f"◀ {place}", "leaf", branch[place - 1]))
    if place + 1 < len(branch):
        turns.append(button(f"{place + 2} ▶", "leaf", branch[place + 1]))
    live = button(say(language, "shelf.live_page"), "livepage", page.page_id)
    return InlineKeyboardMarkup([turns, [live]] if turns else [[live]])
