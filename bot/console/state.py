"""What a listener knows of a story so far, whatever it is drawn on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.events import PageDone, PageText, Preview, Queued, StoryDone, TextDelta


@dataclass
class PageState:
    """One page: its words, how far its picture is, and the newest look at it."""

    number: int
    text: str = ""
    written: bool = False
    step: int = 0
    steps: int = 0
    score: float | None = None
    image: bytes = b""
    done: bool = False


@dataclass
class StoryState:
    """A story as told so far; ``status`` says in a few words what happens now."""

    title: str = ""
    story_id: str = ""
    first_page: int = 1
    last_page: int = 0
    status: str = ""
    ended: bool = False
    pages: dict[int, PageState] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def apply(self, update: Update) -> None:
        """Take an update in."""
        if isinstance(update, StoryOpened):
            self._open(update)
        elif isinstance(update, Queued):
            self.status = queue_words(update)
        elif isinstance(update, EngineLost):
            self._forget_half_written()
            self.status = f"the engine went away; going on from page {update.resume_from_page}"
        elif isinstance(update, StoryDone):
            self.title, self.ended, self.status = update.title or self.title, True, "done"
        else:
            self._apply_to_page(update)

    def page(self, number: int) -> PageState:
        """Return a page, made on its first mention."""
        return self.pages.setdefault(number, PageState(number))

    @property
    def painted(self) -> int:
        """Return how many pages of this telling are finished."""
        return sum(page.done for page in self.pages.values())

    def _open(self, update: StoryOpened) -> None:
        self.title, self.story_id = update.title, update.story_id
        self.first_page, self.last_page = update.first_page, update.pages
        for number in range(update.first_page, update.pages + 1):
            self.page(number)

    def _apply_to_page(self, update: Update) -> None:
        if isinstance(update, TextDelta):
            page = self.page(update.page)
            if not page.written:
                page.text += update.text
            self.status = f"writing page {update.page}"
        elif isinstance(update, PageText):
            page = self.page(update.page)
            page.text, page.written = update.text, True
        elif isinstance(update, Preview):
            self._look(update)
        elif isinstance(update, PageDone):
            page = self.page(update.page)
            page.text, page.written, page.done = update.text, True, True
            page.image, page.score = update.image, update.clip_score
            page.step = page.steps = update.steps

    def _look(self, update: Preview) -> None:
        page = self.page(update.page)
        page.step, page.steps, page.score = update.step, update.steps, update.score
        if update.image and not page.done:
            page.image = update.image
        if all(other.written for other in self.pages.values()):
            self.status = "painting"

    def _forget_half_written(self) -> None:
        for page in self.pages.values():
            if not page.written:
                page.text = ""


def queue_words(update: Queued) -> str:
    """Return a place in the queue in words."""
    if update.position <= 0:
        return "beginning"
    wait = f", about {update.seconds_left:.0f} s" if update.seconds_left >= 1 else ""
    return f"place {update.position} in the queue{wait}"


def readable(text: str) -> str:
    """Return a text without anything a terminal would obey."""
    return "".join(c for c in text if c == "\n" or (c.isprintable() and c != "\x7f"))
