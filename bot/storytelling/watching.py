"""Watches what an engine tells: nothing that a community blocks is stored or shown.

The engine is asked to keep to the rules by itself; what it lets through is caught here. Prose is
held back until its sentence has ended, so that no half of a blocked one is seen. A page that holds
a blocked word is told once more under another seed; a second such page ends the job. So after a
restart, which tells the missing pages under the first seed, the same happens again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import cast

from bot.library import audit
from bot.library.library import Library
from bot.settings import Settings
from bot.storytelling.blank import blank_picture
from bot.storytelling.moderation import Rules, load_rules
from bot.storytelling.running import StoryEngine
from engine.api.events import (
    EngineStatus,
    Failed,
    KnownPage,
    Latents,
    PageDone,
    PageText,
    Preview,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)

BLANK_ALT = "This picture is not shown here."
_TRIES = 2
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s*$")
# Seeds of 53 bits pass unharmed through everything.
_SEED_BITS = 53


class BlockedProseError(Exception):
    """A page of the engine's holds a word of the list."""

    def __init__(self, page: int, entry: str) -> None:
        super().__init__(f"page {page}: {entry}")
        self.page = page
        self.entry = entry


class WatchedEngine:
    """An engine as its community may see it; ``tell`` keeps to the rules of the moment it begins.

    Put it between the engine's client and whatever keeps and shows its events.
    """

    def __init__(self, engine: StoryEngine, library: Library, settings: Settings) -> None:
        self._engine = engine
        self._library = library
        self._settings = settings

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        """Yield the events of one job that may be shown; ``EngineGoneError`` as the engine's."""
        async with self._library.database.read() as connection:
            rules = await load_rules(connection, self._settings, request.community)
        told = _Told(request)
        for attempt in range(1, _TRIES + 1):
            try:
                async with aclosing(self._attempt(told, rules, attempt)) as events:
                    async for event in events:
                        yield event
                return
            except BlockedProseError as error:
                await self._note(request, "refused_prose", f"{error} (attempt {attempt})")
                page = error.page
        message = "The story came to words that are not allowed here, twice: ask for another one."
        yield Failed("blocked", message, False, page)

    async def cancel(self, job_id: str) -> bool:
        """Stop a job, whichever attempt at it runs; return whether the engine knew it."""
        for attempt in range(1, _TRIES + 1):
            if await self._engine.cancel(_name(job_id, attempt)):
                return True
        return False

    async def status(self) -> EngineStatus:
        """Return what the engine says of itself."""
        return await self._engine.status()

    async def _attempt(
        self, told: _Told, rules: Rules, attempt: int
    ) -> AsyncGenerator[StoryEvent, None]:
        asked = rules.applied(told.request(attempt))
        prose = _Prose(rules)
        stream = cast("AsyncGenerator[StoryEvent, None]", self._engine.tell(asked))
        async with aclosing(stream) as events:
            async for event in events:
                for shown in prose.watch(event):
                    allowed = await self._allowed(shown, rules, told)
                    if allowed is not None:
                        told.note(allowed)
                        yield allowed

    async def _allowed(self, event: StoryEvent, rules: Rules, told: _Told) -> StoryEvent | None:
        """Return an event with its picture ruled upon; None for a look that nobody may have."""
        if not isinstance(event, Preview | PageDone):
            return event
        ruling = rules.ruling(event.verdict)
        event = replace(event, verdict=ruling)
        if ruling is None or ruling.decision != "blocked":
            return event
        if isinstance(event, Preview):
            return None
        detail = f"page {event.page}: {ruling.concept} ({ruling.score:.2f})"
        await self._note(told.first, "withheld_picture", detail)
        return withheld(event)

    async def _note(self, request: TellRequest, action: str, detail: str) -> None:
        async with self._library.database.write() as connection:
            await audit.note(
                connection,
                action,
                community=request.community,
                subject=request.job_id,
                detail=detail,
            )


def withheld(event: PageDone) -> PageDone:
    """Return a page with a blank picture in its picture's place; nothing is left of that."""
    return replace(
        event, image=blank_picture(event.image), alt=BLANK_ALT, latents=Latents(0, 0, ())
    )


@dataclass
class _Told:
    """A request, and the pages of it that have been told."""

    first: TellRequest
    pages: list[KnownPage] = field(default_factory=list)

    def request(self, attempt: int) -> TellRequest:
        """Return what is asked for at an attempt: what is missing, under a seed of its own."""
        first = self.first
        if attempt == 1:
            return first
        digest = hashlib.sha256(f"blocked\0{first.seed}\0{attempt}".encode()).digest()
        return replace(
            first,
            # The engine may still be about to put the first one away.
            job_id=_name(first.job_id, attempt),
            seed=int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS),
            known_pages=(*first.known_pages, *self.pages),
        )

    def note(self, event: StoryEvent) -> None:
        """Take up a page; texts come before all pictures, so none is painted yet."""
        if isinstance(event, PageText) and event.page == self._next():
            text, prompt = event.text, event.prompt
            page = KnownPage(event.page, text, prompt, painted=False, seed=event.seed)
            self.pages.append(page)

    def _next(self) -> int:
        return len(self.first.known_pages) + len(self.pages) + 1


class _Prose:
    """Holds a page's words back until their sentence has ended."""

    def __init__(self, rules: Rules) -> None:
        self._words = rules.word_list
        self._page = 0
        self._text = ""
        self._held: list[TextDelta] = []

    def watch(self, event: StoryEvent) -> list[StoryEvent]:
        """Return what may be passed on now; raises ``BlockedProseError``."""
        if not self._words:
            return [event]
        if isinstance(event, TextDelta):
            return [*self._hold(event)]
        if isinstance(event, PageText):
            self._check(event.page, event.text)
            self._check(event.page, event.prompt)
            return [*self._release(), event]
        if isinstance(event, StoryDone) and self._words.find(event.title):
            return [replace(event, title="")]
        return [event]

    def _hold(self, event: TextDelta) -> list[TextDelta]:
        if event.page != self._page:
            self._page, self._text, self._held = event.page, "", []
        self._held.append(event)
        self._text += event.text
        if not _SENTENCE_END.search(self._text):
            return []
        self._check(event.page, self._text)
        return self._release()

    def _release(self) -> list[TextDelta]:
        released, self._held = self._held, []
        return released

    def _check(self, page: int, text: str) -> None:
        if entry := self._words.find(text):
            raise BlockedProseError(page, entry)


def _name(job_id: str, attempt: int) -> str:
    return job_id if attempt == 1 else f"{job_id}.{attempt}"
