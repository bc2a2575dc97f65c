"""What is behind a page's More button: edit, details, love, export, report, open, list, delete."""

from __future__ import annotations

import logging

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.chat.texts import say
from bot.storytelling.orders import PageWish
from bot.storytelling.views import StoryDetails
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.details import details_html
from bot.telegram.markup import escape
from bot.telegram.pages import page_pressed
from bot.telegram.places import PLATFORM
from bot.telegram.routes import Button, Question, Route
from bot.telegram.tools import Tools

log = logging.getLogger(__name__)

_MOST_QUOTED = 3000


class More:
    """Puts a second keyboard in the place of the first, and answers its buttons."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered here."""
        return (
            Button("more", self._on_more),
            Button("back", self._on_back),
            Button("edit", self._on_edit),
            Question("edit", self._on_text),
            Button("details", self._on_details),
            Button("love", self._on_love),
            Button("unlove", self._on_love),
            Button("report", self._on_report),
            Button("open", lambda asking, page: self._on_mode(asking, page, opened=True)),
            Button("solo", lambda asking, page: self._on_mode(asking, page, opened=False)),
            Button("list", lambda asking, page: self._on_listed(asking, page, listed=True)),
            Button("hide", lambda asking, page: self._on_listed(asking, page, listed=False)),
            Button("delete", self._on_delete),
            Button("reallydelete", self._on_really_delete),
            Button("keep", self._on_back),
        )

    async def _on_more(self, asking: Asking, page_id: str) -> None:
        story = await self._story(asking, page_id)
        await self._tools.replies.toast(asking)
        await self._show(asking, _menu(asking, story, page_id))

    async def _on_back(self, asking: Asking, page_id: str) -> None:
        """Show the page's own buttons again, and the page as it is now."""
        await self._tools.replies.toast(asking)
        await self._tools.desk.turn(
            asking.channel,
            str(asking.message),
            page_id,
            actor=asking.actor,
            language=asking.public,
        )

    async def _on_edit(self, asking: Asking, page_id: str) -> None:
        page = await page_pressed(self._tools, asking, page_id)
        wish = PageWish(page.story_id, page_id, text=f"{page.text} …")
        await self._tools.teller.check("edit", wish, asking.actor)
        await self._tools.replies.toast(asking)
        asked = say(asking.public, "telegram.ask_edit", number=page.number)
        # One touch copies what stands there.
        html = f"{escape(asked)}\n\n<code>{escape(page.text[:_MOST_QUOTED])}</code>"
        subject = f"{page_id}-{asking.message}"
        hint = say(asking.public, "action.edit_text")
        await self._tools.replies.question(asking, html, "edit", subject, placeholder=hint)

    async def _on_text(self, asking: Asking, subject: str, words: str) -> None:
        """Take a page as a person wrote it; it is painted in the place of the old one."""
        page_id, _, message = subject.partition("-")
        page = await page_pressed(self._tools, asking, page_id)
        wish = PageWish(page.story_id, page_id, text=words, dedup_key=asking.key)
        opened = await self._tools.teller.submit_edit(wish, asking.actor)
        if not opened.duplicate:
            await self._tools.desk.begin(
                opened, asking.channel, language=asking.public, message=message
            )

    async def _on_details(self, asking: Asking, page_id: str) -> None:
        story = await self._story(asking, page_id)
        await self._tools.replies.toast(asking)
        await self._tools.replies.say(asking, details_html(story, page_id, asking.public))

    async def _on_love(self, asking: Asking, page_id: str) -> None:
        """Love the story, or no more; two people press the same button, so it asks who did."""
        story = await self._story(asking, page_id)
        love = await self._tools.teller.acts.love(story.id, asking.actor, loved=not story.loved)
        text = say(asking.language, "action.loves", count=love.loves)
        await self._tools.replies.toast(asking, f"{'♥' if love.loved else '♡'} {text}")
        await self._on_back(asking, page_id)

    async def _on_report(self, asking: Asking, page_id: str) -> None:
        page = await page_pressed(self._tools, asking, page_id)
        await self._tools.teller.stewards.report(page.story_id, asking.actor, page=page_id)
        await self._tools.replies.alert(asking, say(asking.language, "report.thanks"))

    async def _on_mode(self, asking: Asking, page_id: str, *, opened: bool) -> None:
        story = await self._story(asking, page_id)
        await self._tools.teller.acts.set_mode(story.id, "open" if opened else "solo", asking.actor)
        key = "details.open" if opened else "details.solo"
        await self._tools.replies.toast(asking, say(asking.language, key))
        await self._on_more(asking, page_id)

    async def _on_listed(self, asking: Asking, page_id: str, *, listed: bool) -> None:
        story = await self._story(asking, page_id)
        await self._tools.teller.acts.set_listed(story.id, asking.actor, listed=listed)
        key = "telegram.listed" if listed else "details.hidden"
        await self._tools.replies.toast(asking, say(asking.language, key))
        await self._on_more(asking, page_id)

    async def _on_delete(self, asking: Asking, page_id: str) -> None:
        story = await self._story(asking, page_id)
        text = say(asking.language, "action.delete_ask", title=story.title)
        yes = button(say(asking.public, "action.delete_yes"), "reallydelete", page_id)
        no = button(say(asking.public, "action.delete_no"), "keep", page_id)
        await self._tools.replies.toast(asking, text)
        await self._show(asking, InlineKeyboardMarkup([[yes], [no]]))

    async def _on_really_delete(self, asking: Asking, page_id: str) -> None:
        story = await self._story(asking, page_id)
        posts = [
            (post.channel, post.message)
            for page in story.pages
            for post in await self._tools.teller.posts.of_page(page.id)
            if post.platform == PLATFORM
        ]
        await self._tools.teller.acts.delete(story.id, asking.actor)
        text = say(asking.language, "action.deleted", title=story.title)
        await self._tools.replies.alert(asking, text)
        for channel, message in sorted({*posts, (asking.channel, str(asking.message))}):
            await self._tools.messenger.remove(channel, message)

    async def _story(self, asking: Asking, page_id: str) -> StoryDetails:
        page = await page_pressed(self._tools, asking, page_id)
        return await self._tools.teller.views.details(page.story_id, asking.actor)

    async def _show(self, asking: Asking, keyboard: InlineKeyboardMarkup) -> None:
        """Put another keyboard under the message."""
        try:
            await self._tools.bot.edit_message_reply_markup(
                asking.place.chat, asking.message, reply_markup=keyboard
            )
        except TelegramError as error:
            log.info("a menu could not be shown: %s", error)


