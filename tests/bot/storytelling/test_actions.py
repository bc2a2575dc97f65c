from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import BadInputError
from bot.library.database import fetch_all
from bot.library.library import Library
from bot.settings import LimitSettings, Settings
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import Actor, ForbiddenError
from bot.storytelling.tell import Storyteller
from bot.storytelling.wish import StoryWish
from tests.bot.storytelling.acting import (
    ANN,
    ANN_AWAY,
    BEN,
    HOME,
    MOD,
    audited,
    count,
    finish,
    listen,
    told,
)
from tests.bot.storytelling.conftest import Teller
from tests.bot.storytelling.scripted_engine import ScriptedEngine


@pytest.fixture
def storyteller(teller: Teller) -> Storyteller:
    return teller(ScriptedEngine())


async def test_choosing_walks_the_siblings_with_what_follows_them(
    storyteller: Storyteller,
) -> None:
    story = await told(storyteller)
    await listen(storyteller.do("retry", PageWish(story, 2), ANN))
    spot = await storyteller.acts.choose(story, ANN, page=2)
    assert (spot.place, spot.count, spot.after) == (2, 2, "")
    with pytest.raises(BadInputError, match="siblings 1 to 2"):
        await storyteller.acts.choose(story, ANN, page=2, step=1)
    with pytest.raises(ForbiddenError):
        await storyteller.acts.choose(story, BEN, page=2, step=-1)
    assert len((await storyteller.book(story, actor=ANN)).pages) == 2
    chosen = await storyteller.acts.choose(story, ANN, page=spot.before)
    assert (chosen.place, chosen.after) == (1, spot.page_id)
    assert len((await storyteller.book(story, actor=ANN)).pages) == 3
    assert (await storyteller.acts.choose(story, MOD, page=2, sibling=2)).page_id == spot.page_id
    with pytest.raises(BadInputError, match="only one page 1"):
        await storyteller.acts.choose(story, ANN, page=1, step=1)


async def test_loves_are_counted_once_a_person(storyteller: Storyteller) -> None:
    story = await told(storyteller)
    for actor, loved, loves in ((ANN, True, 1), (BEN, True, 2), (BEN, True, 2), (BEN, False, 1)):
        assert (await storyteller.acts.love(story, actor, loved=loved)).loves == loves
    details = await storyteller.views.details(story, ANN)
    assert (details.loves, details.loved) == (1, True)
    with pytest.raises(BadInputError, match="no story"):
        await storyteller.acts.love(story, Actor("discord:eve", "discord:2"))


async def test_facts_reach_the_writer_until_they_are_forgotten(teller: Teller) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    first = await storyteller.acts.remember(story, " The fox is\ncalled Vera. ", ANN)
    await storyteller.acts.remember(story, "It is winter.", MOD)
    assert (await storyteller.acts.remember(story, "It is winter.", ANN)).person == MOD.person
    with pytest.raises(ForbiddenError):
        await storyteller.acts.remember(story, "The fox is mine.", BEN)
    await listen(storyteller.continue_story(story, actor=ANN))
    assert engine.requests[-1].facts == ("The fox is called Vera.", "It is winter.")
    await storyteller.acts.forget(story, first.id, ANN)
    await storyteller.acts.forget(story, "1", ANN_AWAY)
    assert await storyteller.acts.facts(story, BEN) == ()
    for unknown in ("1", "zzzzzzzz", "", "-1", "\u0661"):
        with pytest.raises(BadInputError, match="no fact"):
            await storyteller.acts.forget(story, unknown, ANN)
    with pytest.raises(BadInputError, match="nothing to remember"):
        await storyteller.acts.remember(story, " \u200b ", ANN)


async def test_a_deleted_story_is_gone_for_everybody_and_can_come_back(
    teller: Teller, library: Library
) -> None:
    engine = ScriptedEngine()
    storyteller = teller(engine)
    story = await told(storyteller)
    waiting = await storyteller.submit_continuation(PageWish(story), ANN)
    with pytest.raises(ForbiddenError):
        await storyteller.acts.delete(story, BEN)
    assert await storyteller.acts.delete(story, ANN) == story
    assert engine.cancelled == [waiting.job_id]
    for look in (storyteller.book(story, actor=ANN), storyteller.views.details(story, MOD)):
        with pytest.raises(BadInputError, match="no story"):
            await look
    assert await storyteller.views.queue(ANN) == ()
    with pytest.raises(ForbiddenError):
        await storyteller.acts.restore(story, BEN)
    assert await storyteller.acts.restore("last", ANN) == story
    assert len((await storyteller.book(story, actor=ANN)).pages) == 3
    assert await audited(library) == []
    again = await storyteller.submit_again(story, ANN)
    assert again.job_id == waiting.job_id
    await finish(storyteller, again, ANN)


