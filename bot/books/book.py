"""A finished story as plain data: what every book format is made from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BookPage:
    """One page; ``image`` is a PNG, empty where the page has no picture (yet)."""

    number: int
    text: str
    image: bytes
    prompt: str
    alt: str
    seed: int
    steps: int
    clip_score: float


@dataclass(frozen=True)
class Book:
    """A story along one branch, page by page; ``created_at`` is ISO 8601 in UTC."""

    id: str
    title: str
    idea: str
    style: str
    seed: int
    profile: str
    created_at: str
    pages: tuple[BookPage, ...]
    author: str = ""
