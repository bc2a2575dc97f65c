"""Lets any number of listeners follow a job; a slow one holds up nobody and fills no memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.storytelling.updates import EngineLost, Update
from engine.api.events import (
    Failed,
    Heartbeat,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    TextDelta,
)

# To how many of those whose turn is near it is told that they wait longer or shorter, by how much.
_NEAR, _LATER_S = 5, 10.0


class Mailbox:
    """Updates that wait for one follower, at most a few for each page of its job.

    A preview or a place in the queue takes the place of an unread one; words are joined; a page's
    text and picture, and the end, are always kept.
    """

    def __init__(self) -> None:
        self._waiting: list[Update] = []
        self._arrived = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, update: Update) -> None:
        """Add an update."""
        if isinstance(update, Heartbeat) or self._closed:
            return
        last = self._waiting[-1] if self._waiting else None
        if isinstance(update, TextDelta) and isinstance(last, TextDelta):
            if last.page == update.page:
                self._waiting.pop()
                update = TextDelta(update.page, last.text + update.text)
        else:
            stale = _made_stale_by(update)
            self._waiting = [waiting for waiting in self._waiting if not stale(waiting)]
        self._waiting.append(update)
        self._arrived.set()

    def close(self) -> None:
        """Let the follower come to an end behind what waits."""
        self._closed = True
        self._arrived.set()

    async def get(self) -> Update | None:
        """Return the next update, waiting for it; None behind the last."""
        while not self._waiting:
            if self._closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.pop(0)


class Channel:
    """One job's followers, and what a late one must be told beside what is in the library."""

    def __init__(self) -> None:
        self.mailboxes: set[Mailbox] = set()
        self.queued: Queued | None = None
        self.lost: EngineLost | None = None
        self.ended = False
        # Pages told by the library's word, where another process works on the job.
        self.texts: set[int] = set()
        self.pictures: set[int] = set()
        self._words: dict[int, str] = {}
        self._previews: dict[int, Preview] = {}

    def publish(self, update: Update) -> None:
        """Tell all followers, and remember what those to come must know."""
        self._remember(update)
        for mailbox in self.mailboxes:
            mailbox.put(update)

    def subscribe(self) -> Mailbox:
        """Return a new follower's mailbox, with what it missed of the page at work in it."""
        mailbox = Mailbox()
        for state in (self.lost, self.queued):
            if state is not None:
                mailbox.put(state)
        for page, words in self._words.items():
            mailbox.put(TextDelta(page, words))
        for preview in self._previews.values():
            mailbox.put(preview)
        self.mailboxes.add(mailbox)
        return mailbox

    def close(self) -> None:
        """Let all followers come to an end."""
        for mailbox in self.mailboxes:
            mailbox.close()

    def _remember(self, update: Update) -> None:
        if isinstance(update, Queued):
            self.queued = update
            return
        if isinstance(update, Heartbeat):
            return
        self.queued = None
        self.lost = update if isinstance(update, EngineLost) else None
        if isinstance(update, TextDelta):
            self._words[update.page] = self._words.get(update.page, "") + update.text
        elif isinstance(update, PageText):
            self._words.pop(update.page, None)
        elif isinstance(update, Preview):
            self._previews[update.page] = update
        elif isinstance(update, PageDone):
            self._previews.pop(update.page, None)
        elif isinstance(update, EngineLost):
            self._words.clear()
        elif isinstance(update, StoryDone | Failed):
            self.ended = True


def _made_stale_by(update: Update) -> Callable[[Update], bool]:
    """Return a test for what nobody needs to hear once an update has come."""
    if isinstance(update, Queued):
        return lambda old: isinstance(old, Queued)
    if isinstance(update, Preview):
        page = update.page
        return lambda old: isinstance(old, Preview) and old.page == page
    if isinstance(update, PageText):
        page = update.page
        return lambda old: isinstance(old, TextDelta) and old.page == page
    if isinstance(update, PageDone):
        page = update.page
        return lambda old: isinstance(old, Preview) and old.page == page
    if isinstance(update, EngineLost):
        # Words that were not finished are told once more.
        return lambda old: isinstance(old, TextDelta | Queued | EngineLost)
    if isinstance(update, StoryDone | Failed):
        return lambda old: isinstance(old, TextDelta | Queued | Preview | EngineLost)
    return lambda old: False


def tell_place(channel: Channel, place: Queued | None) -> None:
    """Tell a waiting job's followers its place, where that is news; None tells nothing."""
    before = channel.queued
    if place is not None and (before is None or _is_news(before, place)):
        channel.publish(place)


def _is_news(before: Queued, place: Queued) -> bool:
    """Tell whether somebody waits to hear it: far behind, a place more or less is nothing."""
    if abs(before.position - place.position) >= 1 + place.position // 20:
        return True
    later = abs(before.seconds_left - place.seconds_left)
    return place.position <= _NEAR and later >= max(_LATER_S, 0.3 * before.seconds_left)
