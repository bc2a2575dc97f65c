"""Posts and edits the messages of pages on Telegram: a text while prose streams, then a photo."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from telegram import (
    InputFile,
    InputMediaPhoto,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.chat.messenger import LaterError, TooOldError, UnfitError
from bot.chat.page import PageView, Phase
from bot.settings import TelegramSettings
from bot.storytelling.marks import Marks
from bot.telegram import drawing, faults
from bot.telegram.drafts import Drafts
from bot.telegram.keyboards import page_keyboard
from bot.telegram.limiter import GROUP_PREVIEWS, PREVIEW, Budgets, ShedError
from bot.telegram.places import PLATFORM, Place, place_named
from bot.telegram.rests import Rests

log = logging.getLogger(__name__)

T = TypeVar("T")
_GROUP_INTERVAL_S = 60.0 / GROUP_PREVIEWS
# A message that was drawn so lately shares its chat's budget for previews.
_LIVELY_S = 60.0
_MOST_KNOWN = 4096
_NO_ROOM = "the chat has no room for a preview at this moment"
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass
class _Known:
    """What is remembered of a message of ours; None or "" where nobody knows (after a restart)."""

    photo: bool | None = None
    preview: str = ""
    final: str = ""
    phase: Phase | None = None
    live: bool = False
    drawn_at: float = field(default_factory=time.monotonic)


class TelegramMessenger:
    """The desk's messenger for one bot."""

    platform = PLATFORM

    def __init__(
        self, bot: ExtBot[str], budgets: Budgets, marks: Marks, settings: TelegramSettings
    ) -> None:
        self._bot = bot
        self._budgets = budgets
        self._settings = settings
        self._drafts = Drafts(bot, on=settings.drafts)
        self._rests = Rests(bot, marks)
        self._known: OrderedDict[tuple[int, int], _Known] = OrderedDict()
        self._moved: dict[int, int] = {}
        self._no_photos: set[int] = set()
        # Called with a group's old and new id where a request tells that it has moved.
        self.on_moved: Callable[[int, int], Awaitable[None]] | None = None

    def interval_s(self, channel: str) -> float:
        """Return the shortest time between two previews of one message, shared in its chat."""
        place = self._place(channel)
        least = self._settings.edit_interval_s
        if not place.private:
            least = max(least, _GROUP_INTERVAL_S)
        return least * max(1, self._lively(place.chat))

    def moved(self, old: int, new: int) -> None:
        """Note that a group has become a supergroup, which has another id."""
        self._moved[old] = new

    async def send(
        self, channel: str, view: PageView, *, nonce: str = "", reply_to: str = ""
    ) -> str:
        """Post a page's message and return its id; ``nonce`` has no use on Telegram."""
        place = self._place(channel)
        try:
            message = await self._post(place, view, reply_to)
        except ChatMigrated as error:
            await self._move(place.chat, error)
            return await self.send(channel, view, nonce=nonce, reply_to=reply_to)
        except TelegramError as error:
            raise faults.meaning(error) from error
        self._note(place.chat, message.message_id, view, photo=bool(message.photo))
        await self._finish(place, message.message_id, view, as_photo=bool(message.photo))
        return str(message.message_id)

    async def edit(self, channel: str, message: str, view: PageView) -> None:
        """Draw a page's message anew; a preview is for later where the chat has no room for it."""
        place = self._place(channel)
        key = (place.chat, int(message))
        if place_named(channel).chat in self._moved and key not in self._known:
            raise TooOldError("the group became a supergroup: its old messages cannot be edited")
        preview = view.live and view.phase != "paused"
        if preview and not self._budgets.has_room(place.chat):
            raise LaterError(_NO_ROOM)
        try:
            if not (preview and await self._draft(place, key, view)):
                await self._draw(place, key, view, PREVIEW if preview else None)
        except ShedError:
            raise LaterError(_NO_ROOM) from None
        except ChatMigrated as error:
            await self._move(place.chat, error)
            raise faults.meaning(error) from error
        except TelegramError as error:
            raise faults.meaning(error) from error

    async def remove(self, channel: str, message: str) -> None:
        """Take a page out of a chat; one older than two days stays, without its buttons."""
        place = self._place(channel)
        await self._rests.keep(place, int(message), "")
        try:
            await self._bot.delete_message(place.chat, int(message))
        except TelegramError as error:
            log.info("message %s in %s cannot be deleted: %s", message, channel, error)
            with suppress(TelegramError):
                await self._bot.edit_message_reply_markup(place.chat, int(message))

    async def _move(self, old: int, error: ChatMigrated) -> None:
        self.moved(old, error.new_chat_id)
        if self.on_moved is not None:
            await self.on_moved(old, error.new_chat_id)

    def _place(self, channel: str) -> Place:
        place = place_named(channel)
        return place._replace(chat=self._moved.get(place.chat, place.chat))

    async def _post(self, place: Place, view: PageView, reply_to: str) -> Message:
        """Send a new message: with its picture where there is one and the chat takes it."""
        if view.picture and place.chat not in self._no_photos:
            try:
                return await self._post_photo(place, view, reply_to)
            except TelegramError as error:
                if not self._goes_without_photo(place, error):
                    raise
        return await self._fitting(
            drawing.TEXT,
            view,
            lambda html: self._bot.send_message(
                place.chat,
                html,
                link_preview_options=_NO_PREVIEW,
                **self._options(place, view, reply_to),
            ),
        )

    async def _post_photo(self, place: Place, view: PageView, reply_to: str) -> Message:
        async def post(picture: bytes) -> Message:
            return await self._fitting(
                drawing.CAPTION,
                view,
                lambda html: self._bot.send_photo(
                    place.chat,
                    _file(view, picture),
                    caption=html,
                    has_spoiler=view.hidden,
                    show_caption_above_media=self._settings.caption_above,
                    **self._options(place, view, reply_to),
                ),
            )

        return await self._with_photo(view, post)

    def _options(self, place: Place, view: PageView, reply_to: str) -> dict[str, Any]:
        reply = None
        if reply_to:
            reply = ReplyParameters(int(reply_to), allow_sending_without_reply=True)
        return {
            "parse_mode": ParseMode.HTML,
            "reply_markup": page_keyboard(view),
            "reply_parameters": reply,
            "message_thread_id": place.thread,
        }

    async def _draft(self, place: Place, key: tuple[int, int], view: PageView) -> bool:
        """Stream a page's first words as a draft; tell whether that was the thing to do."""
        known = self._known.get(key)
        # The message itself says first that the page is being written; then the draft streams.
        if view.phase != "writing" or known is None or known.phase != "writing":
            return False
        return await self._drafts.stream(place, key[1], view)

    async def _draw(
        self, place: Place, key: tuple[int, int], view: PageView, urgency: str | None
    ) -> None:
        as_photo = await self._edited(place, key, view, urgency)
        self._note(*key, view, photo=as_photo)
        await self._finish(place, key[1], view, as_photo=as_photo)

    async def _edited(
        self, place: Place, key: tuple[int, int], view: PageView, urgency: str | None
    ) -> bool:
        """Edit picture, caption or text, whichever is to change; return whether it is a photo."""
        known = self._known.get(key, _Known())
        if view.picture and place.chat not in self._no_photos and self._is_new(known, view):
            try:
                await self._edit_photo(key, view, urgency)
                return True
            except TelegramError as error:
                if faults.is_unchanged(error):
                    return True
                if not self._goes_without_photo(place, error):
                    raise
        is_photo = known.photo if known.photo is not None else bool(view.picture)
        try:
            await self._edit_words(key, view, urgency, caption=is_photo)
        except BadRequest as error:
            if faults.is_unchanged(error):
                return is_photo
            if not (faults.has_photo(error) or faults.has_no_photo(error)):
                raise
            is_photo = not is_photo
            with _unchanged_allowed():
                await self._edit_words(key, view, urgency, caption=is_photo)
        return is_photo

    async def _edit_photo(self, key: tuple[int, int], view: PageView, urgency: str | None) -> None:
        async def edit(picture: bytes) -> None:
            await self._fitting(drawing.CAPTION, view, lambda html: put(html, picture))

        async def put(html: str, picture: bytes) -> None:
            media = InputMediaPhoto(
                _file(view, picture),
                caption=html,
                parse_mode=ParseMode.HTML,
                has_spoiler=view.hidden,
                show_caption_above_media=self._settings.caption_above,
            )
            await self._bot.edit_message_media(
                media,
                chat_id=key[0],
                message_id=key[1],
                reply_markup=page_keyboard(view),
                rate_limit_args=urgency,
            )

        await self._with_photo(view, edit)

    async def _edit_words(
        self, key: tuple[int, int], view: PageView, urgency: str | None, *, caption: bool
    ) -> None:
        bot, above = self._bot, self._settings.caption_above
        where: dict[str, Any] = {
            "chat_id": key[0],
            "message_id": key[1],
            "parse_mode": ParseMode.HTML,
            "reply_markup": page_keyboard(view),
            "rate_limit_args": urgency,
        }

        async def put_text(html: str) -> None:
            await bot.edit_message_text(html, link_preview_options=_NO_PREVIEW, **where)

        async def put_caption(html: str) -> None:
            where["show_caption_above_media"] = above
            await bot.edit_message_caption(caption=html, **where)

        if caption:
            await self._fitting(drawing.CAPTION, view, put_caption)
        else:
            await self._fitting(drawing.TEXT, view, put_text)

    async def _fitting(self, most: int, view: PageView, put: Callable[[str], Awaitable[T]]) -> T:
        """Draw a page's words; once more and shorter where the server counts them otherwise."""
        try:
            return await put(drawing.draw(view, self._bot.username, most=most).html)
        except BadRequest as error:
            if not faults.is_too_long(error):
                raise
        log.warning("the server finds a page too long that has %d units: cutting it", most)
        return await put(drawing.draw(view, self._bot.username, most=most // 2).html)

    async def _with_photo(self, view: PageView, put: Callable[[bytes], Awaitable[T]]) -> T:
        """Put a page's picture, in full quality where it is final; else as a plain JPEG."""
        make = drawing.preview_photo if view.live else drawing.final_photo
        try:
            try:
                return await put(await asyncio.to_thread(make, view.picture))
            except (BadRequest, NetworkError) as error:
                if not faults.is_bad_photo(error):
                    raise
            log.warning("a picture of %s was refused: sending it as JPEG", view.story_id)
            return await put(await asyncio.to_thread(drawing.plain_photo, view.picture))
        except OSError as error:  # what Pillow says of a damaged picture
            raise UnfitError(f"the picture of {view.story_id} cannot be read: {error}") from error

    def _goes_without_photo(self, place: Place, error: TelegramError) -> bool:
        """Tell whether a page is to be shown without its picture, as Telegram takes none."""
        if faults.forbids_photos(error):
            log.info("chat %s takes no photos: its pages come as texts", place.chat)
            self._no_photos.add(place.chat)
            return True
        return faults.is_bad_photo(error)

    async def _finish(self, place: Place, message: int, view: PageView, *, as_photo: bool) -> None:
        """Keep the message with the rest of a page's prose in step with the page's own."""
        if view.live:
            return
        most = drawing.CAPTION if as_photo else drawing.TEXT
        rest = drawing.draw(view, self._bot.username, most=most).rest
        html = drawing.draw_rest(rest, view, self._bot.username) if rest else ""
        await self._rests.keep(place, message, html)

    @staticmethod
    def _is_new(known: _Known, view: PageView) -> bool:
        return _digest(view) != (known.preview if view.live else known.final)

    def _note(self, chat: int, message: int, view: PageView, *, photo: bool) -> None:
        known = self._known.pop((chat, message), _Known())
        known = replace(
            known, photo=photo, phase=view.phase, live=view.live, drawn_at=time.monotonic()
        )
        if view.picture:
            digest = _digest(view)
            known = replace(known, preview=digest, final="" if view.live else digest)
        self._known[chat, message] = known
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)

    def _lively(self, chat: int) -> int:
        """Return how many messages of a chat were drawn lately and are not finished."""
        since = time.monotonic() - _LIVELY_S
        return sum(
            known.live and known.drawn_at > since
            for (where, _), known in self._known.items()
            if where == chat
        )


@contextmanager
def _unchanged_allowed() -> Iterator[None]:
    """Take it for done where the message shows already what it is to show."""
    try:
        yield
    except BadRequest as error:
        if not faults.is_unchanged(error):
            raise


def _digest(view: PageView) -> str:
    return hashlib.sha256(view.picture + bytes([view.hidden])).hexdigest()


def _file(view: PageView, picture: bytes) -> InputFile:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpg"
    return InputFile(picture, filename=f"{view.story_id}-{view.number}.{kind}", attach=True)
