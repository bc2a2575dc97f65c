"""Prints what made a story, and its tree of pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bot.console.state import readable
from bot.console.terminal import inspect_terminal, terminal_size
from bot.storytelling.views import PageDetails, StoryDetails

_PLAIN_WIDTH = 100


def print_details(details: StoryDetails) -> None:
    """Print a story's own figures, then a line for each page that is shown."""
    for name, value in _rows(details):
        sys.stdout.write(f"{name:<10}{_one_line(value)}\n")
    for page in details.branch:
        sys.stdout.write(f"\npage {page.number}{_marks(details, page)}\n")
        for name, value in _page_rows(page):
            sys.stdout.write(f"  {name:<10}{_one_line(value)}\n")


def print_tree(details: StoryDetails) -> None:
    """Draw a story's pages: a line each, branches set in, what is shown marked with a dot."""
    terminal = inspect_terminal()
    width = terminal_size()[0] if terminal.live else _PLAIN_WIDTH
    sys.stdout.write(f"{_one_line(details.title)}  ({details.id})\n")
    for line in tree_lines(details):
        sys.stdout.write(f"{line[: width - 1].rstrip()}\n")


def tree_lines(details: StoryDetails) -> Iterator[str]:
    """Yield a line for each page; what goes on alone stays in its column, siblings are set in."""
    yield from _lines_below(details, "", "")


def _lines_below(details: StoryDetails, page_id: str, margin: str) -> Iterator[str]:
    children = details.children(page_id)
    if len(children) == 1:
        yield margin + _label(details, children[0])
        yield from _lines_below(details, children[0].id, margin)
        return
    for page in children:
        last = page is children[-1]
        yield f"{margin}{'└─ ' if last else '├─ '}{_label(details, page)}"
        yield from _lines_below(details, page.id, f"{margin}{'   ' if last else '│  '}")


def _label(details: StoryDetails, page: PageDetails) -> str:
    dot = "●" if page.shown else "○"
    return f"{dot} {page.number}{_marks(details, page)}  {_one_line(page.text)}"


def _marks(details: StoryDetails, page: PageDetails) -> str:
    siblings = details.children(page.parent_id)
    marks = [f"{siblings.index(page) + 1} of {len(siblings)}"] if len(siblings) > 1 else []
    marks += ["edited"] if page.origin == "edited" else []
    marks += ["no picture yet"] if not page.pictures else []
    marks += [f"{page.pictures} pictures"] if page.pictures > 1 else []
    return f" ({', '.join(marks)})" if marks else ""


def _rows(details: StoryDetails) -> Iterator[tuple[str, str]]:
    yield "story", details.id
    yield "title", details.title
    yield "idea", details.idea
    if details.avoid:
        yield "avoid", details.avoid
    yield "style", details.style or "the models' own"
    yield "seed", str(details.seed)
    yield "models", details.profile or "not told yet"
    yield "mode", f"{details.mode}, {'listed' if details.listed else 'hidden'}"
    yield "loved by", str(details.loves)
    yield "told", f"{details.created_at}, changed {details.updated_at}"
    yield "pages", f"{len(details.branch)} shown of {len(details.pages)}"
    if details.state not in ("", "done"):
        yield "state", f"{details.state}  {details.error}".strip()
    for number, fact in enumerate(details.facts, start=1):
        yield f"fact {number}", fact


def _page_rows(page: PageDetails) -> Iterator[tuple[str, str]]:
    yield "id", page.id
    yield "seed", str(page.seed)
    yield "prompt", page.prompt
    if page.pictures:
        yield "picture", f"seed {page.picture_seed}, {page.steps} steps, {page.seconds:.1f} s"
        yield "score", f"{page.clip_score:.3f}"
        yield "alt", page.alt


def _one_line(text: str) -> str:
    return " ".join(readable(text).split())
