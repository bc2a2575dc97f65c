"""The live view: prose as it is written and pictures as they sharpen, on the whole screen."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from contextlib import suppress

from PIL import Image

from bot.console.layout import (
    GAP,
    LEAST_PROSE,
    PROSE_WIDTH,
    Grid,
    bar,
    choose_grid,
    pad,
    prose_lines,
    prose_window,
)
from bot.console.pixels import fit, half_blocks, open_picture, protocol_image
from bot.console.reading import closing_lines, print_book
from bot.console.screen import Frame, Placed, Screen
from bot.console.state import PageState, StoryState, readable
from bot.console.terminal import Terminal, terminal_size
from bot.console.view import Ending
from bot.storytelling.updates import Update

FRAME_SECONDS = 0.1
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class LiveView:
    """Draws the newest state at most ten times a second; what came between is not drawn."""

    def __init__(self, terminal: Terminal, *, pictures: bool = True, title: str = "") -> None:
        self._terminal = terminal
        self._with_pictures = pictures
        self._state = StoryState(title=title)
        self._notice = ""
        self._screen = Screen()
        self._painter: asyncio.Task[None] | None = None
        self._entered = False
        self._written_at: float | None = None
        self._pictures: dict[int, tuple[bytes, Image.Image | None]] = {}
        self._drawn: dict[int, tuple[tuple[object, ...], tuple[str, ...]]] = {}
        self._encoded: dict[int, tuple[tuple[object, ...], str]] = {}

    def open(self) -> None:
        """Begin; the screen is taken over with the first thing to show."""
        loop = asyncio.get_running_loop()
        with suppress(AttributeError, NotImplementedError, RuntimeError):
            loop.add_signal_handler(signal.SIGCONT, self._screen.forget)

    def notice(self, text: str) -> None:
        """Show what is being waited for beside a spinner."""
        self._notice = text
        self._begin()

    def show(self, update: Update) -> None:
        """Take an update in; it is drawn with the next frame."""
        self._state.apply(update)
        pages = self._state.pages.values()
        if self._written_at is None and pages and all(page.written for page in pages):
            self._written_at = time.monotonic()
        self._begin()

    async def close(self) -> None:
        """Give the screen back."""
        if self._painter is not None:
            self._painter.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await self._painter
        if self._entered:
            await asyncio.to_thread(self._screen.leave)
            self._entered = False

    def end(self, ending: Ending) -> None:
        """Leave what is finished in the scroll-back: each page with its picture, and the files."""
        book = ending.book
        if book is not None and (not self._with_pictures or any(p.image for p in book.pages)):
            print_book(book, self._terminal)
        for line in closing_lines(ending):
            sys.stdout.write(f"  {line}\n")
        sys.stdout.flush()

    def _begin(self) -> None:
        if self._painter is None:
            self._painter = asyncio.get_running_loop().create_task(self._paint())

    async def _paint(self) -> None:
        self._entered = True
        await asyncio.to_thread(self._screen.enter)
        while True:
            frame = self.frame(terminal_size())
            await asyncio.to_thread(self._screen.draw, frame)
            await asyncio.sleep(FRAME_SECONDS)

    def frame(self, size: tuple[int, int]) -> Frame:
        """Compose the screen for so many columns and rows."""
        columns, rows = size
        pages = sorted(self._state.pages.values(), key=lambda page: page.number)
        grid = self._grid(pages, columns, rows)
        lines = [self._heading(columns), ""] if rows >= 16 else [self._heading(columns)]
        below = self._block_height(grid, pages, rows)
        room = rows - len(lines) - below - (1 if rows >= 16 and below else 0)
        lines += self._prose(pages, columns, room)
        placed: list[Placed] = []
        if below:
            lines += [""] * (rows - below - len(lines))
            lines += self._gallery(pages, grid, columns, len(lines), placed)
        return Frame(size, tuple(lines[:rows]), tuple(placed))

    def _grid(self, pages: list[PageState], columns: int, rows: int) -> Grid:
        """Give pictures what prose can spare: at most three fifths of the screen."""
        if self._terminal.graphics == "none" or not self._with_pictures:
            return Grid(0, 0, 0, 0)
        spare = min(int(rows * 0.6), rows - LEAST_PROSE - 2)
        return choose_grid(len(pages), columns=columns - 2, rows=spare)

    def _block_height(self, grid: Grid, pages: list[PageState], rows: int) -> int:
        if grid.across or not self._with_pictures:
            return grid.height
        return min(len(pages), max(0, rows - LEAST_PROSE - 1))

    def _heading(self, columns: int) -> str:
        state = self._state
        seconds = int(time.monotonic() - state.started)
        words = self._notice or state.status or "beginning"
        spinner = _SPINNER[int(time.monotonic() / FRAME_SECONDS) % len(_SPINNER)]
        right = f" {spinner} {words} {seconds // 60}:{seconds % 60:02}"[: max(0, columns - 3)]
        title = readable(state.title) or "Pagewright"
        left = pad(f" {title}", max(0, columns - len(right) - 1))
        return f"\x1b[1m{left}\x1b[0m{self._dim(right)}"

    def _prose(self, pages: list[PageState], columns: int, room: int) -> list[str]:
        width = min(PROSE_WIDTH, columns - 3)
        since = -1.0 if self._written_at is None else time.monotonic() - self._written_at
        lines = prose_window(prose_lines(pages, width), room, since=since)
        return [f"  {self._dim(line) if line.startswith('— ') else line}" for line in lines]

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m"

    def _gallery(
        self, pages: list[PageState], grid: Grid, columns: int, top: int, placed: list[Placed]
    ) -> list[str]:
        if not grid.across:
            shown = pages[-self._block_height(grid, pages, top + len(pages)) :]
            return [f"  {self._bar(page, min(60, columns - 3))}" for page in shown]
        lines: list[str] = []
        for start in range(0, len(pages), grid.across):
            row = pages[start : start + grid.across]
            for index, page in enumerate(row):
                column = 1 + index * (grid.columns + GAP)
                self._place(page, grid, top + len(lines), column, placed)
            cells = [self._cell(page, grid) for page in row]
            joined = zip(*cells, strict=True)
            lines += [f" {(' ' * GAP).join(parts)}" for parts in joined]
        return lines

    def _bar(self, page: PageState, width: int) -> str:
        line = bar(page, width)
        if not self._terminal.colour:
            return line
        return f"\x1b[{32 if page.done else 36}m{line}\x1b[0m"

    def _cell(self, page: PageState, grid: Grid) -> list[str]:
        """Return a picture's lines and its bar, each exactly as wide as the grid's cells."""
        blank = " " * grid.columns
        drawn = [*self._blocks(page, grid), self._bar(page, grid.columns)]
        return [blank] * (grid.rows + 1 - len(drawn)) + drawn

    def _blocks(self, page: PageState, grid: Grid) -> tuple[str, ...]:
        picture = self._picture(page)
        if self._terminal.graphics != "blocks" or picture is None:
            return tuple(self._dim("·" * grid.columns) for _ in range(grid.rows * (not page.image)))
        key = (page.image, grid.columns, grid.rows)
        known = self._drawn.get(page.number)
        if known is None or known[0] != key:
            columns, rows = fit(picture, grid.columns, grid.rows)
            margin = " " * (grid.columns - columns)
            drawn = half_blocks(picture, columns, rows, depth=self._terminal.depth)
            known = (key, tuple(line + margin for line in drawn))
            self._drawn[page.number] = known
        return known[1]

    def _place(
        self, page: PageState, grid: Grid, row: int, column: int, placed: list[Placed]
    ) -> None:
        picture = self._picture(page)
        graphics = self._terminal.graphics
        if picture is None or graphics not in ("kitty", "iterm2"):
            return
        columns, rows = fit(picture, grid.columns, grid.rows)
        key = (page.image, columns, rows)
        known = self._encoded.get(page.number)
        if known is None or known[0] != key:
            sequence = protocol_image(picture, columns, rows, graphics=graphics, number=page.number)
            known = self._encoded[page.number] = (key, sequence)
        placed.append(Placed(row, column, key, known[1]))

    def _picture(self, page: PageState) -> Image.Image | None:
        known = self._pictures.get(page.number)
        if known is None or known[0] is not page.image:
            known = (page.image, open_picture(page.image) if page.image else None)
            self._pictures[page.number] = known
        return known[1]
