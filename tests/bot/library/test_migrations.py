from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import EXIT_CONFIG, ConfigError, UnavailableError
from bot.library import gallery, jobs, stories
from bot.library.check import check_database
from bot.library.database import Database
from bot.library.gallery import GalleryQuery
from bot.library.migrations import Migration, known_migrations, migrate

ADD_NOTE = Migration(len(known_migrations()) + 1, "9999_note.sql", "CREATE TABLE note (a INTEGER);")
BROKEN = Migration(ADD_NOTE.number, "9999_bad.sql", "CREATE TABLE note (a);\nCREATE TABL;")


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}


def test_a_new_database_is_made_private_and_complete(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "pagewright.db"
    assert migrate(path) == tuple(m.name for m in known_migrations())
    assert {"stories", "pages", "pictures", "jobs", "page_words"} <= tables(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert migrate(path) == ()
    assert check_database(path) == ()


def test_every_table_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("PRAGMA table_list").fetchall()
    loose = {row[1] for row in rows if row[2] == "table" and not row[5]}
    assert loose <= {"sqlite_schema", "sqlite_temp_schema"}


def test_a_migration_begins_with_its_reason() -> None:
    assert all(m.sql.startswith("-- ") and "Reason:" in m.sql for m in known_migrations())


def test_a_used_database_is_backed_up_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    assert migrate(path, migrations=[*known_migrations(), ADD_NOTE]) == ("9999_note.sql",)
    (backup,) = tmp_path.glob(f"a.db.before-{ADD_NOTE.number:04}-*")
    assert "note" in tables(path)
    assert "note" not in tables(backup)
    assert check_database(backup) == ()


def test_a_failing_migration_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    with pytest.raises(Exception, match="syntax error"):
        migrate(path, migrations=[*known_migrations(), BROKEN])
    assert "note" not in tables(path)
    assert check_database(path) == ()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path, migrations=[*known_migrations(), ADD_NOTE])
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="made by a newer Pagewright") as caught:
        migrate(path)
    assert caught.value.exit_code == EXIT_CONFIG
    assert "\n" not in caught.value.message
    assert path.read_bytes() == before


def test_a_changed_migration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    first, *rest = known_migrations()
    changed = Migration(first.number, first.name, first.sql + "-- changed")
    with pytest.raises(ConfigError, match="not the file"):
        migrate(path, migrations=[changed, *rest])


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE contacts (name TEXT)")
    with pytest.raises(ConfigError, match="another program's database"):
        migrate(path)
    assert tables(path) == {"contacts"}


@pytest.mark.parametrize("content", [b"not a database, just words " * 100, b"\x00" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not a sound SQLite database"):
        migrate(path)
    assert path.read_bytes() == content


def test_a_locked_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="Another process keeps"):
            migrate(path, busy_timeout_s=0.05, migrations=[*known_migrations(), ADD_NOTE])


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made or written"):
        migrate(tmp_path / "file" / "a.db")


@pytest.mark.parametrize("already", [0, 1])
def test_several_processes_may_start_at_once(tmp_path: Path, already: int) -> None:
    for turn in range(10):
        path = tmp_path / f"{turn}.db"
        if already:
            migrate(path, migrations=known_migrations()[:already])
        with ThreadPoolExecutor(8) as pool:
            applied = list(pool.map(migrate, [path] * 8))
        assert sorted(map(len, applied)) == [*[0] * 7, len(known_migrations()) - already]
        assert check_database(path) == ()
        assert len(list(tmp_path.glob(f"{turn}.db.before-*"))) == already


async def test_what_was_told_before_sharing_came_stays_whole_and_findable(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path, migrations=known_migrations()[:1])
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            """
            INSERT INTO communities VALUES ('console', '', 1);
            INSERT INTO people VALUES ('console', '', 1);
            INSERT INTO stories (id, community_id, person_id, title, idea, seed, created_at,
                updated_at) VALUES ('s1', 'console', 'console', 'The Owl', 'an owl', 7, 1, 1);
            INSERT INTO jobs (id, story_id, person_id, community_id, kind, state, dedup_key,
                first_page, last_page, seed, next_run_at, created_at, finished_at)
                VALUES ('j1', 's1', 'console', 'console', 'tell', 'done', 'k', 1, 2, 7, 1, 1, 2);
            INSERT INTO pages (id, story_id, job_id, number, text, seed, created_at)
                VALUES ('p1', 's1', 'j1', 1, 'Moonlight.', 7, 1);
            INSERT INTO pages (id, story_id, parent_id, job_id, number, text, seed, created_at)
                VALUES ('p2', 's1', 'p1', 'j1', 2, 'Dawn.', 7, 1);
            INSERT INTO pictures (page_id, job_id, image, latents, latents_height, latents_width,
                seed, steps, clip_score, seconds, created_at)
                SELECT id, 'j1', x'00', x'0000', 1, 1, 7, 20, 0.3, 1.0, 1 FROM pages;
            """
        )
    assert migrate(path) == tuple(m.name for m in known_migrations()[1:])
    assert check_database(path) == ()
    database = await Database.open(path)
    async with database.read() as connection:
        job = await jobs.by_dedup_key(connection, "k")
        assert job is not None
        assert (job.id, job.state, job.target_page_id, job.charged_ms) == ("j1", "done", None, 0)
        for words in ("owl", "moon", "dawn"):
            rows = await gallery.find(connection, GalleryQuery("console", words=words))
            assert [(item.story_id, item.pages) for item in rows.items] == [("s1", 2)]
    async with database.write() as connection:
        assert await stories.purge_one(connection, "s1")
    await database.close()
    assert check_database(path) == ()
