from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.library import accounts, budgets, jobs, loves, messages, pages, people, pictures, reports
from bot.library.check import INVARIANTS, check_database
from bot.library.database import Connection, Database
from bot.library.ids import new_id, now_ms
from bot.library.migrations import migrate
from bot.library.records import JobRecord, MessageRecord, PageRecord, ReportRecord
from tests.bot.library.rows import add_job, add_page, add_picture, add_story, pictures_of


async def fill(connection: Connection) -> None:
    """Put in a story with jobs of each kind, and a second one."""
    story = await add_story(connection)
    told = await add_job(connection, story, count=2)
    first = await add_page(connection, told)
    second = await add_page(connection, told, parent=first)
    for page in (first, second):
        await add_picture(connection, page)
    await finish(connection, told)
    edited = await add_job(connection, story, base=first)
    page = PageRecord(
        new_id(), story.id, first.id, edited.id, 2, 1, "Mine.", "", 7, now_ms(), "edited"
    )
    await connection.execute("UPDATE jobs SET kind = 'edit' WHERE id = ?", (edited.id,))
    await pages.insert(connection, page)
    await add_picture(connection, page)
    await finish(connection, edited)
    redraw = await add_job(connection, story, base=first)
    await connection.execute(
        "UPDATE jobs SET kind = 'redraw', target_page_id = ? WHERE id = ?", (second.id, redraw.id)
    )
    (painted,) = await pictures_of(connection, second.id)
    await pictures.insert(connection, type(painted)(**{**vars(painted), "job_id": redraw.id}))
    await finish(connection, redraw)
    await loves.love(connection, story.id, "discord:1")
    await budgets.charge(connection, "console", "2026-11-21", 5000)
    other = await add_story(connection)
    elsewhere = await add_page(connection, await add_job(connection, other))
    report = ReportRecord(new_id(), "console", other.id, elsewhere.id, "discord:1", "", 1)
    await reports.insert(connection, report)
    message = MessageRecord("discord", "1", "2", other.id, elsewhere.id, elsewhere.job_id, 1)
    await messages.put(connection, message)
    await people.know_person(connection, "telegram:1")
    await accounts.link(connection, "discord:1", "telegram:1", now=1)


async def finish(connection: Connection, job: JobRecord) -> None:
    await connection.execute(
        "UPDATE jobs SET charged_ms = 1000, charged_day = '2026-11-21' WHERE id = ?", (job.id,)
    )
    await connection.execute(
        "UPDATE jobs SET state = 'done', finished_at = 1 WHERE id = ?", (job.id,)
    )
    assert await jobs.get(connection, job.id) is not None


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    database = await Database.open(tmp_path / "library.db")
    async with database.write() as connection:
        await fill(connection)
    await database.close()
    assert check_database(database.path) == ()
    return database.path


OTHER = "(SELECT id FROM stories ORDER BY serial DESC LIMIT 1)"
BREAKS = {
    "a page's number is one above its parent's": "UPDATE pages SET number = 9 WHERE number = 2",
    "of siblings exactly one is chosen": "UPDATE pages SET chosen = 0",
    "a job's pages lie in its story, within its numbers": (
        "UPDATE jobs SET last_page = 1 WHERE kind = 'tell'"
    ),
    "a job goes on from the page before its first": "UPDATE jobs SET base_page_id = NULL",
    "a job is at home where its story is": (
        "INSERT INTO communities VALUES ('x', '', 1, 0); UPDATE stories SET community_id = 'x'"
    ),
    "a job that is done has all its pages": (
        "UPDATE jobs SET last_page = 3 WHERE kind = 'tell' AND state = 'done'"
    ),
    "a job that is done has painted its pages": "DELETE FROM pictures",
    "a retry, an edit and a redraw are about one page": (
        "UPDATE jobs SET last_page = 3 WHERE kind = 'edit'"
    ),
    "a redraw paints a page of its story and makes none": (
        "UPDATE jobs SET target_page_id = (SELECT id FROM pages WHERE number = 1)"
        " WHERE kind = 'redraw'"
    ),
    "a redraw that is done has painted its page": (
        "DELETE FROM pictures WHERE job_id = (SELECT id FROM jobs WHERE kind = 'redraw')"
    ),
    "an edit makes an edited page, and nothing else does": (
        "UPDATE pages SET origin = 'told' WHERE origin = 'edited'"
    ),
    "a picture was painted by a job of its page's story": (
        "UPDATE pictures SET job_id = (SELECT id FROM jobs ORDER BY serial DESC LIMIT 1)"
        " WHERE serial = 1"
    ),
    "every picture holds an image": "UPDATE pictures SET image = x''",
    "a story's loves are counted": "UPDATE stories SET loves = loves + 1",
    "what a job was charged is named with its day": "UPDATE jobs SET charged_day = ''",
    "a person's budget holds what their jobs were charged": "UPDATE budgets SET used_ms = 2999",
    "a message shows what belongs to its story": (
        "UPDATE messages SET page_id = (SELECT id FROM pages ORDER BY serial LIMIT 1)"
    ),
    "a report is about a page of its story, where that is told": (
        "UPDATE reports SET page_id = (SELECT id FROM pages ORDER BY serial LIMIT 1)"
    ),
    "a link of accounts is known from both sides": (
        "DELETE FROM account_links WHERE person_id = 'telegram:1'"
    ),
    "points to a missing row of people": "UPDATE stories SET person_id = 'nobody'",
    "the search index page_words does not match": (
        "DROP TRIGGER page_words_update; UPDATE pages SET text = 'other words'"
    ),
    "the search index story_words does not match": (
        "DROP TRIGGER story_words_update; UPDATE stories SET title = 'other words'"
    ),
}


def test_every_promise_is_tried() -> None:
    assert set(INVARIANTS) <= set(BREAKS)


@pytest.mark.parametrize("promise", BREAKS)
def test_a_broken_promise_is_found(path: Path, promise: str) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(BREAKS[promise])
    assert any(promise in fault for fault in check_database(path))


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no database"):
        check_database(tmp_path / "none.db")


def test_an_empty_library_is_sound(tmp_path: Path) -> None:
    migrate(tmp_path / "a.db")
    assert check_database(tmp_path / "a.db") == ()
