from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library import budgets, jobs, turns
from bot.library.database import Connection, Database, fetch_all
from bot.library.ids import new_id
from bot.library.records import JobRecord
from tests.bot.library.rows import add_job, add_story

LEASE_MS = 60_000
NOW = 1_700_000_000_000
# Later than any moment at which the tests run.
FAR = 4_000_000_000_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "library.db")
    yield database
    await database.close()


async def add(
    connection: Connection, person: str, community: str = "c", **more: object
) -> JobRecord:
    story = await add_story(connection, community=community)
    template = await add_job(connection, story)
    await connection.execute("DELETE FROM jobs WHERE id = ?", (template.id,))
    values = {"id": new_id(), "person_id": person, **more}
    job = replace(template, **values)  # type: ignore[arg-type]
    await jobs.insert(connection, job, now=NOW)
    return job


async def take(connection: Connection, now: int = NOW, **more: object) -> JobRecord | None:
    options = {"owner": "me", "lease_ms": LEASE_MS, **more}
    return await turns.claim_next(connection, now=now, **options)  # type: ignore[arg-type]


async def take_all(connection: Connection) -> list[JobRecord]:
    """Begin and end one job after the other, as a single worker does."""
    order = []
    while (job := await take(connection, NOW + 1 + len(order))) is not None:
        order.append(job)
        await jobs.finish(connection, job.id, "done")
    return order


async def test_communities_take_turns_and_people_within_them(database: Database) -> None:
    async with database.write() as connection:
        names = {}
        for name, person, community in [
            ("a1", "ann", "big"), ("a2", "ann", "big"), ("a3", "ann", "big"),
            ("b1", "bob", "big"), ("c1", "cyd", "small"), ("c2", "cyd", "small"),
        ]:  # fmt: skip
            names[(await add(connection, person, community)).id] = name
        promised = [names[turn.id] for turn in await turns.in_order(connection, now=NOW)]
        taken = [names[job.id] for job in await take_all(connection)]
    assert taken == ["a1", "c1", "b1", "c2", "a2", "a3"]
    assert promised == taken


async def test_a_community_served_lately_waits_for_the_others(database: Database) -> None:
    async with database.write() as connection:
        first = await add(connection, "ann", "busy")
        assert await take(connection) is not None
        await jobs.finish(connection, first.id, "done")
        later = await add(connection, "ann", "busy")
        other = await add(connection, "bob", "quiet")
        order = [job.id for job in await take_all(connection)]
    assert order == [other.id, later.id]


async def test_a_person_with_a_job_at_work_waits_and_holds_up_nobody(database: Database) -> None:
    async with database.write() as connection:
        for _ in range(2):
            await add(connection, "ann")
        late = await add(connection, "bob")
        assert (await take(connection) or late).person_id == "ann"
        assert (await take(connection)) == await jobs.get(connection, late.id)
        assert await take(connection) is None
        second = await take(connection, running_per_person=2)
    assert second is not None
    assert second.person_id == "ann"


async def test_what_a_dead_process_left_comes_first_without_a_new_attempt(
    database: Database,
) -> None:
    async with database.write() as connection:
        left = await add(connection, "ann")
        await take(connection, owner="dead")
        await add(connection, "bob")
        assert await take(connection, owner="me", dead=["other"]) is not None
        again = await take(connection, owner="me", dead=["dead"])
        assert again is not None
        assert (again.id, again.attempt, again.lease_owner) == (left.id, 1, "me")
        expired = await take(connection, NOW + LEASE_MS + 1, owner="third")
    assert expired is not None
    assert expired.id == left.id


async def test_a_job_put_back_waits_for_its_moment_then_comes_first(database: Database) -> None:
    async with database.write() as connection:
        job = await add(connection, "ann")
        await take(connection)
        assert await jobs.put_back(connection, job.id, owner="me", delay_ms=5_000, counted=True)
        row = await fetch_all(connection, "SELECT next_run_at FROM jobs WHERE id = ?", (job.id,))
        moment = int(row[0][0])
        await add(connection, "bob")
        fresh = await take(connection, moment - 1)
        assert fresh is not None
        assert fresh.person_id == "bob"
        assert await take(connection, moment - 1) is None
        await add(connection, "cyd")
        again = await take(connection, moment)
    assert again is not None
    assert (again.id, again.attempt) == (job.id, 2)


