"""A page of prose: the order for one, and the page as the writer gives it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """A finished page: its number from 1, its prose, and the prompt for its picture."""

    number: int
    text: str
    prompt: str


@dataclass(frozen=True)
class PageOrder:
    """A page that is wanted, ``number`` of ``pages``: all that a writer may know.

    ``before`` are the pages so far; ``direction`` is what shall happen from this page on (only for
    the first page of a continuation). No word of ``avoid`` or ``banned`` may stand in it.
    """

    idea: str
    pages: int
    number: int
    seed: int
    before: tuple[PageText, ...] = ()
    direction: str = ""
    avoid: str = ""
    banned: tuple[str, ...] = ()
