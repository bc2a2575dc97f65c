"""What a story keeps to: added in words, by reply, by a question; listed; forgotten."""

from __future__ import annotations

from tests.bot.telegram.house import House
from tests.bot.telegram.telling import actor_of, shelve


async def test_added_listed_and_forgotten(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann)
    added = await ann.asks("/remember the fox is called <Ruby>")
    assert added.text == (
        "From its next page on, “The Tale of a fox” keeps to this: the fox is called <Ruby>"
    )
    await ann.asks("/remember add it never snows", "never snows")
    await ann.asks(f"/remember {fox} owls are shy", "owls are shy")
    listed = await ann.asks("/remember", "keeps to")
    assert listed.text.splitlines()[1:] == [
        "1. the fox is called <Ruby>", "2. it never snows", "3. owls are shy",
    ]  # fmt: skip
    assert listed.labels == ["✕ 1", "✕ 2", "✕ 3", "+ Add something"]
    press = ann.press(listed, "✕ 2")
    assert "does not keep to that any more" in (await press.answer())["text"]
    await ann.chat.sees(lambda m: m is listed and "never snows" not in m.text)
    assert "does not keep" in (await ann.asks("/remember forget 1", "does not keep")).text
    assert [f.text for f in await house.teller.acts.facts(fox, actor_of(ann))] == ["owls are shy"]
    assert "keeps to no fact" in (await ann.asks("/remember forget 9", "no fact")).text


async def test_a_question_is_answered_by_reply(house: House) -> None:
    ann = house.telegram.private("Ann")
    assert "You have no story" in (await ann.asks("/remember something")).text
    fox = await shelve(house, ann)
    listed = await ann.asks("/remember list", "nothing in particular")
    await ann.press(listed, "Add").answer()
    asked = await ann.chat.sees("What shall “The Tale of a fox” keep to?")
    assert asked.asks
    ann.reply(asked, "the moon is green")
    await ann.chat.sees("keeps to this: the moon is green")
    assert [f.text for f in await house.teller.acts.facts(fox, actor_of(ann))] == [
        "the moon is green"
    ]


async def test_by_reply_to_a_page_and_never_in_somebody_elses_story(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    fox, owl = await shelve(house, ann), await shelve(house, ann, "an owl")
    page = await ann.asks(f"/show {fox}", "Page 1/1")
    written = ann.say("/remember it rains", reply_to=page)
    await group.sees("it rains", after=written.number)
    assert not await house.teller.acts.facts(owl, actor_of(ann))
    written = ben.say("/remember it burns", reply_to=page)
    answer = await group.sees(after=written.number)
    assert "Only its author or a moderator" in answer.text
    listed = await ann.asks(f"/remember {fox} list", "keeps to")
    assert (await ben.press(listed, "✕ 1").answer())["show_alert"]
    assert len(await house.teller.acts.facts(fox, actor_of(ann))) == 1
