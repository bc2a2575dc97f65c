"""Event lines for machines: one JSON object a line, pictures as files beside the book."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bot.console.folder import BookPlace
from bot.console.view import Ending
from bot.storytelling.updates import StoryOpened, Update
from engine.api.events import PageDone, PageText, Preview, Queued, TextDelta


class EventLines:
    """Prints events with a running number and the seconds since the start.

    A preview's file is replaced by the next one of its page and gone when the book is finished.
    """

    def __init__(self, place: BookPlace | None) -> None:
        self._place = place
        self._seq = 0
        self._started = time.monotonic()
        self._story: dict[str, object] = {}
        self._pages = 0

    def open(self) -> None:
        """Nothing to take over."""

    def notice(self, text: str) -> None:
        """Machines are not told what is being waited for."""

    def show(self, update: Update) -> None:
        """Print the line of an update, if it has one."""
        if isinstance(update, StoryOpened):
            self._open_story(update)
        elif isinstance(update, Queued):
            self._print(
                "queued",
                position=update.position,
                seconds_left=round(update.seconds_left, 1),
                **self._story,
            )
        elif isinstance(update, TextDelta):
            self._print("text", page=update.page, text=update.text)
        elif isinstance(update, PageText):
            self._print(
                "page_text",
                page=update.page,
                text=update.text,
                prompt=update.prompt,
                seed=update.seed,
            )
        elif isinstance(update, Preview):
            self._show_preview(update)
        elif isinstance(update, PageDone):
            self._show_page(update)

    async def close(self) -> None:
        """Nothing to give back."""

    def end(self, ending: Ending) -> None:
        """Print ``done`` or ``failed``, always the last line."""
        if ending.complete and ending.book is not None:
            story = {**self._story, "title": ending.book.title}
            self._print("done", **{**story, **_files(ending.folder)})
        elif ending.failed is not None:
            failed = ending.failed
            self._fail(
                failed.code,
                failed.message,
                retryable=failed.retryable,
                resume=failed.resume_from_page,
            )
        elif ending.interrupted:
            resume = self._next_page(ending)
            self._fail("interrupted", "Interrupted.", retryable=True, resume=resume)
        else:
            message = ending.error.message if ending.error else "The story broke off."
            code = f"exit_{ending.error.exit_code}" if ending.error else "failed"
            self._fail(code, message, retryable=False, resume=self._next_page(ending))

    def _open_story(self, update: StoryOpened) -> None:
        self._story = {
            "story": update.story_id,
            "title": update.title,
            "seed": update.seed,
            "style": update.style,
            "first_page": update.first_page,
            "pages": update.pages,
        }
        if self._place is not None:
            folder = self._place.settle(update.story_id, update.title)
            self._story["folder"] = str(folder)

    def _show_preview(self, update: Preview) -> None:
        file = self._place and self._place.put_preview(update.page, update.image)
        self._print(
            "preview",
            page=update.page,
            step=update.step,
            steps=update.steps,
            score=round(update.score, 4),
            file=str(file) if file else None,
        )

    def _show_page(self, update: PageDone) -> None:
        file = self._place and self._place.put_page(update.page, update.image)
        self._print(
            "page",
            page=update.page,
            text=update.text,
            prompt=update.prompt,
            alt=update.alt,
            seed=update.seed,
            steps=update.steps,
            clip_score=round(update.clip_score, 4),
            seconds=round(update.seconds, 3),
            file=str(file) if file else None,
        )

    def _fail(self, code: str, message: str, *, retryable: bool, resume: int) -> None:
        self._print(
            "failed",
            code=code,
            message=message,
            retryable=retryable,
            resume_from_page=resume,
            **({"story": self._story["story"]} if self._story else {}),
        )

    def _next_page(self, ending: Ending) -> int:
        pages = ending.book.pages if ending.book else ()
        return next((p.number for p in pages if not p.image), len(pages) + 1)

    def _print(self, event: str, **fields: object) -> None:
        self._seq += 1
        seconds = round(time.monotonic() - self._started, 3)
        record = {"event": event, "seq": self._seq, "t": seconds, **fields}
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _files(folder: Path | None) -> dict[str, object]:
    if folder is None:
        return {}
    return {
        "folder": str(folder),
        "book": str(folder / "book.json"),
        "html": str(folder / "book.html"),
        "pdf": str(folder / "book.pdf"),
    }
