"""The order in which a story's pages stand in a document that holds all of its branches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.books.book import Book, BookPage, BookTree, TreePage
from bot.books.lettering import one_line
from bot.books.wording import cut

COVER, END = "cover", "end"


@dataclass(frozen=True)
class Way:
    """One of several pages that a page goes on with: its anchor and its first words."""

    anchor: str
    label: str


@dataclass(frozen=True)
class Stop:
    """A page in the document; ``aside`` where the book's own branch does not come by.

    ``up`` is the anchor of the page before, ``on`` that of the page shown next; ``ways`` are all
    the pages it goes on with, where there are several.
    """

    page: BookPage
    anchor: str
    up: str
    on: str
    ways: tuple[Way, ...]
    aside: bool

    @property
    def name(self) -> str:
        """The page's name among files, such as ``page-03`` or ``page-03-2``."""
        word, number, *rest = self.anchor.split("-")
        return "-".join([word, f"{int(number):02d}", *rest])


def stops(book: Book, tree: BookTree | None = None) -> list[Stop]:
    """Return all pages, the book's own branch first, each other branch after that in one piece."""
    tree = tree or _chain(book)
    ordered = list(_in_order(tree, {page.id for page in book.pages}))
    main = _main_branch(book, tree)
    anchors = _anchors(ordered, main)
    return [_stop(page, tree, main, anchors) for page in ordered]


def first_ways(found: list[Stop]) -> tuple[Way, ...]:
    """Return the ways to begin, where there are several first pages."""
    roots = [Way(stop.anchor, _label(stop.page)) for stop in found if stop.up == COVER]
    return tuple(roots) if len(roots) > 1 else ()


def _chain(book: Book) -> BookTree:
    """Return the book's one branch as a tree; its pages need no ids."""
    pages = [replace(page, id=f"{place}") for place, page in enumerate(book.pages)]
    before = [None, *(page.id for page in pages)]
    return BookTree(
        tuple(TreePage(up, True, page) for up, page in zip(before, pages, strict=False))
    )


def _main_branch(book: Book, tree: BookTree) -> set[str]:
    """Return the ids of the book's own pages, the chosen ones where the tree knows none of them."""
    known = {page.id for page in tree.pages}
    own = {page.id for page in book.pages} & known
    if own:
        return own
    page: TreePage | None = None
    while following := tree.children(page.id if page else None):
        page = _preferred(following, set())
        own.add(page.id)
    return own


def _preferred(pages: tuple[TreePage, ...], main: set[str]) -> TreePage:
    """Return the page of siblings that is shown: the book's own, the chosen or the newest one."""
    own = [page for page in pages if page.id in main] or [page for page in pages if page.chosen]
    return own[0] if own else pages[-1]


def _in_order(tree: BookTree, main: set[str]) -> Iterator[TreePage]:
    waiting = _first_last(tree.children(None), main)
    while waiting:
        page = waiting.pop()
        yield page
        waiting += _first_last(tree.children(page.id), main)


def _first_last(siblings: tuple[TreePage, ...], main: set[str]) -> list[TreePage]:
    """Return siblings as a stack gives them back: the preferred one first, then in their order."""
    if not siblings:
        return []
    first = _preferred(siblings, main)
    return [*reversed([page for page in siblings if page is not first]), first]


def _anchors(pages: list[TreePage], main: set[str]) -> dict[str, str]:
    """Return each page's anchor: ``page-3``, and ``page-3-2`` for the second page 3."""
    count: Counter[int] = Counter()
    anchors: dict[str, str] = {}
    for page in sorted(pages, key=lambda page: page.id not in main):
        number = page.page.number
        count[number] += 1
        anchors[page.id] = f"page-{number}" + (f"-{count[number]}" if count[number] > 1 else "")
    return anchors


def _stop(page: TreePage, tree: BookTree, main: set[str], anchors: dict[str, str]) -> Stop:
    following = tree.children(page.id)
    ways = tuple(Way(anchors[child.id], _label(child.page)) for child in following)
    return Stop(
        page=page.page,
        anchor=anchors[page.id],
        up=anchors[page.parent_id] if page.parent_id is not None else COVER,
        on=anchors[_preferred(following, main).id] if following else END,
        ways=ways if len(ways) > 1 else (),
        aside=page.id not in main,
    )


def _label(page: BookPage) -> str:
    return cut(one_line(page.text), 64) or f"Page {page.number}, without words"