async def test_a_released_job_counts_no_attempt(database: Database) -> None:
    async with database.write() as connection:
        job = await add(connection, "ann")
        for _ in range(5):
            begun = await take(connection, FAR)
            assert begun is not None
            assert begun.attempt == 1
            assert await jobs.put_back(connection, job.id, owner="me", counted=False)
        assert not await jobs.put_back(connection, job.id, owner="me", counted=False)


async def test_a_finished_page_lets_attempts_count_anew(database: Database) -> None:
    async with database.write() as connection:
        job = await add(connection, "ann")
        for attempt in (1, 2):
            begun = await take(connection, FAR)
            assert begun is not None
            assert begun.attempt == attempt
            await jobs.put_back(connection, job.id, owner="me", counted=True)
        await take(connection, FAR)
        renewed = {"owner": "me", "lease_ms": LEASE_MS}
        assert await jobs.renew(connection, job.id, progress=True, **renewed)  # type: ignore[arg-type]
        found = await jobs.get(connection, job.id)
    assert found is not None
    assert found.attempt == 1


async def test_only_the_communities_that_are_served_are_taken(database: Database) -> None:
    async with database.write() as connection:
        await add(connection, "ann", "tg:1")
        mine = await add(connection, "bob", "discord:1")
        taken = await take(connection, communities="discord:*")
        assert taken is not None
        assert taken.id == mine.id
        assert await take(connection, communities="discord:*") is None


async def test_what_a_process_has_in_its_hands_is_not_claimed_again(database: Database) -> None:
    async with database.write() as connection:
        job = await add(connection, "ann")
        assert await take(connection, but=[job.id]) is None
        assert await take(connection)
        assert await take(connection, FAR, but=[job.id]) is None
        assert await take(connection, FAR)


async def test_positions_count_from_one_in_the_order_of_turns(database: Database) -> None:
    async with database.write() as connection:
        first = await add(connection, "ann")
        second = await add(connection, "ann")
        other = await add(connection, "bob")
        assert await turns.position(connection, first.id) == 1
        assert await turns.position(connection, other.id) == 2
        assert await turns.position(connection, second.id) == 3
        await take(connection)
        assert await turns.position(connection, first.id) is None
        assert await turns.position(connection, other.id) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("xyz")), max_size=14),
    st.integers(0, 4),
)
async def test_claims_follow_the_promised_order_and_are_fair(
    tmp_path_factory: pytest.TempPathFactory, wishes: list[tuple[str, str]], begun: int
) -> None:
    database = await Database.open(tmp_path_factory.mktemp("turns") / "library.db")
    try:
        async with database.write() as connection:
            for person, community in wishes:
                await add(connection, f"{person}{community}", community)
            for step in range(begun):
                await take(connection, NOW - 100 + step)
            promised = await turns.in_order(connection, now=NOW)
            following = await take(connection)
            able = await _persons_at_work(connection, but=following)
            eligible = [turn.id for turn in promised if able.get(turn.id, 0) < 1]
            assert ([following.id] if following else []) == eligible[:1]
            if following:
                await jobs.put_back(connection, following.id, owner="me", counted=False)
                await jobs.finish(connection, following.id, "cancelled")
            for job in await _at_work(connection):
                await jobs.finish(connection, job, "done")
            taken = await take_all(connection)
        _assert_round_robin([job.community_id for job in taken])
    finally:
        await database.close()


async def _at_work(connection: Connection) -> list[str]:
    rows = await fetch_all(connection, "SELECT id FROM jobs WHERE state = 'running'")
    return [row[0] for row in rows]


async def _persons_at_work(connection: Connection, *, but: JobRecord | None) -> dict[str, int]:
    """Return for each job how many others of its person are at work, ``but`` not counted."""
    rows = await fetch_all(
        connection,
        "SELECT j.id, (SELECT count(*) FROM jobs r WHERE r.state = 'running'"
        " AND r.person_id = j.person_id AND r.id <> ?) FROM jobs j",
        (but.id if but else "",),
    )
    return {row[0]: row[1] for row in rows}


def _assert_round_robin(order: list[str]) -> None:
    """A community comes again only when all others that still wait have had a turn since."""
    for place, community in enumerate(order):
        later = [p for p in range(place + 1, len(order)) if order[p] == community]
        if later:
            between, after = set(order[place + 1 : later[0]]), set(order[later[0] :])
            assert after - {community} <= between


