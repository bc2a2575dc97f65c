"""Style and pages of a new story, chosen on a keyboard; without a choice it begins by itself.

What is being chosen is noted in the library, so that a bot that was killed meanwhile begins the
story when it is back. The keyboard's message becomes the story's first page.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from telegram import InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.chat.answers import explain
from bot.chat.messenger import MessengerError
from bot.chat.texts import say
from bot.errors import BadInputError, PagewrightError
from bot.storytelling.permissions import Actor
from bot.storytelling.wish import StoryWish
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.markup import escape
from bot.telegram.places import PLATFORM, place_named
from bot.telegram.tools import Tools

log = logging.getLogger(__name__)

# After a choice there is time for another one.
_AFTER_CHOICE = 3.0
_PAGES = (1, 2, 3, 4, 6, 8)
_STYLES_A_ROW = 3
_STYLES_SECONDS = 60.0


@dataclass
class _Choice:
    """A wish that waits for its last details; ``message`` is the keyboard's."""

    channel: str
    message: int
    asked: int
    language: str
    actor: Actor
    wish: StoryWish
    photo: str = ""
    timer: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Return how the keyboard's buttons name it: the place is in the press."""
        return f"{self.channel}/{self.message}"

    def plain(self) -> dict[str, Any]:
        """Return all that is needed to begin after a restart, as JSON takes it."""
        return {
            "channel": self.channel,
            "message": self.message,
            "asked": self.asked,
            "language": self.language,
            "actor": asdict(self.actor),
            "wish": asdict(replace(self.wish, picture=b"")) | {"picture": ""},
            "photo": self.photo,
        }


