"""A finished story as plain data: what every book format is made from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api.events import Latents


@dataclass(frozen=True)
class BookPage:
    """One page; ``image`` is a PNG, empty where the page has no picture (yet).

    ``id`` names the page in a ``BookTree``; ``latents`` are the codes of its picture, for films.
    """

    number: int
    text: str
    image: bytes
    prompt: str
    alt: str
    seed: int
    steps: int
    clip_score: float
    id: str = ""
    latents: Latents | None = None


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


@dataclass(frozen=True)
class TreePage:
    """A page of any branch; a first page has no parent, of siblings one at most is ``chosen``."""

    parent_id: str | None
    chosen: bool
    page: BookPage

    @property
    def id(self) -> str:
        """The page's own id."""
        return self.page.id


@dataclass(frozen=True)
class BookTree:
    """All pages of a story: parents before their children, siblings in the order they came.

    Raises ``ValueError`` for a page without an id, an id that comes twice, or a parent that does
    not come before.
    """

    pages: tuple[TreePage, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for page in self.pages:
            if not page.id or page.id in seen:
                raise ValueError(f'page id "{page.id}" is empty or comes twice')
            if page.parent_id is not None and page.parent_id not in seen:
                raise ValueError(f'the parent of page "{page.id}" does not come before it')
            seen.add(page.id)

    def children(self, page_id: str | None) -> tuple[TreePage, ...]:
        """Return the pages that go on from a page; None: the first pages."""
        return tuple(page for page in self.pages if page.parent_id == page_id)
