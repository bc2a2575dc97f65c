"""Keeps to Telegram's flood limits: one budget a chat, one for all; previews give way to the rest.

Telegram allows about one message a second in a chat, twenty a minute in a group and thirty a second
in all, and counts edits as messages (core.telegram.org/bots/faq#my-bot-is-hitting-limits). What is
sent with ``rate_limit_args=PREVIEW`` is shed where there is no room for it at this moment, all else
waits for its turn and is tried again after a ``RetryAfter``, which halts its own chat alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

log = logging.getLogger(__name__)

# The library's coming type for spans of time; without it each flood wait prints a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

PREVIEW: Final = "preview"

# Rests behind each request in a chat; the clocks of both ends need not agree, so a little more
# than the second that Telegram asks for.
CHAT_REST_S = 1.02
GROUP_MOST, GROUP_SPAN_S = 20, 60.2
GROUP_PREVIEWS = 12
# What is left to finals and answers: previews stop earlier.
GROUP_KEPT_FREE = 5
OVERALL_MOST, OVERALL_SPAN_S = 28, 1.05
OVERALL_KEPT_FREE = 8
# Beyond the seconds that a RetryAfter names.
RETRY_MARGIN_S = 0.25
_MOST_CHATS_KNOWN = 4096
# A chat in which so many messages wait is flooded by somebody: answers are left out there, so that
# nobody can keep the bot from the other chats.
MOST_WAITING = 30

_COUNTED = ("send", "edit", "copy", "forward", "stop")
# Worth nothing later: without room they are left out, whoever asks.
_FLEETING = frozenset({"sendChatAction", "sendMessageDraft"})

Answer = bool | dict[str, Any] | list[dict[str, Any]]
Call = Callable[..., Coroutine[Any, Any, Answer]]


class ShedError(Exception):
    """A preview was left out: the chat, or the bot as a whole, has no room for it now."""


class _Window:
    """When the requests of the last ``span`` seconds were done, oldest first."""

    def __init__(self, span: float) -> None:
        self._span = span
        self._moments: deque[float] = deque()

    def count(self, now: float) -> int:
        while self._moments and self._moments[0] <= now - self._span:
            self._moments.popleft()
        return len(self._moments)

    def add(self, now: float, cost: int = 1) -> None:
        self._moments.extend([now] * cost)

    def free_at(self, now: float, most: int, cost: int = 1) -> float:
        """Return from when on ``cost`` more fit under ``most``."""
        excess = self.count(now) + min(cost, most) - most
        return self._moments[excess - 1] + self._span if excess > 0 else now


class _Chat:
    """What one chat has had lately; its lock lets one request through at a time, in order."""

    def __init__(self, *, group: bool, free_at: float) -> None:
        self.group = group
        self.turn = asyncio.Lock()
        self.waiting = 0
        self.free_at = free_at
        self.halted_until = 0.0
        self.last_preview = float("-inf")
        self.sent = _Window(GROUP_SPAN_S)
        self.previews = _Window(GROUP_SPAN_S)

    def ready_at(self, now: float, cost: int = 1) -> float:
        """Return from when on a request may be made."""
        ready = max(self.free_at, self.halted_until)
        return max(ready, self.sent.free_at(now, GROUP_MOST, cost)) if self.group else ready

    def has_room(self, now: float, interval: float) -> bool:
        """Tell whether a preview may be sent at this moment."""
        if self.waiting or self.turn.locked() or self.ready_at(now) > now:
            return False
        if self.group:
            room = self.sent.count(now) < GROUP_MOST - GROUP_KEPT_FREE
            return room and self.previews.count(now) < GROUP_PREVIEWS
        return now - self.last_preview >= interval

    def note(self, now: float, *, cost: int, preview: bool) -> None:
        """Note that a request is done."""
        self.free_at = now + CHAT_REST_S
        self.sent.add(now, cost)
        if preview:
            self.last_preview = now
            self.previews.add(now)

    def idle(self, now: float) -> bool:
        """Tell whether nothing of the chat need be remembered."""
        return not (self.waiting or self.turn.locked() or self.ready_at(now) > now) and (
            not self.sent.count(now)
        )


class Budgets(BaseRateLimiter[str]):
    """python-telegram-bot's rate limiter for one bot; ``interval_s`` between private previews.

    ``rest_first``: no chat is written to for a first second, as nobody knows what it had just
    before, from a process that ended. ``clock`` and ``sleep`` are for tests.
    """

    def __init__(
        self,
        *,
        interval_s: float = 1.5,
        rest_first: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = interval_s
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock() + (CHAT_REST_S if rest_first else 0.0)
        self._chats: dict[str, _Chat] = {}
        self._all = _Window(OVERALL_SPAN_S)
        self._under_way = 0
        self._all_turn = asyncio.Lock()

    def has_room(self, chat_id: int) -> bool:
        """Tell whether a preview would be sent at this moment, before one is made."""
        now = self._clock()
        full = self._all.count(now) + self._under_way >= OVERALL_MOST - OVERALL_KEPT_FREE
        if full or self._all_turn.locked():
            return False
        return self._chat(str(chat_id)).has_room(now, self._interval)

    def is_crowded(self, chat_id: int) -> bool:
        """Tell whether more waits for a chat than is worth waiting for."""
        return self._chat(str(chat_id)).waiting >= MOST_WAITING

    async def initialize(self) -> None:
        """Begin; nothing is to be prepared."""

    async def shutdown(self) -> None:
        """End; who waits is told by the cancelling of their task."""

    async def process_request(
        self,
        callback: Call,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> Answer:
        """Make a request when it may be made; raise ``ShedError`` where a preview has no room."""
        chat_id = data.get("chat_id")
        if chat_id is None or not endpoint.startswith(_COUNTED):
            return await self._at_once(lambda: callback(*args, **kwargs))
        chat = self._chat(str(chat_id))
        cost = len(data["media"]) if endpoint == "sendMediaGroup" else 1
        call: Callable[[], Awaitable[Answer]] = lambda: callback(*args, **kwargs)  # noqa: E731
        if endpoint in _FLEETING or rate_limit_args == PREVIEW:
            if not self.has_room(chat_id):
                raise ShedError
            return await self._preview(chat, call)
        return await self._durable(chat, call, cost, chat_id)

    async def _preview(self, chat: _Chat, call: Callable[[], Awaitable[Answer]]) -> Answer:
        async with chat.turn:
            try:
                return await self._counted(chat, call, cost=1, preview=True)
            except RetryAfter as error:
                self._halt(chat, error)
                raise ShedError from None

    async def _durable(
        self, chat: _Chat, call: Callable[[], Awaitable[Answer]], cost: int, chat_id: object
    ) -> Answer:
        async with self._waiting(chat), chat.turn:
            while True:
                while (pause := chat.ready_at(now := self._clock(), cost) - now) > 0:
                    await self._sleep(pause)
                await self._overall_turn(cost)
                try:
                    return await self._counted(chat, call, cost=cost, preview=False, begun=True)
                except RetryAfter as error:
                    seconds = self._halt(chat, error)
                    log.info("chat %s is to rest for %.0f s", chat_id, seconds)

    @asynccontextmanager
    async def _waiting(self, chat: _Chat) -> AsyncIterator[None]:
        chat.waiting += 1
        try:
            yield
        finally:
            chat.waiting -= 1

    async def _overall_turn(self, cost: int) -> None:
        """Wait, in order, until the bot as a whole may send, and take a place in its budget."""
        async with self._all_turn:
            while True:
                now = self._clock()
                free = OVERALL_MOST - self._under_way
                ready = self._all.free_at(now, free, cost) if free > 0 else now + OVERALL_SPAN_S / 4
                if ready <= now:
                    self._under_way += cost
                    return
                await self._sleep(ready - now)

    async def _counted(
        self,
        chat: _Chat,
        call: Callable[[], Awaitable[Answer]],
        *,
        cost: int,
        preview: bool,
        begun: bool = False,
    ) -> Answer:
        """Make the request; it counts from its end, as nobody knows when it arrived before."""
        if not begun:
            self._under_way += cost
        try:
            return await call()
        finally:
            now = self._clock()
            self._under_way -= cost
            self._all.add(now, cost)
            chat.note(now, cost=cost, preview=preview)

    async def _at_once(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Make a request that has no chat's budget; wait where Telegram says so."""
        while True:
            try:
                return await call()
            except RetryAfter as error:
                await self._sleep(seconds_of(error) + RETRY_MARGIN_S)

    def _halt(self, chat: _Chat, error: RetryAfter) -> float:
        seconds = seconds_of(error) + RETRY_MARGIN_S
        chat.halted_until = max(chat.halted_until, self._clock() + seconds)
        return seconds

    def _chat(self, chat_id: str) -> _Chat:
        if chat_id not in self._chats:
            if len(self._chats) >= _MOST_CHATS_KNOWN:
                now = self._clock()
                self._chats = {key: c for key, c in self._chats.items() if not c.idle(now)}
            # Groups and channels have negative ids, or the name of a public one.
            group = not chat_id.isdecimal()
            self._chats[chat_id] = _Chat(group=group, free_at=self._free_at)
        return self._chats[chat_id]


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks for patience."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)