class Choosing:
    """Offers the choice, and begins the stories."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._choices: dict[str, _Choice] = {}
        self._mark = f"{PLATFORM}:choosing:{tools.bot.id}"
        self._noting = asyncio.Lock()
        # Keyboards on their way, by channel: one may be pressed before Telegram has told its id.
        self._offering: dict[str, asyncio.Lock] = {}
        self._styles: tuple[float, tuple[str, ...]] = (float("-inf"), ())

    async def offer(self, asking: Asking, wish: StoryWish, photo: str = "") -> None:
        """Ask for style and pages, or begin at once where no time is given for that."""
        choice = _Choice(
            channel=asking.channel,
            message=0,
            asked=asking.message,
            language=asking.public,
            actor=asking.actor,
            wish=wish,
            photo=photo,
        )
        seconds = self._tools.settings.telegram.choose_s
        if not seconds:
            await self._begin(choice)
            return
        text, keyboard = await self._drawn(choice)
        offering = self._offering.setdefault(choice.channel, asyncio.Lock())
        async with offering:
            sent = await self._tools.replies.say(asking, text, keyboard=keyboard)
            if sent is not None:
                choice.message = sent.message_id
                self._choices[choice.key] = choice
                self._start(choice, seconds)
        if not offering.locked():
            self._offering.pop(choice.channel, None)
        if sent is not None:
            await self._note()

    async def take_up(self) -> None:
        """Begin what was being chosen when the bot ended."""
        kept = json.loads(await self._tools.teller.marks.get(self._mark) or "[]")
        for plain in kept:
            wish = StoryWish(**(plain["wish"] | {"picture": b""}))
            actor = Actor(**plain["actor"])
            choice = _Choice(**(plain | {"wish": wish, "actor": actor}))
            self._choices[choice.key] = choice
            self._start(choice, 0.0)

    def stop(self) -> None:
        """Leave what is being chosen to the next start."""
        for choice in self._choices.values():
            if choice.timer:
                choice.timer.cancel()

    async def fetch(self, file_id: str) -> bytes:
        """Return a photo's bytes; raises ``TelegramError``."""
        file = await self._tools.bot.get_file(file_id)
        return bytes(await file.download_as_bytearray())

    async def on_begin(self, asking: Asking, _: str) -> None:
        """Begin now."""
        choice = await self._mine(asking)
        if choice is None:
            return
        if choice.timer:
            choice.timer.cancel()
        # Begun first, forgotten then: whatever happens between, the wish is not lost.
        try:
            await self._begin(choice)
        finally:
            await self._end(choice)

    async def on_drop(self, asking: Asking, _: str) -> None:
        """Tell no story."""
        choice = await self._mine(asking)
        if choice is None:
            return
        await self._end(choice)
        await self._say(choice, say(choice.language, "telegram.dropped"))

    async def on_style(self, asking: Asking, style: str) -> None:
        """Take another style, or none again."""
        choice = await self._mine(asking)
        if choice is not None:
            await self._changed(choice, replace(choice.wish, style=style))

    async def on_pages(self, asking: Asking, pages: str) -> None:
        """Take another number of pages."""
        choice = await self._mine(asking)
        if choice is not None and pages.isdecimal():
            await self._changed(choice, replace(choice.wish, pages=int(pages)))

    async def _mine(self, asking: Asking) -> _Choice | None:
        """Return the choice whose button was pressed; None where it is over, or not theirs."""
        key = f"{asking.channel}/{asking.message}"
        if key not in self._choices and (offering := self._offering.get(asking.channel)):
            async with offering:  # until it is known which message the keyboard came in
                pass
        choice = self._choices.get(key)
        if choice is None:
            await self._tools.replies.toast(asking, say(asking.language, "telegram.chosen"))
            return None
        own = choice.actor.person == asking.actor.person
        # Nobody knows which administrator wrote in the group's name: each of them may choose.
        anonymous = choice.actor.person == choice.actor.community and asking.actor.moderator
        if own or anonymous:
            return choice
        raise BadInputError(say(asking.language, "telegram.not_your_wish"))

    async def _changed(self, choice: _Choice, wish: StoryWish) -> None:
        if wish == choice.wish:
            return
        choice.wish = wish
        self._start(choice, max(_AFTER_CHOICE, 2 * self._tools.settings.telegram.choose_s))
        await self._note()
        text, keyboard = await self._drawn(choice)
        await self._say(choice, text, keyboard=keyboard)

    def _start(self, choice: _Choice, seconds: float) -> None:
        if choice.timer:
            choice.timer.cancel()
        choice.timer = asyncio.create_task(self._begin_later(choice, seconds))

    async def _begin_later(self, choice: _Choice, seconds: float) -> None:
        await asyncio.sleep(seconds)
        choice.timer = None
        try:
            await self._begin(choice)
        except MessengerError as error:
            log.warning("a story could not be begun in %s: %s", choice.channel, error)
        except PagewrightError as error:
            await self._say(choice, escape(explain(error, choice.language)))
        except Exception:
            log.exception("a story could not be begun")
        await self._end(choice)

    async def _begin(self, choice: _Choice) -> None:
        """Queue the story; its first page takes the keyboard's place."""
        wish = choice.wish
        if choice.photo and not wish.picture:
            try:
                wish = replace(wish, picture=await self.fetch(choice.photo))
            except TelegramError as error:
                log.info("a photo could not be fetched again: %s", error)
        try:
            opened = await self._tools.teller.submit_story(wish, choice.actor)
        except PagewrightError as error:
            if not choice.message:
                raise
            await self._say(choice, escape(explain(error, choice.language)))
            return
        if opened.duplicate and await self._tools.teller.posts.of_job(opened.job_id):
            return
        await self._tools.desk.begin(
            opened,
            choice.channel,
            language=choice.language,
            message=str(choice.message) if choice.message else "",
            reply_to=str(choice.asked),
        )

    async def _end(self, choice: _Choice) -> None:
        """Forget a choice that was made."""
        if choice.timer and choice.timer is not asyncio.current_task():
            choice.timer.cancel()
        self._choices.pop(choice.key, None)
        await self._note()

    async def _note(self) -> None:
        """Keep what is being chosen in the library."""
        async with self._noting:
            plain = [choice.plain() for choice in self._choices.values()]
            await self._tools.teller.marks.put(self._mark, json.dumps(plain) if plain else "")

    async def _say(
        self, choice: _Choice, html: str, *, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        place = place_named(choice.channel)
        try:
            await self._tools.bot.edit_message_text(
                html,
                chat_id=place.chat,
                message_id=choice.message,
                parse_mode="HTML",
                reply_markup=keyboard,
            )
        except TelegramError as error:
            log.info("a choice could not be shown: %s", error)

    async def _drawn(self, choice: _Choice) -> tuple[str, InlineKeyboardMarkup]:
        language, wish = choice.language, choice.wish
        styles = await self._known_styles()
        chosen = wish.style or (styles[0] if styles else "")
        settings = await self._tools.teller.stewards.settings(choice.actor)
        labels = [button(_ticked(style, style == chosen), "style", style) for style in styles]
        numbers = [
            button(_ticked(str(number), number == wish.pages), "pages", str(number))
            for number in sorted({*_PAGES, wish.pages})
            if number <= settings.pages
        ]
        start = button(say(language, "telegram.begin"), "begin")
        drop = button(say(language, "button.cancel"), "drop")
        rows = [labels[i : i + _STYLES_A_ROW] for i in range(0, len(labels), _STYLES_A_ROW)]
        text = say(language, "telegram.choose", count=wish.pages)
        return escape(text), InlineKeyboardMarkup([*rows, numbers, [start, drop]])

    async def _known_styles(self) -> tuple[str, ...]:
        """Return the engine's styles as they were lately; none where it is away."""
        moment, styles = self._styles
        if time.monotonic() - moment > _STYLES_SECONDS:
            try:
                styles = await self._tools.teller.styles()
            except PagewrightError:
                return styles
            self._styles = (time.monotonic(), styles)
        return styles


def _ticked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label
