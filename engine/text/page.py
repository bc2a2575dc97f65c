"""A written page, the unit that leaves the writer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageText:
    """A finished page: its number from 1, its prose, and the prompt for its picture."""

    number: int
    text: str
    prompt: str
