"""Posts and edits the messages of pages in Discord's channels."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any, Literal

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.chat.messenger import LaterError, UnfitError
from bot.chat.page import PageView
from bot.discord import artwork
from bot.discord.arrivals import Arrivals
from bot.discord.artwork import Art
from bot.discord.asking import PLATFORM
from bot.discord.embeds import page_embed
from bot.discord.faults import ArchivedError, ReplyError, TooLargeError, meaning, translated
from bot.discord.layouts import page_layout
from bot.discord.pacing import Pace
from bot.discord.windows import Windows

log = logging.getLogger(__name__)

Renderer = Literal["layout", "embed"]
Drawing = dict[str, Any]
Draw = Callable[[], Drawing]
_RENDERERS: dict[Renderer, Callable[[PageView, Art | None], Drawing]] = {
    "layout": page_layout,
    "embed": page_embed,
}
# The longest that a preview, and what must arrive, may be under way; then it is tried again.
PREVIEW_TIMEOUT_S = 20.0
TIMEOUT_S = 90.0
# Discord takes about five edits in five seconds in one channel: what all of its messages share.
CHANNEL_EDIT_S = 1.25
# Discord's limit of a nonce.
NONCE_LENGTH = 25
# A message that was not drawn for so long is not live any more, whatever became of it.
_FORGOTTEN_S = 300.0


class DiscordMessenger:
    """Draws pages into messages, as layouts or as embeds.

    ``uncovers`` tells of a channel whether doubtful pictures are shown openly in it.
    """

    platform = PLATFORM

    def __init__(
        self,
        client: discord.Client,
        *,
        renderer: Renderer,
        edit_interval_s: float,
        uncovers: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._client = client
        self._renderer: Renderer = renderer
        self._interval_s = edit_interval_s
        self._uncovers = uncovers
        self._live: dict[str, dict[str, float]] = {}
        self._pace = Pace()
        self._posts, self._edits = Windows(), Windows()
        self._arrivals = Arrivals()

    async def send(
        self, channel: str, view: PageView, *, nonce: str = "", reply_to: str = ""
    ) -> str:
        """Post a page's message, as a reply where ``reply_to`` is still there; return its id."""
        target = self._client.get_partial_messageable(int(channel))
        options = _options(channel, nonce, reply_to)
        await self._posts.of(channel).turn()
        await self._pace.turn(last=not view.live)
        try:
            post = partial(_post, target, options)
            message = await self._fitted(channel, view, post, self._renderer)
        except LaterError:
            self._arrivals.post_failed(nonce)
            raise
        self._arrivals.posted(nonce, message, view)
        self._note(channel, message, view)
        return message

    async def edit(self, channel: str, message: str, view: PageView) -> None:
        """Draw a page's message anew; a preview is left out where the channel is busy."""
        if view.keeps and view.live and not view.picture:
            return  # an edit would put a blank sheet into the place of the picture that stands
        if not await self._may_edit(channel, view):
            return
        there = self._client.get_partial_messageable(int(channel))
        target = there.get_partial_message(int(message))
        was_live = message in self._live.get(channel, {})
        arrived = await self._arrivals.has_arrived(target, view)
        self._note(channel, message, view)
        try:
            if not arrived:
                await self._draw(channel, target, view)
        except LaterError as later:
            # One without a wait is no limit: the drawing may have arrived, and its answer not.
            if was_live and not view.live and not later.seconds:
                self._arrivals.edit_failed(message, view)
                self._note(channel, message, replace(view, phase="painting"))
            raise

    async def _may_edit(self, channel: str, view: PageView) -> bool:
        """Wait for a turn; tell whether to draw, which a preview is where there is room for it."""
        window = self._edits.of(channel)
        if is_preview(view):
            return window.take_spare() and self._pace.take_spare()
        await window.turn()
        await self._pace.turn(last=not view.live)
        return True

    async def _draw(self, channel: str, target: discord.PartialMessage, view: PageView) -> None:
        redraw = partial(self._redraw, channel, target)
        try:
            await self._fitted(channel, view, redraw, self._renderer)
        except UnfitError:
            if self._renderer == "layout":
                raise
            # Drawn as a layout before the setting was changed: such a message stays one.
            await self._fitted(channel, view, redraw, "layout")

    async def _redraw(self, channel: str, target: discord.PartialMessage, draw: Draw) -> str:
        try:
            await target.edit(**_edition(draw()))
        except discord.HTTPException as error:
            if not isinstance(meaning(error), ArchivedError):
                raise
            # Nothing in a thread can be edited while it is in the archive.
            await self._client.http.edit_channel(int(channel), archived=False)
            await target.edit(**_edition(draw()))
        return str(target.id)

    def interval_s(self, channel: str) -> float:
        """Return the shortest time between two previews: live messages share a channel's edits."""
        now = time.monotonic()
        live = self._live.get(channel, {})
        for message in [m for m, moment in live.items() if now - moment > _FORGOTTEN_S]:
            del live[message]
        return max(self._interval_s, CHANNEL_EDIT_S * len(live))

    async def _fitted(
        self,
        channel: str,
        view: PageView,
        use: Callable[[Draw], Awaitable[str]],
        renderer: Renderer,
    ) -> str:
        """Use drawings of a page, with an ever smaller picture, until Discord takes one."""
        if view.hidden and await self._uncovers(channel):
            view = replace(view, hidden=False)
        seconds = PREVIEW_TIMEOUT_S if is_preview(view) else TIMEOUT_S
        limit = self._size_limit(channel)
        for step in count():
            art = await asyncio.to_thread(art_of, view, limit=limit, step=step)
            try:
                with translated():
                    async with asyncio.timeout(seconds):
                        return await use(partial(_RENDERERS[renderer], view, art))
            except TooLargeError:
                if art is None:
                    raise
                log.warning("the picture of page %s is too large here", view.page_id)
        raise AssertionError  # pragma: no cover - counting has no end

    def _size_limit(self, channel: str) -> int:
        found = self._client.get_channel(int(channel))
        guild = getattr(found, "guild", None)
        limit = guild.filesize_limit if guild is not None else DEFAULT_FILE_SIZE_LIMIT_BYTES
        return int(limit)

    def _note(self, channel: str, message: str, view: PageView) -> None:
        live = self._live.setdefault(channel, {})
        if view.live:
            live[message] = time.monotonic()
        else:
            live.pop(message, None)
        if not live:
            self._live.pop(channel, None)