def _menu(asking: Asking, story: StoryDetails, page_id: str) -> InlineKeyboardMarkup:
    language = asking.public

    def offer(label: str, action: str) -> InlineKeyboardButton:
        return button(label, action, page_id)

    rows = [
        [
            offer(say(language, "action.menu_edit"), "edit"),
            offer(say(language, "action.menu_details"), "details"),
        ],
        [
            _love(story, page_id, language),
            offer(say(language, "action.menu_export"), "export"),
        ],
        [
            offer(say(language, "action.menu_report"), "report"),
            offer(say(language, "action.menu_delete"), "delete"),
        ],
    ]
    rows.append([offer(say(language, "shelf.read"), "read")])
    if not asking.actor.direct:
        rows += [[_mode(story, page_id, language)], [_shelf(story, page_id, language)]]
    rows.append([offer(say(language, "telegram.back"), "back")])
    return InlineKeyboardMarkup(rows)


def _love(story: StoryDetails, page_id: str, language: str) -> InlineKeyboardButton:
    if story.loved:
        return button(say(language, "action.menu_unlove"), "unlove", page_id)
    return button(say(language, "action.menu_love"), "love", page_id)


def _mode(story: StoryDetails, page_id: str, language: str) -> InlineKeyboardButton:
    """Return who else may go on; in a private chat nobody else is there."""
    if story.mode == "open":
        return button(say(language, "action.menu_solo"), "solo", page_id)
    return button(say(language, "action.menu_open"), "open", page_id)


def _shelf(story: StoryDetails, page_id: str, language: str) -> InlineKeyboardButton:
    """Return the gallery's button; no gallery lists the stories of a private chat."""
    if story.listed:
        return button(say(language, "action.menu_hide"), "hide", page_id)
    return button(say(language, "action.menu_list"), "list", page_id)