async def test_many_claims_at_once_give_each_job_once(database: Database, tmp_path: Path) -> None:
    async with database.write() as connection:
        for number in range(12):
            await add(connection, f"person {number}", f"place {number % 3}")
    others = [await Database.open(tmp_path / "library.db") for _ in range(3)]

    async def work(database: Database, owner: str) -> list[str]:
        taken = []
        while True:
            async with database.write() as connection:
                job = await turns.claim_next(connection, owner=owner, lease_ms=LEASE_MS)
            if job is None:
                return taken
            taken.append(job.id)

    import asyncio

    found = await asyncio.gather(*(work(d, f"owner {n}") for n, d in enumerate(others)))
    for other in others:
        await other.close()
    taken = [job for jobs_ in found for job in jobs_]
    assert len(taken) == len(set(taken)) == 12


async def test_ten_thousand_waiting_jobs_are_ordered_by_the_indexes(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    await (await Database.open(path)).close()
    with sqlite3.connect(path) as connection:
        _fill(connection)
    database = await Database.open(path)
    async with database.write() as connection:
        started = time.process_time()
        assert await take(connection, int(time.time() * 1000)) is not None
        seconds = time.process_time() - started
        plan = await fetch_all(
            connection, f"EXPLAIN QUERY PLAN {turns._NEXT}",
            {"now": NOW, "most": 1, "communities": "*", "but": "[]"},
        )  # fmt: skip
    await database.close()
    steps = " | ".join(row["detail"] for row in plan)
    for index in ("jobs_waiting", "jobs_at_work", "jobs_served", "jobs_served_people"):
        assert f"INDEX {index} " in steps, steps
    assert "SCAN jobs |" not in steps
    # 0.06 s of a core; far more would hold up every other writer.
    assert seconds < 0.5


def _fill(connection: sqlite3.Connection) -> None:
    connection.executescript("""
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
        INSERT INTO people (id, created_at) SELECT 'p' || i, 0 FROM n;
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
        INSERT INTO communities (id, created_at) SELECT 'c' || i, 0 FROM n;
        INSERT INTO stories (id, community_id, person_id, title, idea, seed, created_at, updated_at)
        VALUES ('s', 'c0', 'p0', 't', 'i', 1, 0, 0);
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
        INSERT INTO jobs (id, story_id, person_id, community_id, kind, first_page, last_page, seed,
            next_run_at, created_at)
        SELECT 'j' || i, 's', 'p' || (i * 7 % 1000), 'c' || (i * 13 % 100), 'tell', 1, 4, 1, 0, i
        FROM n;
    """)


async def test_a_charge_is_given_back_once_however_often_a_job_ends(database: Database) -> None:
    day = budgets.day_of(NOW)

    async def used() -> int:
        async with database.read() as connection:
            return await budgets.used_ms(connection, "ann", day)

    async with database.write() as connection:
        job = await add(connection, "ann", charged_ms=4_000, charged_day=day)
        other = await add(connection, "ann", charged_ms=3_000, charged_day=day)
        await budgets.charge(connection, "ann", day, 7_000)
    for state in ("failed", "cancelled", "failed", "done"):
        async with database.write() as connection:
            await jobs.finish(connection, job.id, state)  # type: ignore[arg-type]
    assert await used() == 3_000
    async with database.write() as connection:
        assert await jobs.ask_again(connection, job.id, charged_ms=1_000, day=day)
        assert not await jobs.ask_again(connection, job.id, charged_ms=1_000, day=day)
    assert await used() == 4_000
    for seconds in (2_500, 9_999):
        async with database.write() as connection:
            await jobs.finish(connection, other.id, "done", actual_ms=seconds)
    assert await used() == 3_500
    async with database.read() as connection:
        rows = await fetch_all(connection, "SELECT sum(charged_ms) FROM jobs")
    assert rows[0][0] == 3_500


async def test_only_its_owner_ends_a_job_as_its_own(database: Database) -> None:
    async with database.write() as connection:
        job = await add(connection, "ann")
        await take(connection, owner="second")
        assert not await jobs.finish(connection, job.id, "failed", owner="first")
        assert await jobs.finish(connection, job.id, "failed", owner="second")


@pytest.mark.parametrize(
    ("moment", "day", "left"), [(0, "1970-01-01", 86_400), (NOW, "2023-11-14", 6_400)]
)
def test_a_day_is_one_in_utc(moment: int, day: str, left: float) -> None:
    assert budgets.day_of(moment) == day
    assert budgets.seconds_to_next_day(moment) == left