async def test_what_a_moderator_deleted_only_a_moderator_brings_back(
    storyteller: Storyteller, library: Library
) -> None:
    story = await told(storyteller)
    await storyteller.acts.delete(story, MOD)
    for actor in (ANN, ANN_AWAY):
        with pytest.raises(ForbiddenError, match="moderator deleted"):
            await storyteller.acts.restore(story, actor)
    await storyteller.acts.restore(story, MOD)
    await storyteller.acts.delete(story, ANN)
    await storyteller.acts.restore(story, ANN)
    assert await audited(library) == [
        ("deleted_story", MOD.person),
        ("restored_story", MOD.person),
    ]


async def test_the_author_looks_after_a_story_from_anywhere_and_tells_it_only_at_home(
    storyteller: Storyteller,
) -> None:
    story = await told(storyteller)
    assert len((await storyteller.book(story, actor=ANN_AWAY)).pages) == 3
    assert (await storyteller.views.details(story[:6], ANN_AWAY)).id == story
    with pytest.raises(ForbiddenError):
        await storyteller.submit_continuation(PageWish(story), ANN_AWAY)
    with pytest.raises(BadInputError, match="no story"):
        await storyteller.book(story, actor=replace(MOD, community="discord:2"))
    await storyteller.acts.set_listed(story, ANN_AWAY, listed=False)
    assert not (await storyteller.views.details(story, ANN)).listed
    await storyteller.acts.delete(story, ANN_AWAY)
    assert await storyteller.acts.purge(story, ANN_AWAY) == story
    with pytest.raises(BadInputError, match="no deleted story"):
        await storyteller.acts.restore(story, ANN)


async def test_deleted_stories_are_purged_when_their_time_is_over(
    library: Library, storyteller: Storyteller
) -> None:
    stories = [await told(storyteller, pages=1) for _ in range(3)]
    for story in stories[:2]:
        await storyteller.acts.delete(story, ANN)
    assert await storyteller.stewards.purge_deleted() == 0
    async with library.database.write() as connection:
        old = 31 * 86_400_000
        sql = "UPDATE stories SET deleted_at = deleted_at - ? WHERE id = ?"
        await connection.execute(sql, (old, stories[0]))
    assert await storyteller.stewards.purge_deleted() == 1
    for table, left in (("stories", 2), ("pages", 2), ("pictures", 2), ("jobs", 2)):
        assert await count(library, table) == left, table
    assert await storyteller.acts.restore(stories[1], ANN) == stories[1]


async def test_days_of_keeping_are_a_setting(library: Library) -> None:
    async def ensure_engine() -> None:
        return None

    settings = Settings(limits=LimitSettings(keep_deleted_days=0))
    storyteller = Storyteller(library, ScriptedEngine(), settings, ensure_engine=ensure_engine)
    story = await told(storyteller, pages=1)
    await storyteller.acts.delete(story, ANN)
    async with library.database.write() as connection:
        await connection.execute("UPDATE stories SET deleted_at = deleted_at - 1")
    assert await storyteller.stewards.purge_deleted() == 1


async def test_titles_are_cleaned_and_kept(storyteller: Storyteller, library: Library) -> None:
    story = await told(storyteller)
    assert await storyteller.acts.set_title(story, " Vera\nand\u200b snow ", ANN) == "Vera and snow"
    await listen(storyteller.continue_story(story, actor=ANN))
    assert (await storyteller.book(story, actor=ANN)).title == "Vera and snow"
    for title, message in ((" ", "title is empty"), ("x" * 201, "limit is 200")):
        with pytest.raises(BadInputError, match=message):
            await storyteller.acts.set_title(story, title, ANN)
    await storyteller.acts.set_title(story, "Улыбка", MOD)
    assert await audited(library) == [("set_title", MOD.person)]
    opened = await storyteller.submit_story(StoryWish("a bear", pages=1), ANN)
    await storyteller.acts.set_title(opened.story_id, "Bear", ANN)
    await finish(storyteller, opened, ANN)
    assert (await storyteller.book(opened.story_id, actor=ANN)).title == "Bear"


