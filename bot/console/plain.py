"""Plain output for pipes, files and dumb terminals: prose as it comes, no escape codes."""

from __future__ import annotations

import sys

from bot.console.reading import closing_lines
from bot.console.state import PageState, StoryState, queue_words, readable
from bot.console.view import Ending
from bot.storytelling.updates import EngineLost, StoryOpened, Update
from engine.api.events import PageDone, PageText, Queued, TextDelta


class PlainView:
    """Writes prose to standard output; what is being waited for goes to standard error."""

    def __init__(self, *, pictures: bool = True) -> None:
        self._state = StoryState()
        self._pictures = pictures
        self._page = 0
        self._column = 0

    def open(self) -> None:
        """Nothing to take over."""

    def notice(self, text: str) -> None:
        """Say on standard error what is being waited for."""
        if text:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    def show(self, update: Update) -> None:
        """Write what is new."""
        known = self._known(update)
        self._state.apply(update)
        if isinstance(update, StoryOpened):
            self._line(readable(update.title))
        elif isinstance(update, TextDelta):
            self._write_page(update.page, readable(update.text) if not known else "")
        elif isinstance(update, PageText):
            self._finish_page(update, known)
        elif isinstance(update, PageDone):
            self._say_painted(update)
        elif isinstance(update, EngineLost):
            self.notice(self._state.status)
        elif isinstance(update, Queued) and update.position > 1:
            self.notice(queue_words(update))

    async def close(self) -> None:
        """End the line that was being written."""
        self._break_line()

    def end(self, ending: Ending) -> None:
        """Say where the book is."""
        self._break_line()
        for line in closing_lines(ending):
            self._line(line)

    def _known(self, update: Update) -> PageState | None:
        """Return the page an update writes again, where its whole text was written before."""
        if not isinstance(update, TextDelta | PageText):
            return None
        page = self._state.page(update.page)
        return page if page.written else None

    def _write_page(self, number: int, text: str) -> None:
        if not text:
            return
        if number != self._page:
            self._break_line()
            self._line("")
            self._page = number
            text = text.lstrip()
        sys.stdout.write(text)
        sys.stdout.flush()
        self._column += len(text)

    def _finish_page(self, update: PageText, known: PageState | None) -> None:
        if known is None and (self._page != update.page or not self._column):
            self._write_page(update.page, readable(update.text))
        self._break_line()

    def _say_painted(self, update: PageDone) -> None:
        if self._pictures:
            self._break_line()
            self._line(
                f"[page {update.page} painted: {update.steps} steps, score {update.clip_score:.2f}]"
            )

    def _break_line(self) -> None:
        if self._column:
            self._line("")

    def _line(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
        self._column = 0
