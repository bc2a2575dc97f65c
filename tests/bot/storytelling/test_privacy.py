"""People's own data is shown, handed over and forgotten whole; what others built on stays."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import BadInputError
from bot.library import (
    accounts,
    audit,
    budgets,
    facts,
    jobs,
    loves,
    messages,
    pages,
    people,
    pictures,
    reports,
    stories,
)
from bot.library import privacy as store
from bot.library.database import Connection, fetch_all
from bot.library.ids import new_id, now_ms
from bot.library.library import Library
from bot.library.records import (
    MessageRecord,
    PageRecord,
    ReportRecord,
    StoryRecord,
)
from bot.storytelling.marks import Marks
from bot.storytelling.privacy import Privacy
from tests.bot.library.rows import job_record, page_record, picture_record, story_record

# Ann's other account; it is hers, so that her export may name it.
ANN_ELSEWHERE = "discord:99"
ANN, BOB = "tg:4242", "tg:5353"
SERVER, DIRECT = "discord:1", "tg:4242"
# Stands in everything that only Ann has said, so that it can be looked for anywhere.
MARK = "zyxmarked"


async def add_story(connection: Connection, person: str, idea: str, **more: object) -> StoryRecord:
    usual = {"community_id": SERVER, "person_id": person, "title": idea, "idea": idea}
    story = story_record(**{**usual, "mode": "open", **more})
    await stories.insert(connection, story)
    return story


async def add_job(
    connection: Connection, story: StoryRecord, person: str, base: PageRecord | None = None,
    *, count: int = 1, kind: str = "", target: PageRecord | None = None, text: str = "Once.",
    done: bool = True,
) -> list[PageRecord]:  # fmt: skip
    """Add a job that is done with its painted pages; or one that is at work and made nothing."""
    before = base.number if base else 0
    job = job_record(
        story, base, person_id=person, dedup_key=f"{person}:{new_id()}", last_page=before + count,
        direction=f"{text} as told", target_page_id=target.id if target else None,
    )  # fmt: skip
    job = replace(job, kind=kind or job.kind)
    await jobs.insert(connection, job)
    await jobs.claim(connection, job.id, owner="here", lease_ms=60_000)
    if not done:
        return []
    made: list[PageRecord] = []
    for number in range(job.first_page, job.last_page + 1) if target is None else ():
        parent = made[-1] if made else base
        origin = "edited" if kind == "edit" else "told"
        page = page_record(job, parent, text=f"{text} {number}", origin=origin)
        await pages.insert(connection, page)
        made.append(page)
    for page in [target] if target else made:
        await add_picture(connection, page, job.id)
    await jobs.finish(connection, job.id, "done", actual_ms=1500)
    return made


async def add_picture(connection: Connection, page: PageRecord, job_id: str) -> None:
    picture = picture_record(page, job_id=job_id, image=b"\x89PNG" + page.id.encode())
    await pictures.insert(connection, picture)


async def add_report(
    connection: Connection, story: StoryRecord, person: str, reason: str, page: str | None = None
) -> ReportRecord:
    report = ReportRecord(new_id(), story.community_id, story.id, page, person, reason, now_ms())
    return await reports.insert(connection, report)


class Town:
    """Ann's stories and Bob's, and how they are entangled."""

    alone: StoryRecord
    shared: StoryRecord
    bobs: StoryRecord
    letters: StoryRecord
    shared_pages: list[PageRecord]
    bobs_page: PageRecord


@pytest.fixture
async def town(library: Library) -> Town:
    town = Town()
    async with library.database.write() as connection:
        for person, name in ((ANN, f"Ann {MARK}"), (BOB, "Bob")):
            await people.know_person(connection, person, name=name)
        await people.know_community(connection, DIRECT, direct=True)
        town.alone = await add_story(connection, ANN, f"alone {MARK}")
        own = await add_job(connection, town.alone, ANN, count=2, text=MARK)
        await add_job(connection, town.alone, ANN, own[0], kind="redraw", target=own[1])
        await add_job(connection, town.alone, ANN, own[1], done=False)
        town.shared = await add_story(connection, ANN, "shared", picture=b"\xff\xd8jpeg")
        town.shared_pages = await add_job(connection, town.shared, ANN, count=3, text="Both")
        second = town.shared_pages[1]
        (town.bobs_page,) = await add_job(connection, town.shared, BOB, second, text="Bob's")
        (last,) = await add_job(connection, town.shared, ANN, second, kind="retry", text=MARK)
        await add_job(connection, town.shared, BOB, second, kind="redraw", target=last)
        town.bobs = await add_story(connection, BOB, "Bob's own")
        first = await add_job(connection, town.bobs, BOB, text="Bob")
        await add_job(connection, town.bobs, ANN, first[0], text="Ann's part")
        town.letters = await add_story(connection, ANN, MARK, community_id=DIRECT)
        await add_job(connection, town.letters, ANN, text=MARK)
        await connection.execute(
            "INSERT INTO settings VALUES (?, 'style', ?, 1)", (DIRECT, json.dumps(MARK))
        )
        for person in (ANN, BOB):
            for story in (town.alone, town.bobs):
                await loves.love(connection, story.id, person)
                await facts.add(connection, story.id, person, f"fact of {person}")
            await budgets.charge(connection, person, "2026-11-20", 7)
            await audit.note(connection, "refused_wish", community=SERVER, person=person)
        await people.know_person(connection, ANN_ELSEWHERE, name="Ann, elsewhere")
        await accounts.link(connection, ANN, ANN_ELSEWHERE, now=now_ms())
        await accounts.put_code(connection, ANN, "hash", now=now_ms(), expires_at=now_ms() + 9999)
        await accounts.note_guess(connection, ANN, now=now_ms(), window=9999)
        await audit.note(connection, "warned", community=SERVER, person=BOB, subject=ANN)
        await add_report(connection, town.bobs, ANN, f"open {MARK}")
        handled = await add_report(connection, town.bobs, ANN, MARK, first[0].id)
        await reports.handle(connection, handled.id, by=BOB, outcome="kept")
        other = await add_report(connection, town.shared, BOB, "Bob's reason")
        await reports.handle(connection, other.id, by=ANN, outcome="kept")
        for number, story in enumerate((town.alone, town.shared, town.bobs)):
            (made,) = (await pages.of_story(connection, story.id))[-1:]
            await messages.put(
                connection,
                MessageRecord(
                    "telegram", "77", str(number), story.id, made.id, made.job_id, now_ms()
                ),
            )
    return town


def person_columns(path: Path) -> Iterator[tuple[str, str]]:
    """Give every column that points to a person, by foreign key or by its name."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            keys = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
            pointing = {key[3] for key in keys if key[2] == "people"}
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            for column in (row[1] for row in columns):
                named = any(word in column for word in ("person", "people", "user", "author"))
                if column in pointing or named or (table, column) == ("people", "id"):
                    yield table, column


