"""Prints a finished book, or what is finished of it, into the terminal's scroll-back."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from bot.books.book import Book, BookPage
from bot.console.layout import wrap
from bot.console.pixels import fit, half_blocks, open_picture, protocol_image
from bot.console.state import readable
from bot.console.terminal import Terminal, terminal_size
from bot.console.view import Ending

LARGEST_PICTURE = 40
_TEXT_WIDTH = 64


def print_book(book: Book, terminal: Terminal) -> None:
    """Print title and pages: picture and words side by side where there is room."""
    columns, rows = terminal_size()
    title = readable(book.title)
    heading = f"\x1b[1m{title}\x1b[0m" if terminal.live else title
    sys.stdout.write(f"\n  {heading}\n\n")
    for page in book.pages:
        _print_page(page, terminal, columns, rows)
    sys.stdout.flush()


def closing_lines(ending: Ending) -> list[str]:
    """Return the last lines of a telling: where the book is, and how to go on."""
    book, folder = ending.book, ending.folder
    if book is None:
        return []
    if ending.complete:
        if folder is None:
            return [f"Story {book.id} is kept: {program()} show {book.id}"]
        return [
            f"Your book:  {shown(folder / 'book.html')}",
            f"As PDF:     {shown(folder / 'book.pdf')}",
            f'Go on with: {program()} continue {book.id} "what happens next"',
        ]
    painted = sum(bool(page.image) for page in book.pages)
    words = {0: "No page is finished", 1: "1 page is finished"}
    kept = words.get(painted, f"{painted} pages are finished")
    out = f" --out {shlex.quote(str(ending.asked))}" if ending.asked else ""
    return [
        kept + (f":  {shown(folder)}" if folder else "; the wish is kept."),
        f"Go on with: {program()} continue {book.id}{out}",
    ]


def program() -> str:
    """Return what to type for this program: its path where the shell does not find it by name."""
    typed = Path(sys.argv[0])
    if shutil.which("pagewright") or typed.name != "pagewright":
        return "pagewright"
    return shlex.quote(shown(typed))


def shown(path: Path) -> str:
    """Return a path as a person would type it: relative where it lies below this folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _print_page(page: BookPage, terminal: Terminal, columns: int, rows: int) -> None:
    picture = open_picture(page.image) if page.image and terminal.graphics != "none" else None
    number = f"— {page.number} —"
    if picture is None:
        text = [number, *wrap(page.text, min(_TEXT_WIDTH, columns - 3))]
        sys.stdout.write("".join(f"  {line}\n" for line in text) + "\n")
        return
    beside = columns >= 64
    box = min(LARGEST_PICTURE, columns * 2 // 5 if beside else columns - 4)
    wide, high = fit(picture, box, min(box // 2, max(2, rows - 4)))
    drawn = [" " * wide] * high
    if terminal.graphics == "blocks":
        drawn = list(half_blocks(picture, wide, high, depth=terminal.depth))
    width = min(_TEXT_WIDTH, columns - (wide + 6 if beside else 3))
    text = [number, *wrap(page.text, width)]
    lines = _side_by_side(drawn, text, wide) if beside else [*_indent(drawn), *_indent(text)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    if terminal.graphics in ("kitty", "iterm2"):
        image = protocol_image(picture, wide, high, graphics=terminal.graphics)
        sys.stdout.write(f"\x1b7\x1b[{len(lines)}A\x1b[2C{image}\x1b8")
    sys.stdout.write("\n")


def _side_by_side(drawn: list[str], text: list[str], wide: int) -> list[str]:
    lines = []
    text = [""] * ((len(drawn) - len(text)) // 2) + text
    for row in range(max(len(drawn), len(text))):
        left = drawn[row] if row < len(drawn) else " " * wide
        right = text[row] if row < len(text) else ""
        lines.append(f"  {left}  {right}".rstrip(" "))
    return lines


def _indent(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