async def test_a_report_waits_for_a_moderator_and_is_made_once(
    storyteller: Storyteller, library: Library
) -> None:
    story = await told(storyteller)
    report = await storyteller.stewards.report(story, BEN, reason=" not\nnice ", page=2)
    assert (await storyteller.stewards.report(story, BEN, page=2)).id == report.id
    with pytest.raises(ForbiddenError, match="Only a moderator"):
        await storyteller.stewards.open_reports(ANN)
    assert await storyteller.stewards.open_reports(MOD) == (report,)
    assert report.reason == "not nice"
    assert await storyteller.stewards.open_reports(replace(MOD, community="discord:2")) == ()
    for actor in (replace(MOD, community="discord:2"), replace(MOD, community="discord:3")):
        with pytest.raises(BadInputError, match="no report"):
            await storyteller.stewards.handle_report(report.id, "deleted", actor)
    await storyteller.stewards.handle_report(report.id, "deleted", MOD)
    with pytest.raises(BadInputError, match="handled before"):
        await storyteller.stewards.handle_report(report.id, "dismissed", MOD)
    with pytest.raises(BadInputError, match="no story"):
        await storyteller.book(story, actor=ANN)
    assert await audited(library) == [
        ("deleted_story", MOD.person),
        ("handled_report", MOD.person),
    ]
    with pytest.raises(BadInputError, match="limit is 500"):
        await storyteller.stewards.report(await told(storyteller), BEN, reason="x" * 501)


async def test_a_communitys_own_settings_hold_for_its_wishes(storyteller: Storyteller) -> None:
    with pytest.raises(ForbiddenError, match="Only a moderator"):
        await storyteller.stewards.set_setting("pages", "2", ANN)
    await storyteller.stewards.set_setting("pages", "2", MOD)
    await storyteller.stewards.set_setting("blocked_words", "wolf, Troll", MOD)
    with pytest.raises(BadInputError, match="ask for 1 to 2"):
        await storyteller.submit_story(StoryWish("a fox", pages=3), ANN)
    with pytest.raises(BadInputError, match="wolf"):
        await storyteller.submit_story(StoryWish("a kind wolf", pages=1), ANN)
    story = await told(storyteller, pages=2)
    with pytest.raises(BadInputError, match="not allowed"):
        await storyteller.submit_edit(PageWish(story, text="The TRÖLL came."), ANN)
    with pytest.raises(BadInputError, match="not allowed"):
        await storyteller.acts.remember(story, "Beware of the troll.", ANN)
    with pytest.raises(BadInputError, match="no setting"):
        await storyteller.stewards.set_setting("page", "2", MOD)
    assert (await storyteller.stewards.settings(BEN)).pages == 2
    assert (await storyteller.stewards.set_setting("pages", "", MOD)).pages == 8
    elsewhere = Actor("discord:ann", "discord:2")
    assert await storyteller.submit_story(StoryWish("a kind wolf", pages=3), elsewhere)


async def test_only_who_asked_or_looks_after_it_stops_a_job(storyteller: Storyteller) -> None:
    story = await told(storyteller, mode="open")
    opened = await storyteller.submit_retry(PageWish(story, 2), BEN)
    with pytest.raises(ForbiddenError, match="may stop it"):
        await storyteller.cancel_job(opened.job_id, Actor("discord:eve", HOME))
    line = (await storyteller.views.queue(BEN))[0]
    assert (line.job_id, line.kind, line.state, line.position) == (
        opened.job_id,
        "retry",
        "queued",
        1,
    )
    assert line.seconds_left > 0
    assert await storyteller.views.queue(ANN) == ()
    assert await storyteller.cancel_job(opened.job_id, replace(BEN, community="discord:dm"))
    assert not await storyteller.cancel_job(opened.job_id, ANN)
    assert not await storyteller.cancel_job("nothing", ANN)
    assert await storyteller.views.queue(BEN) == ()
    with pytest.raises(ForbiddenError, match="take it up again"):
        await storyteller.submit_again(story, Actor("discord:eve", HOME), job_id=opened.job_id)
    assert (await storyteller.submit_again(story, BEN, job_id=opened.job_id)).seed == opened.seed


async def test_details_tell_what_made_each_page(storyteller: Storyteller) -> None:
    story = await told(storyteller, pages=2)
    details = await storyteller.views.details(story, BEN)
    assert (details.seed, details.profile, details.mode, details.state) == (
        7,
        "starter",
        "solo",
        "done",
    )
    assert [
        (p.number, p.steps, p.clip_score, p.seconds, p.alt, p.shown) for p in details.pages
    ] == [(n, 20, 0.3, 1.0, f"alt {n}", True) for n in (1, 2)]
    tree = await storyteller.tree(story, actor=ANN)
    assert [(page.parent_id, page.chosen) for page in tree.pages] == [
        (None, True),
        (details.pages[0].id, True),
    ]


async def test_direct_messages_are_known_as_such(
    storyteller: Storyteller, library: Library
) -> None:
    await storyteller.submit_story(StoryWish("a fox", pages=1), ANN_AWAY)
    async with library.database.read() as connection:
        rows = await fetch_all(connection, "SELECT id, direct FROM communities")
    assert [(row[0], row[1]) for row in rows] == [("discord:dm:ann", 1)]
