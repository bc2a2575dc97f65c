"""Lists stories: a table on a terminal, tab-separated lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.console.state import readable
from bot.console.terminal import inspect_terminal
from bot.storytelling.gallery import GalleryEntry, GalleryScreen
from bot.storytelling.updates import StorySummary

_HEADINGS = ("id", "title", "pages", "style", "day")


def print_gallery(stories: Sequence[StorySummary], *, searched: bool) -> None:
    """Print one line a story: id, title, pages, style, day and what became of it."""
    nothing = "No story holds these words." if searched else "No stories yet: pagewright story …"
    _print_rows((*_HEADINGS, ""), [_row(story) for story in stories], nothing=nothing)


def print_screen(screen: GalleryScreen) -> None:
    """Print one line a story: id, title, pages, style, day, loves and author; then how to go on."""
    rows = [_entry_row(entry) for entry in screen.entries]
    _print_rows((*_HEADINGS, "loved", "by"), rows, nothing="No story to show: pagewright story …")
    if screen.after:
        # Not on standard output, where lines are stories.
        sys.stderr.write(f"more: pagewright gallery --more {screen.after}{_words(screen)}\n")


def _print_rows(
    headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, nothing: str
) -> None:
    if not inspect_terminal().live:
        for row in rows:
            sys.stdout.write("\t".join(row) + "\n")
        return
    if not rows:
        print(nothing)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold" if heading == "title" else "ellipsis")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _row(story: StorySummary) -> tuple[str, ...]:
    state = "" if story.state == "done" else story.state
    return (
        story.id,
        _one_line(story.title),
        str(story.pages),
        story.style or "-",
        story.created_at[:10],
        state,
    )


def _entry_row(entry: GalleryEntry) -> tuple[str, ...]:
    return (
        entry.story_id,
        _one_line(entry.title),
        str(entry.pages),
        entry.style or "-",
        entry.created_at[:10],
        str(entry.loves),
        _one_line(entry.author) or entry.person,
    )


def _words(screen: GalleryScreen) -> str:
    return f" {screen.words}" if screen.words else ""


def _one_line(text: str) -> str:
    return " ".join(readable(text).split())