def is_preview(view: PageView) -> bool:
    """Tell whether a view may be left out: a newer one is to come, and nobody waits for it."""
    return view.live and view.phase != "paused"


def art_of(view: PageView, *, limit: int, step: int = 0) -> Art | None:
    """Return the picture that a view is sent with, None for none; see ``artwork.final``."""
    if not view.picture:
        # What a painting will be in is there from the beginning: later edits only replace it.
        return None if view.phase == "done" or step else artwork.blank_sheet()
    try:
        if view.live:
            return None if step else artwork.preview(view.picture)
        return artwork.final(view.picture, limit=limit, step=step)
    except (OSError, ValueError) as error:
        log.warning("the picture of page %s cannot be read: %s", view.page_id, error)
        return None if step else artwork.blank_sheet()


async def _post(target: discord.PartialMessageable, options: Drawing, draw: Draw) -> str:
    try:
        return str((await target.send(**draw(), **options)).id)
    except discord.HTTPException as error:
        if not isinstance(meaning(error), ReplyError):
            raise
        options.pop("reference", None)
        return str((await target.send(**draw(), **options)).id)


def _options(channel: str, nonce: str, reply_to: str) -> Drawing:
    """Return what a post is sent with beside its drawing, by discord.py's names."""
    options: Drawing = {"nonce": _short(nonce)} if nonce else {}
    if reply_to:
        options["reference"] = discord.MessageReference(
            message_id=int(reply_to), channel_id=int(channel), fail_if_not_exists=False
        )
        options["mention_author"] = False
    return options


def _edition(drawing: Drawing) -> Drawing:
    """Return a drawing as an edit: it says all that the message holds from now on."""
    files = drawing.pop("files")
    return {"content": None, "embeds": [], **drawing, "attachments": files}


def _short(nonce: str) -> str:
    """Return a nonce within Discord's length, the same for the same one."""
    return hashlib.sha256(nonce.encode()).hexdigest()[:NONCE_LENGTH]
