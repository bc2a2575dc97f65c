"""Loves, reports, the audit trail, facts, people, messages."""

from __future__ import annotations

import pytest

from bot.errors import BadInputError
from bot.library import audit, facts, loves, messages, people, reports
from bot.library.database import Connection, fetch_one
from bot.library.facts import MAX_FACT_LENGTH, MAX_FACTS
from bot.library.ids import new_id
from bot.library.records import CommunityRecord, MessageRecord, PersonRecord, ReportRecord
from tests.bot.library.rows import add_job, add_page, add_story

ANNA, BORIS = "discord:1", "tg:2"


async def test_a_story_is_loved_once_by_each(connection: Connection) -> None:
    story = await add_story(connection)
    assert await loves.love(connection, story.id, ANNA)
    assert not await loves.love(connection, story.id, ANNA)
    assert await loves.love(connection, story.id, BORIS)
    assert await loves.count(connection, story.id) == 2
    assert await loves.unlove(connection, story.id, ANNA)
    assert not await loves.unlove(connection, story.id, ANNA)
    assert await loves.count(connection, story.id) == 1
    assert not await loves.is_loved_by(connection, story.id, ANNA)
    assert await loves.is_loved_by(connection, story.id, BORIS)
    assert await loves.of_person(connection, BORIS) == [story.id]
    assert await loves.count(connection, "nothing") == 0


def report(story_id: str, page_id: str | None = None, person: str | None = ANNA) -> ReportRecord:
    return ReportRecord(new_id(), "console", story_id, page_id, person, "rude", 1)


async def test_a_report_is_made_once_until_it_is_handled(connection: Connection) -> None:
    story = await add_story(connection)
    page = await add_page(connection, await add_job(connection, story))
    first = await reports.insert(connection, report(story.id, page.id))
    again = await reports.insert(connection, report(story.id, page.id))
    whole = await reports.insert(connection, report(story.id))
    other = await reports.insert(connection, report(story.id, page.id, BORIS))
    assert again == first
    assert await reports.open_of(connection, "console") == [first, whole, other]
    assert await reports.open_of(connection, "elsewhere") == []

    assert await reports.handle(connection, first.id, by="discord:9", outcome="deleted")
    assert not await reports.handle(connection, first.id, by=BORIS, outcome="kept")
    handled = await reports.get(connection, first.id)
    assert handled is not None
    assert (handled.handled_by, handled.outcome) == ("discord:9", "deleted")
    assert await reports.open_of(connection, "console") == [whole, other]
    assert (await reports.insert(connection, report(story.id, page.id))).id != first.id


async def test_the_audit_trail_is_read_newest_first_and_by_community(
    connection: Connection,
) -> None:
    await audit.note(connection, "refused_wish", community="here", person=ANNA, detail="a word")
    await audit.note(connection, "deleted_story", community="here", subject="0k3z")
    await audit.note(connection, "refused_wish", community="there")
    newest, oldest = await audit.newest(connection, "here")
    assert (newest.action, newest.person_id, newest.subject) == ("deleted_story", None, "0k3z")
    assert (oldest.action, oldest.person_id, oldest.detail) == ("refused_wish", ANNA, "a word")
    assert len(await audit.newest(connection, "here", limit=1)) == 1


async def test_a_story_keeps_to_a_limited_number_of_facts(connection: Connection) -> None:
    story = await add_story(connection)
    first = await facts.add(connection, story.id, ANNA, "  The fox\n is  red. ")
    assert first.text == "The fox is red."
    assert await facts.add(connection, story.id, BORIS, "The fox is red.") == first
    for number in range(MAX_FACTS - 1):
        await facts.add(connection, story.id, ANNA, f"Fact {number}")
    with pytest.raises(BadInputError, match="16 facts at most"):
        await facts.add(connection, story.id, ANNA, "One more")
    assert not await facts.forget(connection, "another", first.id)
    assert await facts.forget(connection, story.id, first.id)
    assert not await facts.forget(connection, story.id, first.id)
    await facts.add(connection, story.id, ANNA, "One more")
    known = [fact.text for fact in await facts.of_story(connection, story.id)]
    assert known == [*(f"Fact {n}" for n in range(MAX_FACTS - 1)), "One more"]


@pytest.mark.parametrize("text", ["", " \n ", "x" * (MAX_FACT_LENGTH + 1)])
async def test_a_fact_that_is_none_is_refused(connection: Connection, text: str) -> None:
    story = await add_story(connection)
    with pytest.raises(BadInputError):
        await facts.add(connection, story.id, ANNA, text)
    assert await facts.of_story(connection, story.id) == []


async def test_names_are_kept_up_with_and_never_lost(connection: Connection) -> None:
    await people.know_person(connection, ANNA, name="Anna")
    await people.know_person(connection, ANNA)
    await people.set_language(connection, ANNA, "de")
    await people.set_listed(connection, ANNA, listed=False)
    await people.know_person(connection, ANNA, name="Anna B.")
    anna = await people.get_person(connection, ANNA)
    assert anna is not None
    assert anna == PersonRecord(ANNA, "Anna B.", anna.created_at, "de", 0)
    assert await people.get_person(connection, BORIS) is None

    await people.know_community(connection, "tg:1", name="A chat", direct=True)
    await people.know_community(connection, "tg:1")
    chat = await people.get_community(connection, "tg:1")
    assert chat is not None
    assert chat == CommunityRecord("tg:1", "A chat", chat.created_at, 1)


async def test_settings_move_with_their_chat(connection: Connection) -> None:
    for community, key, value in (("old", "a", "1"), ("old", "b", "1"), ("new", "b", "2")):
        await people.know_community(connection, community)
        await connection.execute(
            "INSERT INTO settings VALUES (?, ?, ?, 1)", (community, key, value)
        )
    await people.move_community(connection, "old", "new")
    await people.move_community(connection, "unknown", "new")
    row = await fetch_one(
        connection, "SELECT group_concat(community_id || key || value) FROM settings"
    )
    assert row is not None
    assert sorted(row[0].split(",")) == ["newa1", "newb2"]


async def test_a_message_leads_to_what_it_shows(connection: Connection) -> None:
    story = await add_story(connection)
    job = await add_job(connection, story)
    page = await add_page(connection, job)
    at_work = MessageRecord("discord", "5", "6", story.id, None, job.id, 1)
    other = MessageRecord("telegram", "5", "6", story.id, page.id, None, 2)
    for message in (at_work, other):
        await messages.put(connection, message)
    assert await messages.find(connection, "discord", "5", "6") == at_work
    assert await messages.find(connection, "discord", "5", "7") is None
    done = MessageRecord("discord", "5", "6", story.id, page.id, job.id, 1)
    await messages.put(connection, done)
    assert await messages.of_page(connection, page.id) == [other, done]
    assert await messages.of_job(connection, job.id) == [done]
    assert await messages.of_story(connection, story.id) == [other, done]
    assert await messages.remove(connection, "discord", "5", "6")
    assert not await messages.remove(connection, "discord", "5", "6")