def cells(path: Path) -> Iterator[tuple[str, str, str]]:
    """Give every cell of a database as text, with its table and column."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608
                yield from ((table, key, str(row[key])) for key in row.keys())  # noqa: SIM118


def zips_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix == ".zip")


async def test_every_column_that_names_a_person_is_covered(library: Library, town: Town) -> None:
    columns = set(person_columns(library.database.path))
    assert columns == set(store.RECORDS), "tell bot/library/privacy.py about the new columns"
    with closing(sqlite3.connect(library.database.path)) as connection:
        for table, column in columns:
            sql = f"SELECT count(*) FROM {table} WHERE {column} = ?"  # noqa: S608
            (count,) = connection.execute(sql, (ANN,)).fetchone()
            assert count, f"the town above needs a row of {table} with Ann as its {column}"
    async with library.database.read() as connection:
        held = await store.holding(connection, ANN)
    assert all(held.records.values())


async def test_show_counts_what_is_held(library: Library, town: Town) -> None:
    held = await Privacy(library).show(ANN)
    assert held.name == f"Ann {MARK}"
    assert {story.id for story in held.stories} == {town.alone.id, town.shared.id, town.letters.id}
    assert all(held.counts.values())
    assert held.counts["loves"] == 2
    assert held.counts["pages"] == 2 + 3 + 1 + 1 + 1
    nobody = await Privacy(library).show("tg:nobody")
    assert not any(nobody.counts.values())


async def test_export_holds_every_row_and_picture(
    library: Library, town: Town, tmp_path: Path
) -> None:
    out = await Privacy(library).export(ANN, tmp_path / "ann.zip")
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        person = json.loads(archive.read("person.json"))
        elsewhere = json.loads(archive.read("elsewhere.json"))
        own = json.loads(archive.read(f"stories/{town.alone.id}/story.json"))
        start = archive.read(f"stories/{town.shared.id}/start.jpg")
        pngs = [archive.read(name) for name in names if name.endswith(".png")]
    assert person["id"] == ANN
    for (table, column), _ in store.RECORDS.items():
        assert (table, column) == ("stories", "person_id") or person[f"{table}.{column}"]
    assert person["messages"]
    assert person["settings"] == [
        {"community_id": DIRECT, "key": "style", "value": json.dumps(MARK)}
    ]
    assert [page["text"] for page in elsewhere] == ["Ann's part 2"]
    assert [page["text"] for page in own["pages"]] == [f"{MARK} 1", f"{MARK} 2"]
    assert start == b"\xff\xd8jpeg"
    # Three stories of hers with all that was painted in them, and her page in Bob's.
    assert len(pngs) == (2 + 1) + (3 + 1 + 1 + 1) + 1 + 1
    assert all(png.startswith(b"\x89PNG") for png in pngs)
    assert BOB not in (json.dumps([person, elsewhere, own]))


async def test_export_never_overwrites_and_leaves_nothing_half_written(
    library: Library, town: Town, tmp_path: Path
) -> None:
    desk = Privacy(library)
    (tmp_path / "there.zip").write_bytes(b"mine")
    with pytest.raises(BadInputError, match="exists already"):
        await desk.export(ANN, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_bytes() == b"mine"
    with pytest.raises(BadInputError, match="cannot be written"):
        await desk.export(ANN, tmp_path / "no" / "such.zip")
    await desk.export("tg:nobody", tmp_path / "nobody.zip")
    assert zips_in(tmp_path) == ["nobody.zip", "there.zip"]


async def test_delete_leaves_no_trace_of_a_person(library: Library, town: Town) -> None:
    stopped: list[str] = []

    async def stop(job_id: str) -> None:
        stopped.append(job_id)

    gone = await Privacy(library, stop_job=stop).delete(ANN)
    assert (gone.known, gone.stories, gone.kept) == (True, 2, 1)
    assert len(stopped) == 1
    for table, column, value in cells(library.database.path):
        assert ANN not in value, (table, column)
        assert MARK not in value, (table, column)


async def test_delete_keeps_what_others_built_on_without_the_name(
    library: Library, town: Town
) -> None:
    await Privacy(library).delete(ANN)
    async with library.database.read() as connection:
        shared = await stories.get(connection, town.shared.id)
        branch = await pages.chosen_branch(connection, town.shared.id)
        tree = await pages.of_story(connection, town.shared.id)
        bobs = await pages.of_story(connection, town.bobs.id)
        known = await facts.of_story(connection, town.bobs.id)
        painted = await pictures.newest_of(connection, [page.id for page in tree])
        open_reports = await reports.open_of(connection, SERVER)
        trail = await fetch_all(connection, "SELECT action, person_id FROM audit ORDER BY serial")
        directs = await fetch_all(connection, "SELECT 1 FROM communities WHERE direct = 1")
    assert shared is not None
    assert (shared.person_id, shared.picture) == (store.GONE, None)
    assert [page.text for page in branch] == ["Both 1", "Both 2", "Bob's 3"]
    assert len(tree) == len(painted) == 3
    assert [page.text for page in bobs] == ["Bob 1", "Ann's part 2"]
    assert [fact.person_id for fact in known] == [BOB]
    assert [(report.person_id, report.reason) for report in open_reports] == [(None, "")]
    assert [tuple(row) for row in trail] == [
        ("refused_wish", None), ("refused_wish", BOB), ("warned", BOB), ("forgot_person", None),
    ]  # fmt: skip
    assert not directs


async def test_a_private_chat_that_goes_by_its_persons_number_leaves_no_trace(
    library: Library,
) -> None:
    """What others told may have been shown there, and its messages noted."""
    person, marks = "telegram:98765", Marks(library)
    async with library.database.write() as connection:
        await people.know_person(connection, person)
        story = await add_story(connection, BOB, "Bob's")
        (page,) = await add_job(connection, story, BOB)
        for channel in ("98765", "987651"):
            record = MessageRecord("telegram", channel, "7", story.id, page.id, None, now_ms())
            await messages.put(connection, record)
    await marks.put("telegram:rest:98765:12", "13")
    await marks.put("telegram:rest:987651:12", "13")
    await Privacy(library).delete(person)
    kept = [value for _, _, value in cells(library.database.path) if "98765" in value]
    assert kept == ["987651", "telegram:rest:987651:12"]


async def test_deleting_again_or_somebody_unknown_changes_nothing(
    library: Library, town: Town
) -> None:
    desk = Privacy(library)
    await desk.delete(ANN)
    before = list(cells(library.database.path))
    for person in (ANN, "tg:nobody", store.GONE, ""):
        assert not (await desk.delete(person)).known
    assert list(cells(library.database.path)) == before


async def test_a_platform_that_lost_an_account_has_its_trail_removed_too(
    library: Library, town: Town
) -> None:
    await Privacy(library).delete(ANN, requester="platform_gone")
    async with library.database.read() as connection:
        trail = await fetch_all(connection, "SELECT action FROM audit ORDER BY serial")
    assert [row[0] for row in trail] == ["refused_wish", "warned", "forgot_person"]


async def test_a_story_that_somebody_is_going_on_with_stays(library: Library, town: Town) -> None:
    async with library.database.write() as connection:
        story = await add_story(connection, ANN, "in hand")
        (first, _) = await add_job(connection, story, ANN, count=2, text="Hand")
        await add_job(connection, story, BOB, first, done=False)
    gone = await Privacy(library).delete(ANN)
    assert gone.kept == 2
    async with library.database.read() as connection:
        tree = await pages.of_story(connection, story.id)
        unfinished = await jobs.of_person(connection, BOB)
    assert [page.id for page in tree] == [first.id]
    assert [job.base_page_id for job in unfinished] == [first.id]


async def test_the_console_keeps_its_place_and_its_trail(library: Library, town: Town) -> None:
    """There the person and the place have one name."""
    desk = Privacy(library)
    async with library.database.write() as connection:
        story = await add_story(connection, "console", "at home", community_id="console")
        await add_job(connection, story, "console")
        await connection.execute("INSERT INTO settings VALUES ('console', 'pages', '3', 1)")
    await desk.delete(ANN)
    assert (await desk.delete("console", requester="owner")).stories == 1
    async with library.database.read() as connection:
        trail = await audit.newest(connection, "console")
        kept = await fetch_all(connection, "SELECT 1 FROM settings WHERE community_id = 'console'")
    assert [(row.action, row.subject) for row in trail] == [
        ("forgot_person", "owner"), ("forgot_person", "user"),
    ]  # fmt: skip
    assert kept


async def test_everybody_may_leave(library: Library, town: Town) -> None:
    desk = Privacy(library)
    await desk.delete(BOB)
    await desk.delete(ANN)
    async with library.database.read() as connection:
        left = await fetch_all(connection, "SELECT id FROM people")
    assert [row[0] for row in left] == [ANN_ELSEWHERE, store.GONE]


async def test_the_file_itself_holds_none_of_it_any_more(library: Library, town: Town) -> None:
    await Privacy(library).delete(ANN)
    async with library.database.read() as connection:
        await connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = library.database.path.read_bytes()
    assert MARK.encode() not in data
