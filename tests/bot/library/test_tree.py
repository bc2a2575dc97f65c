from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.library import pages
from bot.library.check import check_database
from bot.library.database import Connection, Database
from bot.library.records import PageRecord, StoryRecord
from tests.bot.library.rows import add_job, add_page, add_story, new_library

# Each step grows a page under some page (or a new first one), or chooses some page.
STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 99)), max_size=12)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_any_growth_keeps_a_tree_with_one_chosen_sibling_each(
    steps: list[tuple[bool, int]],
) -> None:
    asyncio.run(_grow(steps))


async def _grow(steps: list[tuple[bool, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        path.write_bytes(new_library())
        database = await Database.open(path)
        async with database.write() as connection:
            story = await add_story(connection)
            grown: list[PageRecord] = []
            for grow, pick in steps:
                if grow or not grown:
                    parent = (None, *grown)[pick % (len(grown) + 1)]
                    job = await add_job(connection, story, base=parent)
                    grown.append(await add_page(connection, job, parent=parent))
                else:
                    await pages.choose(connection, grown[pick % len(grown)])
            await _check(connection, story, grown)
        await database.close()
        assert check_database(path) == ()


async def _check(connection: Connection, story: StoryRecord, grown: list[PageRecord]) -> None:
    tree = await pages.of_story(connection, story.id)
    assert sorted(page.id for page in tree) == sorted(page.id for page in grown)
    places = {page.id: place for place, page in enumerate(tree)}
    for page in tree:
        assert page.parent_id is None or places[page.parent_id] < places[page.id]
        await _check_family(connection, page, tree)
    for page in grown:
        branch = await pages.branch(connection, page.id)
        assert [p.number for p in branch] == list(range(1, page.number + 1))
        assert [p.parent_id for p in branch[1:]] == [p.id for p in branch[:-1]]
        assert branch[-1].id == page.id
    chosen = await pages.chosen_branch(connection, story.id)
    assert bool(chosen) == bool(grown)
    assert all(page.chosen for page in chosen)
    if chosen:
        assert not await pages.count_children(connection, story.id, chosen[-1].id)


async def _check_family(connection: Connection, page: PageRecord, tree: list[PageRecord]) -> None:
    siblings = await pages.siblings(connection, page)
    assert list(siblings.pages) == [p for p in tree if p.parent_id == page.parent_id]
    assert siblings.pages[siblings.position - 1] == page
    assert siblings.count == len(siblings.pages)
    assert (siblings.before is None) == (siblings.position == 1)
    assert (siblings.after is None) == (siblings.position == siblings.count)
    children = await pages.children(connection, page)
    assert children == [p for p in tree if p.parent_id == page.id]
    branches = {p.id: await pages.branch(connection, p.id) for p in tree}
    leaf = await pages.leaf_below(connection, page.id)
    assert leaf is not None
    assert page in branches[leaf.id]
    assert not await pages.children(connection, leaf)
    assert all(p.chosen for p in branches[leaf.id][page.number :])


async def test_a_page_knows_its_neighbours(connection: Connection) -> None:
    story = await add_story(connection)
    first, second, third = [
        await add_page(connection, await add_job(connection, story)) for _ in range(3)
    ]
    first, second, third = await pages.of_story(connection, story.id)
    middle = await pages.siblings(connection, second)
    assert (middle.position, middle.count) == (2, 3)
    assert (middle.before, middle.after) == (first, third)
    assert [page.chosen for page in middle.pages] == [0, 0, 1]
    assert await pages.leaf_below(connection, first.id) == first
    assert await pages.leaf_below(connection, "nothing") is None
