from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.library import facts, jobs, pages, pictures
from bot.library.check import check_database
from bot.library.library import Library, open_library
from bot.library.records import JobRecord
from bot.library.stories import get as get_story
from bot.storytelling.keeping import JobTakenError, Keeper
from bot.storytelling.moderation import Ruling
from bot.storytelling.nonsense import NonsenseError
from engine.api.events import (
    Latents,
    PageDone,
    PageText,
    Preview,
    StoryDone,
    StoryEvent,
    TextDelta,
)
from tests.bot.storytelling.queued import job_of, submit
from tests.bot.storytelling.scripted_engine import picture, tiny_png


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    path = tmp_path / "library.db"
    async with open_library(path) as library:
        yield library
    assert check_database(path) == ()


async def begun(library: Library, **more: object) -> Keeper:
    job = await submit(library, **more)  # type: ignore[arg-type]
    async with library.database.write() as connection:
        claimed = await jobs.claim(connection, job.id, owner=library.owner, lease_ms=60_000)
    assert claimed is not None
    return await load(library, claimed)


async def load(library: Library, job: JobRecord) -> Keeper:
    async with library.database.read() as connection:
        story = await get_story(connection, job.story_id)
    assert story is not None
    return await Keeper.load(library, story, job)


def text(page: int, words: str = "Once.", **more: object) -> PageText:
    return replace(PageText(page, words, "a fox", 7 + page), **more)  # type: ignore[arg-type]


def done(keeper: Keeper, page: int, **more: object) -> PageDone:
    made = picture(keeper.request(preview_seconds=0), page, "Once.")
    return replace(made, **more)  # type: ignore[arg-type]


async def keep(keeper: Keeper, told: Iterable[StoryEvent]) -> list[bool]:
    return [await keeper.keep(event) for event in told]


async def test_what_was_kept_is_not_told_again(library: Library) -> None:
    keeper = await begun(library)
    first = [TextDelta(1, "On"), text(1), Preview(1, 1, 2, 0.1, b"look"), done(keeper, 1)]
    assert await keep(keeper, first) == [True] * 4
    repeats = [
        TextDelta(1, "On"), text(1, "Other words."), Preview(1, 1, 2, 0.1, b"look"),
        done(keeper, 1, image=tiny_png(9)),
    ]  # fmt: skip
    assert await keep(keeper, repeats) == [False] * 4
    async with library.database.read() as connection:
        kept = await pages.of_job(connection, keeper.job.id)
        painted = await pictures.newest_of(connection, [kept[0].id])
    assert [page.text for page in kept] == ["Once."]
    assert painted[kept[0].id].image == tiny_png(1)
    assert painted[kept[0].id].thumbnail is not None


async def test_looks_at_what_nobody_asked_for_are_dropped(library: Library) -> None:
    keeper = await begun(library)
    looks = [TextDelta(0, "x"), TextDelta(3, "x"), Preview(1, 1, 2, 0.1, b"look")]
    assert await keep(keeper, looks) == [False] * 3
    assert await keep(keeper, [text(1), Preview(1, 1, 2, 0.1, b"")]) == [True, False]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (text(2), "told page 2 out of turn"),
        (text(0), "told page 0 out of turn"),
        (text(3), "told page 3 out of turn"),
        (text(-(2**31), seed=1), "out of turn"),
        (text(1, "  "), "page 1 is empty"),
        (text(1, "x" * 4001), "longer than 4000"),
        (text(1, prompt="x" * 4001), "longer than 4000"),
        (text(1, seed=2**64 - 1), "came with the seed"),
        (StoryDone("The End", 2, 1.0), "ended without page 1"),
    ],
)
async def test_nonsense_is_named_and_nothing_of_it_is_kept(
    library: Library, event: StoryEvent, told: str
) -> None:
    keeper = await begun(library)
    with pytest.raises(NonsenseError, match=told):
        await keeper.keep(event)
    assert (await load(library, keeper.job)).branch == {}
    assert (await job_of(library, keeper.job.id)).state == "running"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"image": b""}, "without its picture"),
        ({"image": b"\x89PNG\r\n\x1a\nno picture"}, "is damaged"),
        ({"page": 9}, "out of turn"),
        ({"latents": Latents(2, 2, (1, 2, 3))}, "do not fill their grid"),
        ({"latents": Latents(-1, -4, (1, 2, 3, 4))}, "do not fill their grid"),
        ({"latents": Latents(1, 1, (70_000,))}, "name codes that cannot be"),
        ({"clip_score": math.nan}, "are no numbers"),
        ({"seconds": math.inf}, "are no numbers"),
        ({"seed": 2**63}, "came with the seed"),
    ],
)
async def test_a_picture_that_makes_no_sense_is_not_kept(
    library: Library, more: dict[str, object], told: str
) -> None:
    keeper = await begun(library)
    await keeper.keep(text(1))
    with pytest.raises(NonsenseError, match=told):
        await keeper.keep(replace(done(keeper, 1), **more))  # type: ignore[arg-type]
    assert (await load(library, keeper.job)).painted == {}


