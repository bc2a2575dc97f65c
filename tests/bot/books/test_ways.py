"""The order of pages in documents that hold a whole tree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.books.book import BookTree, TreePage
from bot.books.ways import END, first_ways, stops
from tests.bot.books.conftest import make_book, page
from tests.bot.books.trees import branch, make_tree


def test_one_branch_is_a_chain_without_choices() -> None:
    found = stops(make_book())
    assert [stop.anchor for stop in found] == ["page-1", "page-2", "page-3"]
    assert [stop.up for stop in found] == ["cover", "page-1", "page-2"]
    assert [stop.on for stop in found] == ["page-2", "page-3", END]
    assert not any(stop.ways or stop.aside for stop in found)
    assert stops(make_book(pages=())) == []


def test_a_tree_tells_the_books_own_branch_first_and_each_other_one_in_a_piece() -> None:
    found = stops(branch("a1", "a2", "a3"), make_tree())
    assert [stop.page.id for stop in found] == ["a1", "a2", "a3", "b3", "b4", "c3", "z1"]
    assert [stop.anchor for stop in found] == [
        "page-1", "page-2", "page-3", "page-3-2", "page-4", "page-3-3", "page-1-2",
    ]  # fmt: skip
    assert [stop.page.id for stop in found if stop.aside] == ["b3", "b4", "c3", "z1"]
    ways = {stop.page.id: [way.anchor for way in stop.ways] for stop in found if stop.ways}
    assert ways == {"a2": ["page-3", "page-3-2", "page-3-3"]}
    assert [way.label for way in first_ways(found)] == ["This is a1, told.", "This is z1, told."]


def test_another_branch_can_be_the_books_own() -> None:
    found = stops(branch("a1", "a2", "b3", "b4"), make_tree())
    assert [stop.page.id for stop in found][:4] == ["a1", "a2", "b3", "b4"]
    by_id = {stop.page.id: stop for stop in found}
    assert by_id["a2"].on == by_id["b3"].anchor == "page-3"
    assert by_id["a3"].anchor == "page-3-2"


def test_a_book_without_ids_follows_the_chosen_pages() -> None:
    found = stops(make_book(), make_tree())
    assert [stop.page.id for stop in found if not stop.aside] == ["a1", "a2", "a3"]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([("a", None), ("a", None)], "comes twice"),
        ([("", None)], "is empty"),
        ([("a", "b"), ("b", None)], "does not come before"),
    ],
)
def test_a_tree_that_is_none_is_refused(ids: list[tuple[str, str | None]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BookTree(tuple(TreePage(up, True, page(1, "Words.", id=name)) for name, up in ids))


@given(st.lists(st.integers(0, 30), max_size=30), st.data())
def test_each_page_of_any_tree_stands_once_and_behind_its_parent(
    shape: list[int], data: st.DataObject
) -> None:
    pages: list[TreePage] = []
    for place, pick in enumerate(shape):
        up = pages[pick % place] if place and pick % 3 else None
        number = up.page.number + 1 if up else 1
        told = page(number, f"{place}", id=f"p{place}", image=b"")
        pages.append(TreePage(up.id if up else None, data.draw(st.booleans()), told))
    found = stops(make_book(pages=()), BookTree(tuple(pages)))
    assert sorted(stop.page.id for stop in found) == sorted(page.id for page in pages)
    places = {stop.anchor: place for place, stop in enumerate(found)}
    assert len(places) == len(found)
    for place, stop in enumerate(found):
        assert stop.up == "cover" or places[stop.up] < place
        assert stop.on == END or places[stop.on] > place
