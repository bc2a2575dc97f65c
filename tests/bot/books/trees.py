"""A story with branches: two beginnings, and three ways on from page 2 of the first."""

from __future__ import annotations

from bot.books.book import Book, BookPage, BookTree, TreePage
from tests.bot.books.conftest import make_book, page, painted

PARENTS = {
    "a1": None, "a2": "a1", "a3": "a2", "b3": "a2", "b4": "b3", "c3": "a2", "z1": None,
}  # fmt: skip
CHOSEN = {"a1", "a2", "a3", "b4"}


def told(name: str) -> BookPage:
    number = int(name[1])
    hue = 20 * (1 + list(PARENTS).index(name))
    return page(number, f"This is {name}, told.", id=name, image=painted(hue))


def make_tree() -> BookTree:
    return BookTree(
        tuple(TreePage(parent, name in CHOSEN, told(name)) for name, parent in PARENTS.items())
    )


def branch(*names: str) -> Book:
    return make_book(pages=tuple(told(name) for name in names))
