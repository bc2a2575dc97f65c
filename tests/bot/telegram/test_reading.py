"""A story is read from its first page on, in one message whose pages turn."""

from __future__ import annotations

from bot.storytelling.orders import PageWish
from tests.bot.storytelling.acting import listen
from tests.bot.telegram.house import House
from tests.bot.telegram.loopback import Message, Person
from tests.bot.telegram.telling import actor_of, shelve


async def opened(house: House, ann: Person, story: str) -> Message:
    page = await ann.asks(f"/show {story}", "Page 3/3")
    await ann.press(page, "More").answer()
    await ann.chat.sees(lambda m: m is page and "Read from the first page" in m.labels)
    await ann.press(page, "Read").answer()
    return await ann.chat.sees("Page 1/3")


async def test_pages_turn_in_place_and_become_live_again(house: House) -> None:
    ann = house.telegram.private("Ann")
    reader = await opened(house, ann, await shelve(house, ann, pages=3))
    assert reader.labels == ["2 ▶", "Go on from this page"]
    first = reader.photo
    await ann.press(reader, "▶").answer()
    await ann.chat.sees(lambda m: m is reader and "Page 2/3" in m.text)
    assert reader.photo != first
    assert reader.labels == ["◀ 1", "3 ▶", "Go on from this page"]
    await ann.press(reader, "▶").answer()
    await ann.chat.sees(lambda m: m is reader and "Page 3/3" in m.text)
    await ann.press(reader, "◀ 2").answer()
    await ann.chat.sees(lambda m: m is reader and "Page 2/3" in m.text)
    await ann.press(reader, "Go on from this page").answer()
    live = await ann.chat.sees(lambda m: "Page 2/3" in m.text and "Branch" in m.labels)
    assert live is not reader


async def test_a_page_that_left_the_branch_leads_to_its_start(house: House) -> None:
    ann = house.telegram.private("Ann")
    story = await shelve(house, ann, pages=3)
    reader = await opened(house, ann, story)
    await ann.press(reader, "▶").answer()
    await ann.chat.sees(lambda m: m is reader and "Page 2/3" in m.text)
    third = reader.data("3 ▶").rpartition(":")[2]
    await listen(house.teller.do("retry", PageWish(story, 2), actor_of(ann)))
    await ann.press_data(reader, f"st:1:leaf:{third}").answer()
    await ann.chat.sees(lambda m: m is reader and "Page 3/3" in m.text)
    assert reader.labels == ["1 ▶", "Go on from this page"]


async def test_what_may_not_be_seen_is_not_turned_to(house: House) -> None:
    ann, ben = house.telegram.private("Ann"), house.telegram.private("Ben")
    mine, theirs = await shelve(house, ben, pages=3), await shelve(house, ann, pages=3)
    reader = await opened(house, ben, mine)
    page = (await house.teller.views.details(theirs, actor_of(ann))).branch[0].id
    for action in ("leaf", "read", "livepage"):
        assert (await ben.press_data(reader, f"st:1:{action}:{page}").answer())["show_alert"]
    assert "Page 1/3" in reader.text
