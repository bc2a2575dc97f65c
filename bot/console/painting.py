"""Shows one picture being painted: a line that moves, or event lines."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Protocol

from bot.console.layout import bar
from bot.console.pixels import fit, half_blocks, open_picture, protocol_image
from bot.console.reading import LARGEST_PICTURE, shown
from bot.console.state import PageState, queue_words
from bot.console.terminal import Terminal, inspect_terminal, terminal_size
from engine.api.events import PageDone, Preview, Queued, StoryEvent


class PaintingView(Protocol):
    """Shows the painting of one picture."""

    def notice(self, text: str) -> None:
        """Say what is being waited for."""
        ...

    def show(self, event: StoryEvent) -> None:
        """Show an event."""
        ...

    def done(self, painted: PageDone, file: Path) -> None:
        """Show the finished picture and where it is."""
        ...

    def failed(self, code: str, message: str) -> None:
        """Show that there will be none; the error's line is not the view's to print."""
        ...


def choose_painting_view(*, events: bool) -> PaintingView:
    """Return the way of showing that was asked for and standard output is able to."""
    return PaintingEvents() if events else PaintingLines(inspect_terminal())


class PaintingEvents:
    """One JSON object a line: queued, preview, page, then done or failed."""

    def __init__(self) -> None:
        self._seq = 0
        self._started = time.monotonic()

    def notice(self, text: str) -> None:
        """Say nothing."""

    def show(self, event: StoryEvent) -> None:
        """Print the line of an event, if it has one; a preview here has no file."""
        if isinstance(event, Queued):
            seconds = round(event.seconds_left, 1)
            self._print("queued", position=event.position, seconds_left=seconds)
        elif isinstance(event, Preview):
            self._print(
                "preview", page=1, step=event.step, steps=event.steps, score=round(event.score, 4)
            )

    def done(self, painted: PageDone, file: Path) -> None:
        """Print ``page`` and ``done``."""
        self._print(
            "page",
            page=1,
            prompt=painted.prompt,
            alt=painted.alt,
            seed=painted.seed,
            steps=painted.steps,
            clip_score=round(painted.clip_score, 4),
            seconds=round(painted.seconds, 3),
            file=str(file),
            **({} if painted.held_out is None else {"held_out": round(painted.held_out, 4)}),
            **({"notes": list(painted.notes)} if painted.notes else {}),
        )
        self._print("done", file=str(file))

    def failed(self, code: str, message: str) -> None:
        """Print ``failed``."""
        self._print("failed", code=code, message=message, retryable=False, resume_from_page=1)

    def _print(self, event: str, **fields: object) -> None:
        self._seq += 1
        seconds = round(time.monotonic() - self._started, 3)
        record = {"event": event, "seq": self._seq, "t": seconds, **fields}
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class PaintingLines:
    """A picture that sharpens in its place where the terminal can, else a line at the end."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._height = 0
        self._page = PageState(1)

    def notice(self, text: str) -> None:
        """Say on standard error what is being waited for."""
        if text:
            sys.stderr.write(f"{text}\n")

    def show(self, event: StoryEvent) -> None:
        """Draw a preview over the last one."""
        if isinstance(event, Queued) and event.position > 1:
            self.notice(queue_words(event))
        elif isinstance(event, Preview) and self._terminal.live:
            self._page.step, self._page.steps = event.step, event.steps
            self._page.score = event.score
            self._draw(event.image)

    def done(self, painted: PageDone, file: Path) -> None:
        """Draw the finished picture and say where it is."""
        if self._terminal.live:
            page = self._page
            page.done, page.step, page.steps = True, painted.steps, painted.steps
            page.score = painted.clip_score
            self._draw(painted.image)
        sys.stdout.write(f"Your picture: {shown(file)} (seed {painted.seed})\n")
        sys.stdout.flush()

    def failed(self, code: str, message: str) -> None:
        """Leave what was drawn."""

    def _draw(self, image: bytes) -> None:
        columns, rows = terminal_size()
        picture = open_picture(image)
        lines: list[str] = []
        overlay = ""
        if picture is not None and self._terminal.graphics != "none":
            box = min(LARGEST_PICTURE, columns - 4)
            wide, high = fit(picture, box, max(2, min(box // 2, rows - 4)))
            lines = [" " * wide] * high
            if self._terminal.graphics == "blocks":
                lines = list(half_blocks(picture, wide, high, depth=self._terminal.depth))
            else:
                drawn = protocol_image(picture, wide, high, graphics=self._terminal.graphics)
                overlay = f"\x1b7\x1b[{high + 1}A\x1b[2C{drawn}\x1b8"
        lines.append(bar(self._page, min(LARGEST_PICTURE, columns - 4)))
        up = f"\x1b[{self._height}A\x1b[J" if self._height else ""
        sys.stdout.write(up + "".join(f"  {line}\n" for line in lines) + overlay)
        sys.stdout.flush()
        self._height = len(lines)