async def test_a_long_description_is_shortened(library: Library) -> None:
    keeper = await begun(library)
    await keeper.keep(done(keeper, 1, alt="x" * 9000, seconds=-5.0))
    kept = next(iter((await load(library, keeper.job)).painted.values()))
    assert (len(kept.alt), kept.seconds) == (1000, 0)


async def test_what_was_decided_about_a_picture_is_kept_with_it(library: Library) -> None:
    keeper = await begun(library)
    ruling = Ruling(flagged=True, concept="a knife", score=0.9, decision="spoiler")
    await keep(keeper, [done(keeper, 1, verdict=ruling), done(keeper, 2)])
    kept = (await load(library, keeper.job)).painted.values()
    assert [picture.verdict for picture in kept] == ["spoiler", ""]


async def test_a_withheld_picture_gives_no_latents_to_start_from(library: Library) -> None:
    keeper = await begun(library)
    await keeper.keep(done(keeper, 1, latents=Latents(0, 0, ())))
    known = (await load(library, keeper.job)).request(preview_seconds=0).known_pages
    assert [(page.painted, page.latents) for page in known] == [(True, None)]


@pytest.mark.parametrize(("seconds", "charged"), [(3.25, 3250), (math.nan, 0), (1e30, 86_400_000)])
async def test_the_end_settles_what_the_job_was_charged(
    library: Library, seconds: float, charged: int
) -> None:
    keeper = await begun(library, pages=1, text_only=1)
    await keep(keeper, [text(1), StoryDone(" The\nTale ", 1, seconds)])
    kept = await job_of(library, keeper.job.id)
    assert (kept.state, kept.charged_ms) == ("done", charged)
    async with library.database.read() as connection:
        story = await get_story(connection, kept.story_id)
    assert story is not None
    assert story.title == "The Tale"


async def test_the_engine_is_told_what_the_story_keeps_to(library: Library) -> None:
    keeper = await begun(library)
    async with library.database.write() as connection:
        for number in range(16):
            await facts.add(connection, keeper.story.id, "ann", f"Fact {number}.")
    request = (await load(library, keeper.job)).request(preview_seconds=0)
    assert request.facts == tuple(f"Fact {number}." for number in range(16))


TAKEN_OVER = "UPDATE jobs SET lease_owner = 'another'"
CANCELLED = """UPDATE jobs SET state = 'cancelled', lease_owner = NULL, lease_until = NULL,
    finished_at = 1"""


@pytest.mark.parametrize("lose", [TAKEN_OVER, CANCELLED])
async def test_nothing_is_kept_of_a_job_that_is_no_longer_ones_own(
    library: Library, lose: str
) -> None:
    keeper = await begun(library)
    await keeper.keep(text(1))
    async with library.database.write() as connection:
        await connection.execute(lose)
    for event in (text(2), done(keeper, 1)):
        with pytest.raises(JobTakenError):
            await keeper.keep(event)
    with pytest.raises(JobTakenError):
        await keeper.renew()
    await keeper.finish("failed", error="late")
    after = await job_of(library, keeper.job.id)
    assert after.state in ("running", "cancelled")
    assert list((await load(library, keeper.job)).branch) == [1]
