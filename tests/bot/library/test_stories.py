from __future__ import annotations

from bot.library import facts, loves, messages, reports, stories
from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.ids import new_id, now_ms
from bot.library.records import MessageRecord, ReportRecord, StoryRecord
from tests.bot.library.rows import add_job, add_page, add_picture, add_story, pictures_of


async def tell_with_all(connection: Connection, title: str = "a fox") -> StoryRecord:
    """Tell a story with a row in every table that can hang on it."""
    story = await add_story(connection, title)
    job = await add_job(connection, story, count=2)
    first = await add_page(connection, job)
    painted = await add_picture(connection, first)
    await add_page(connection, job, parent=first)
    other = await add_job(connection, story, base=first)
    await add_page(connection, other, parent=first)
    await loves.love(connection, story.id, "discord:1")
    await facts.add(connection, story.id, "discord:1", "It is red.")
    report = ReportRecord(new_id(), "console", story.id, first.id, "discord:2", "", now_ms())
    await reports.insert(connection, report)
    await messages.put(
        connection, MessageRecord("discord", "1", story.id, story.id, first.id, job.id, 1)
    )
    assert painted in await pictures_of(connection, first.id)
    return story


async def test_titles_modes_and_listing_are_set(connection: Connection) -> None:
    story = await add_story(connection)
    await stories.set_title(connection, story.id, "The Owl")
    await stories.set_mode(connection, story.id, "open")
    await stories.set_listed(connection, story.id, listed=False)
    found = await stories.get(connection, story.id)
    assert found is not None
    assert (found.title, found.mode, found.listed) == ("The Owl", "open", 0)
    assert [s.id for s in await stories.with_words(connection, "console", "owl", 5)] == [story.id]


async def test_a_deleted_story_can_be_brought_back(connection: Connection) -> None:
    story = await tell_with_all(connection)
    assert await stories.delete(connection, story.id)
    assert not await stories.delete(connection, story.id)
    assert await stories.get(connection, story.id) is None
    deleted = await stories.get_deleted(connection, story.id)
    assert deleted is not None
    assert await stories.newest(connection, "console", 5) == []
    assert await stories.with_words(connection, "console", "fox", 5) == []
    assert await stories.restore(connection, story.id)
    assert not await stories.restore(connection, story.id)
    assert await stories.get(connection, story.id) == deleted


async def test_a_purge_takes_old_deleted_stories_whole_and_in_batches(
    connection: Connection,
) -> None:
    told = [await tell_with_all(connection, f"fox {n}") for n in range(6)]
    for moment, story in enumerate(told[:5], start=1):
        await connection.execute(
            "UPDATE stories SET deleted_at = ? WHERE id = ?", (moment, story.id)
        )
    assert await stories.purge(connection, deleted_before=5, limit=3) == 3
    assert await stories.purge(connection, deleted_before=5, limit=3) == 1
    assert await stories.purge(connection, deleted_before=5, limit=3) == 0
    left = [row[0] for row in await fetch_all(connection, "SELECT id FROM stories ORDER BY serial")]
    assert left == [told[4].id, told[5].id]
    hanging = {"jobs": 4, "pages": 6, "pictures": 2}
    hanging |= dict.fromkeys(("loves", "facts", "reports", "messages"), 2)
    for table, count in hanging.items():
        row = await fetch_one(connection, f"SELECT count(*) FROM {table}")  # noqa: S608
        assert row is not None
        assert row[0] == count, table


async def test_one_story_can_be_purged_at_once(connection: Connection) -> None:
    story = await tell_with_all(connection)
    kept = await tell_with_all(connection, "an owl")
    assert await stories.purge_one(connection, story.id)
    assert not await stories.purge_one(connection, story.id)
    assert await stories.with_words(connection, "console", "once", 5) != []
    assert [s.id for s in await stories.newest(connection, "console", 5)] == [kept.id]


async def test_nothing_that_is_removed_is_looked_for_by_reading_whole_tables(
    connection: Connection,
) -> None:
    """Removing a row asks every table that may point to it: each needs an index for that."""
    tables = await fetch_all(connection, "SELECT name FROM pragma_table_list WHERE type = 'table'")
    for (table,) in tables:
        keys = await fetch_all(connection, f"PRAGMA foreign_key_list({table})")
        for column in {row["from"] for row in keys if row["seq"] == 0} - {"community_id"}:
            plan = await fetch_all(
                connection,
                f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = ?",  # noqa: S608
                ("x",),
            )
            assert all("SCAN" not in row["detail"] for row in plan), (table, column)
