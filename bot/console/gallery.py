"""Lists stories: a table on a terminal, tab-separated lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from bot.console.state import readable
from bot.console.terminal import inspect_terminal
from bot.storytelling.updates import StorySummary


def print_gallery(stories: Sequence[StorySummary], *, searched: bool) -> None:
    """Print one line a story: id, title, pages, style, day and what became of it."""
    if not inspect_terminal().live:
        for story in stories:
            sys.stdout.write("\t".join(_row(story)) + "\n")
        return
    if not stories:
        print("No story holds these words." if searched else "No stories yet: pagewright story …")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("id", "title", "pages", "style", "day", ""):
        table.add_column(heading, overflow="fold" if heading == "title" else "ellipsis")
    for story in stories:
        table.add_row(*(Text(cell) for cell in _row(story)))
    Console().print(table)


def _row(story: StorySummary) -> tuple[str, ...]:
    title = readable(story.title).replace("\n", " ")
    state = "" if story.state == "done" else story.state
    return story.id, title, str(story.pages), story.style or "-", story.created_at[:10], state
