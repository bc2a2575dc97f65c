"""One's own queue: places, times, cancel buttons; and /stop."""

from __future__ import annotations

from tests.bot.telegram.house import House
from tests.bot.telegram.telling import actor_of, shelve


async def test_the_queue_is_listed_and_stopped_by_buttons(house: House) -> None:
    house.engine.hang_at = 2
    ann = house.telegram.private("Ann")
    for idea in ("a fox", "an <owl>"):
        ann.say(f"/story {idea}")
        await ann.chat.sees(lambda m, idea=idea: idea in m.text and "Cancel" in m.labels)
    listed = await ann.asks("/queue", "Your stories")
    assert "“a fox” is being told" in listed.text
    assert "“an <owl>” · ready: about" in listed.text
    assert [label[:1] for label in listed.labels] == ["✕", "✕", "↻"]
    ben = house.telegram.join(ann.chat, "Ben")
    assert (await ben.press(listed, "owl").answer())["show_alert"]
    assert len(await house.teller.views.queue(actor_of(ann))) == 2
    await ann.press(listed, "owl").answer()
    await ann.chat.sees(lambda m: m is listed and "owl" not in m.text)
    await ann.press(listed, "fox").answer()
    await ann.chat.sees(lambda m: m is listed and "None of your stories" in m.text)
    assert listed.labels == []


async def test_the_list_is_drawn_anew_for_its_owner_only(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    house.engine.hang_at = 2
    ann.say("/story a fox")
    await group.sees(lambda m: "Cancel" in m.labels)
    listed = await ann.asks("/queue", "Your stories")
    await ben.press(listed, "Refresh").answer()
    assert "a fox" in listed.text
    await house.teller.cancel("last", actor=actor_of(ann))
    await ann.press(listed, "Refresh").answer()
    await group.sees(lambda m: m is listed and "None of your stories" in m.text)


async def test_stop_ends_the_newest_or_the_one_replied_to(house: House) -> None:
    house.engine.hang_at = 2
    ann = house.telegram.private("Ann")
    for idea in ("a fox", "an owl", "a bear"):
        ann.say(f"/story {idea}")
        page = await ann.chat.sees(lambda m, idea=idea: idea in m.text and "Cancel" in m.labels)
        if idea == "an owl":
            owl = page
    assert "“a bear” is stopped" in (await ann.asks("/stop")).text
    written = ann.say("/stop", reply_to=owl)
    assert "“an owl” is stopped" in (await ann.chat.sees("is stopped", after=written.number)).text
    assert "“a fox” is stopped" in (await ann.asks("/stop", "is stopped")).text
    assert "None of your stories" in (await ann.asks("/stop", "None")).text


async def test_nobody_stops_what_is_not_theirs(house: House) -> None:
    group = house.telegram.group("Readers")
    ann, ben = house.telegram.join(group, "Ann"), house.telegram.join(group, "Ben")
    await shelve(house, ben, "a bear")
    house.engine.hang_at = 2
    ann.say("/story a fox")
    page = await group.sees(lambda m: "Cancel" in m.labels)
    written = ben.say("/stop", reply_to=page)
    assert "Only whoever asked" in (await group.sees(after=written.number)).text
    assert await house.teller.views.queue(actor_of(ann))
