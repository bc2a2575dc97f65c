"""/story and /continue on Telegram: from an idea, a photo, or a page that somebody replies to."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from telegram import InlineKeyboardMarkup, Message
from telegram.constants import FileSizeLimit
from telegram.error import TelegramError

from bot.chat.texts import say
from bot.errors import BadInputError
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import ForbiddenError
from bot.storytelling.picture_input import too_large
from bot.storytelling.wish import StoryWish
from bot.telegram.asking import Asking
from bot.telegram.choosing import Choosing
from bot.telegram.data import button
from bot.telegram.markup import escape, story_linked
from bot.telegram.pages import page_pressed
from bot.telegram.places import PLATFORM
from bot.telegram.routes import Button, Command, Question, Route, Written
from bot.telegram.tools import Tools

log = logging.getLogger(__name__)

USUAL_PAGES = 4
_MOST_TOLD = 10_000
# What somebody writes who has nothing to say about how it goes on.
_NOTHING = frozenset({".", "-", "–", "—", "…", "...", "?"})


@dataclass(frozen=True)
class Photo:
    """A picture in a message, as Telegram names it."""

    file_id: str
    size: int


def photo_in(message: Message | None) -> Photo | None:
    """Return the picture that a message holds, as a photo or as a file of one."""
    if message is None:
        return None
    if message.photo:
        largest = message.photo[-1]
        return Photo(largest.file_id, largest.file_size or 0)
    document = message.document
    if document and (document.mime_type or "").startswith("image/"):
        return Photo(document.file_id, document.file_size or 0)
    return None


def direction_in(words: str) -> str:
    """Return what is to happen next, "" where somebody leaves that to the story."""
    return "" if words.strip() in _NOTHING else words.strip()


class Stories:
    """Begins stories and goes on with them."""

    def __init__(self, tools: Tools, choosing: Choosing) -> None:
        self._tools = tools
        self._choosing = choosing
        # Who was told of a story that they may not go on with it: said once, not at each remark.
        self._told: set[tuple[str, str]] = set()

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered here."""
        return (
            Command("story", "telegram.command_story", self._on_story),
            Command("continue", "telegram.command_continue", self._on_continue),
            Question("story", lambda asking, _, words: self._on_story(asking, words)),
            Question("continue", self._on_direction),
            Question("branch", self._on_direction),
            Button("begin", self._choosing.on_begin),
            Button("drop", self._choosing.on_drop),
            Button("tell", self._on_tell),
            Button("style", self._choosing.on_style),
            Button("pages", self._choosing.on_pages),
            Written(self._on_reply),
            Written(self._on_forwarded),
            Written(self._on_talk),
        )

    async def _on_story(self, asking: Asking, words: str) -> None:
        if not words:
            await self._ask_idea(asking)
            return
        written = asking.written
        photo = photo_in(written) or photo_in(written.reply_to_message if written else None)
        settings = await self._tools.teller.stewards.settings(asking.actor)
        wish = StoryWish(
            idea=words,
            pages=min(USUAL_PAGES, settings.pages),
            style=settings.style,
            picture=await self._picture(asking, photo) if photo else b"",
            community=asking.actor.community,
            person=asking.actor.person,
            dedup_key=asking.key,
        )
        await self._tools.teller.check_story(wish, asking.actor)
        await self._choosing.offer(asking, wish, photo.file_id if photo else "")

    async def _ask_idea(self, asking: Asking) -> None:
        text = escape(say(asking.public, "telegram.ask_idea"))
        hint = say(asking.public, "telegram.ask_idea_hint")
        await self._tools.replies.question(asking, text, "story", placeholder=hint)

    async def _picture(self, asking: Asking, photo: Photo) -> bytes:
        """Fetch a photo; raise ``BadInputError`` where it is too large or cannot be had."""
        most = min(self._tools.settings.limits.picture_bytes, int(FileSizeLimit.FILESIZE_DOWNLOAD))
        if photo.size > most:
            raise too_large(photo.size, most)
        try:
            return await self._choosing.fetch(photo.file_id)
        except TelegramError as error:
            log.info("a photo could not be fetched: %s", error)
            raise BadInputError(say(asking.language, "telegram.picture_lost")) from None

    async def _on_continue(self, asking: Asking, words: str) -> None:
        """Go on from the page they reply to, else with their newest story here."""
        written = asking.written
        answered = written.reply_to_message if written else None
        if answered is not None and await self._continue_from(asking, answered, words):
            return
        story = await self._tools.teller.views.newest_story(asking.actor)
        if not story:
            raise BadInputError(say(asking.language, "telegram.nothing_to_continue"))
        await self._continue(asking, PageWish(story, None, direction_in(words)))

    async def _on_direction(self, asking: Asking, page_id: str, words: str) -> None:
        """Take the answer to "what happens next?", asked at a page."""
        page = await page_pressed(self._tools, asking, page_id)
        await self._continue(asking, PageWish(page.story_id, page_id, direction_in(words)))

    async def _on_reply(self, asking: Asking) -> bool:
        """Go on from a page that somebody replied to; an older one branches by itself."""
        written = asking.written
        answered = written.reply_to_message if written else None
        if written is None or answered is None or not self._is_ours(answered):
            return False
        words = written.text or written.caption or ""
        try:
            return await self._continue_from(asking, answered, words)
        except ForbiddenError:
            key = (asking.actor.person, str(answered.message_id))
            if key in self._told:
                return True
            if len(self._told) >= _MOST_TOLD:
                self._told.clear()
            self._told.add(key)
            raise

    async def _continue_from(self, asking: Asking, answered: Message, words: str) -> bool:
        """Go on from the page that a message shows; False where it shows none."""
        shown = await self._tools.desk.shown_at(asking.channel, str(answered.message_id))
        if shown is not None and not shown.page_id:
            raise BadInputError(say(asking.language, "action.not_ready"))
        if shown is not None:
            await self._continue(
                asking, PageWish(shown.story_id, shown.page_id, direction_in(words))
            )
            return True
        story = story_linked(answered, self._tools.bot.username)
        if not story or not self._is_ours(answered):
            return False
        await self._continue(asking, PageWish(story, None, direction_in(words)))
        return True

    async def _continue(self, asking: Asking, wish: PageWish) -> None:
        wish = replace(wish, dedup_key=asking.key)
        opened = await self._tools.teller.submit_continuation(wish, asking.actor)
        if opened.duplicate:
            return
        await self._tools.desk.begin(
            opened, asking.channel, language=asking.public, reply_to=str(asking.message)
        )

    async def _on_forwarded(self, asking: Asking) -> bool:
        """Show the page itself where somebody forwards us one: a copy has no buttons."""
        written = asking.written
        if written is None or not asking.place.private or written.forward_origin is None:
            return False
        story = story_linked(written, self._tools.bot.username)
        if not story:
            return False
        await self._tools.desk.show(
            story,
            asking.channel,
            actor=asking.actor,
            language=asking.public,
            reply_to=str(asking.message),
        )
        return True

    async def _on_talk(self, asking: Asking) -> bool:
        """Say how a story is wished for, to somebody who just writes to the bot."""
        if not asking.place.private:
            return False
        if photo_in(asking.written):
            text = escape(say(asking.public, "telegram.hint_photo"))
            await self._tools.replies.say(asking, text)
            return True
        words = asking.written.text if asking.written else ""
        keyboard = None
        if words and len(words) <= self._tools.settings.limits.idea_length:
            tell = button(say(asking.public, "telegram.tell_it"), "tell")
            keyboard = InlineKeyboardMarkup([[tell]])
        text = escape(say(asking.public, "telegram.hint"))
        await self._tools.replies.say(asking, text, keyboard=keyboard)
        return True

    async def _on_tell(self, asking: Asking, _: str) -> None:
        """Take what somebody just wrote as an idea; the hint that offered it goes."""
        hint = asking.press.message if asking.press else None
        written = hint.reply_to_message if isinstance(hint, Message) else None
        if written is None or not written.text:
            raise BadInputError(say(asking.language, "telegram.old_button"))
        key = f"{PLATFORM}:{asking.place.chat}:{written.message_id}"
        await self._on_story(replace(asking, message=written.message_id, key=key), written.text)
        await self._tools.messenger.remove(asking.channel, str(asking.message))

    def _is_ours(self, message: Message) -> bool:
        author = message.from_user
        return bool(author and author.id == self._tools.bot.id and not message.forward_origin)
