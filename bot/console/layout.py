"""Divides a terminal's cells among title, prose, pictures and bars."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from bot.console.state import PageState, readable

GAP = 2
PROSE_WIDTH = 88
# Below this a picture is only spots.
SMALLEST = (8, 4)
LEAST_PROSE = 4
READING_WORDS_A_SECOND = 3.5
_RULER = Console(width=PROSE_WIDTH, color_system=None, file=None)


@dataclass(frozen=True)
class Grid:
    """Pictures in ``across`` columns and ``down`` rows of cells of that size; 0 across: none."""

    across: int
    down: int
    columns: int
    rows: int

    @property
    def height(self) -> int:
        """Return the terminal rows it takes, a bar under each picture included."""
        return self.down * (self.rows + 1) if self.across else 0


def choose_grid(pictures: int, *, columns: int, rows: int) -> Grid:
    """Return the grid that shows ``pictures`` square pictures largest, and then lowest."""
    best = Grid(0, 0, 0, 0)
    for across in range(1, pictures + 1):
        down = -(-pictures // across)
        width = (columns - GAP * (across - 1)) // across
        height = rows // down - 1
        high = min(height, width // 2)
        if (2 * high, high) >= SMALLEST and high >= best.rows:
            best = Grid(across, down, 2 * high, high)
    return best


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` cells, at words where possible."""
    lines: list[str] = []
    for paragraph in readable(text).split("\n"):
        wrapped = Text(paragraph.strip()).wrap(_RULER, max(1, width))
        lines += [line.plain.rstrip() for line in wrapped] or [""]
    return lines


def prose_lines(pages: list[PageState], width: int) -> list[str]:
    """Return the lines of all begun pages: each page's number, its words, an empty line."""
    lines: list[str] = []
    for page in pages:
        if page.text:
            lines += [f"— {page.number} —", *wrap(page.text, width), ""]
    return lines[:-1]


def prose_window(lines: list[str], rows: int, *, since: float) -> list[str]:
    """Return the ``rows`` lines to show: all where they fit, while writing the newest.

    Once all is written the lines move up at reading speed, and begin again after the last;
    ``since`` is the time in seconds since the writing ended (negative while writing).
    """
    if rows <= 0 or len(lines) <= rows:
        return lines[: max(0, rows)]
    last = len(lines) - rows
    start = last if since < 0 else min(last, max(0, line_being_read(lines, since) - rows // 3))
    return lines[start : start + rows]


def line_being_read(lines: list[str], since: float) -> int:
    """Return the index of the line a reader has reached after ``since`` seconds, going round."""
    times = [max(0.5, len(line.split()) / READING_WORDS_A_SECOND) for line in lines]
    since %= sum(times)
    for index, seconds in enumerate(times):
        since -= seconds
        if since < 0:
            return index
    return len(lines) - 1


def bar(page: PageState, width: int) -> str:
    """Return one page's progress in at most ``width`` cells: number, bar, steps and score."""
    score = f" {page.score:.2f}" if page.score is not None else ""
    steps = f" {page.step}/{page.steps}" if page.steps else ""
    number = f"{page.number} "
    for words in (steps + score, steps, ""):
        room = width - len(number) - len(words)
        if room >= 4 or not words:
            break
    done = page.step / page.steps if page.steps else 0.0
    filled = room if page.done else int(room * min(1.0, done))
    return (number + "━" * filled + "─" * (room - filled) + words)[:width]


def pad(line: str, width: int) -> str:
    """Return a line cut or filled to exactly ``width`` cells."""
    return set_cell_size(line, width) if cell_len(line) != width else line
