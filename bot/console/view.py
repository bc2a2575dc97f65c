"""What every way of showing a story has in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.books.book import Book
from bot.errors import PagewrightError
from bot.storytelling.updates import Update
from engine.api.events import Failed


@dataclass(frozen=True)
class Ending:
    """How a telling ended: ``book`` holds what is finished, ``folder`` is None if not written.

    ``asked`` is the folder asked for, which is asked for again to go on.
    """

    book: Book | None = None
    folder: Path | None = None
    failed: Failed | None = None
    error: PagewrightError | None = None
    interrupted: bool = False
    asked: Path | None = None

    @property
    def complete(self) -> bool:
        """Tell whether the story was told to its end."""
        return not (self.failed or self.error or self.interrupted)


class View(Protocol):
    """Shows one telling. ``open`` and ``close`` are safe to call once each, in that order."""

    def open(self) -> None:
        """Begin, inside a running event loop."""
        ...

    def notice(self, text: str) -> None:
        """Say in a few words what is being waited for; "" for nothing any more."""
        ...

    def show(self, update: Update) -> None:
        """Show an update; must not wait."""
        ...

    async def close(self) -> None:
        """Give the terminal back."""
        ...

    def end(self, ending: Ending) -> None:
        """Show the ending, after ``close``; errors are not the view's to print."""
        ...
