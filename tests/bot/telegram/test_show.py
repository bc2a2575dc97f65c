"""A story is shown again by id, title, reply and deep link; a code joins two accounts."""

from __future__ import annotations

import pytest

from bot.storytelling.permissions import Actor
from bot.storytelling.wish import StoryWish
from tests.bot.storytelling.acting import listen
from tests.bot.telegram.house import House
from tests.bot.telegram.loopback import Person
from tests.bot.telegram.telling import actor_of, shelve, story_of

ANN_THERE = Actor("discord:7", "discord:70")


async def elsewhere(house: House) -> str:
    """Tell a story on Discord and return its id."""
    await house.teller.people.meet(ANN_THERE, name="Ann of <Discord>")
    updates = await listen(house.teller.tell(StoryWish("a wolf", pages=1), ANN_THERE))
    return updates[0].story_id


async def test_by_id_title_reply_and_deep_link(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox, owl = await shelve(house, ann, "a fox"), await shelve(house, ann, "an owl")
    page = await ann.asks(f"/show {fox}", "Page 1/1")
    assert story_of(page) == fox
    assert page.photo
    assert page.labels[0] == "Continue"
    assert story_of(await ann.asks("/show owl", "Page 1/1")) == owl
    written = ann.say("/show", reply_to=page)
    assert story_of(await ann.chat.sees("Page 1/1", after=written.number)) == fox
    written = ann.start(f"s_{owl}")
    assert story_of(await ann.chat.sees("Page 1/1", after=written.number)) == owl


async def test_without_a_name_or_with_a_vague_one_there_is_a_choice(house: House) -> None:
    ann = house.telegram.private("Ann")
    assert "You have no story" in (await ann.asks("/show")).text
    await shelve(house, ann, "a red fox")
    await shelve(house, ann, "a blue fox")
    for words in ("", " fox"):
        which = await ann.asks(f"/show{words}", "Which story?")
        assert sorted(which.labels) == ["The Tale of a blue fox", "The Tale of a red fox"]
    twin = await shelve(house, ann, "a red fox")
    twins = await ann.asks("/show red", "Which story?")
    assert f"The Tale of a red fox · {twin}" in twins.labels
    await ann.press(which, "blue").answer()
    assert "a blue fox" in (await ann.chat.sees("Page 1/1", after=twins.number)).text
    assert "No story here fits “dragon”" in (await ann.asks("/show dragon")).text


async def test_a_story_of_another_chat_is_not_shown(house: House) -> None:
    ann, ben = house.telegram.private("Ann"), house.telegram.private("Ben")
    fox = await shelve(house, ann)
    for words in (f"/show {fox}", f"/start s_{fox}", f"/export {fox}", f"/remember {fox} x"):
        answer = await ben.asks(words)
        assert not answer.photo
        assert "fox" not in answer.text.replace(f"“{fox}”", "")


async def link(house: House, ann: Person) -> None:
    code = (await house.teller.accounts.code(ANN_THERE)).code
    ask = await ann.asks(f"/show {code.lower()}", "you, too?")
    assert "Is Ann of <Discord> on Discord you, too?" in ask.text
    assert "see, export and delete" in ask.text
    await ann.press(ask, "Yes, both are mine").answer()
    assert "joined with Ann of <Discord> on Discord" in (await ann.chat.sees("is joined")).text


async def test_a_code_from_discord_shows_its_stories_here(house: House) -> None:
    ann = house.telegram.private("Ann")
    wolf = await elsewhere(house)
    assert "No story here fits" in (await ann.asks(f"/show {wolf}")).text
    await link(house, ann)
    page = await ann.asks(f"/show {wolf}", "Page 1/1")
    assert page.photo
    alert = await ann.press(page, "Continue").answer()
    assert "only in the place where the story is told" in alert["text"]
    shelf = await ann.asks("/show", "Page 1/1")
    assert story_of(shelf) == wolf
    # Joined for its owner only: in a group it is shown by her alone.
    group = house.telegram.group("Readers")
    ben = house.telegram.join(group, "Ben")
    assert "No story here fits" in (await ben.asks(f"/show {wolf}")).text


async def test_a_code_made_here_is_good_on_discord(house: House) -> None:
    ann = house.telegram.private("Ann")
    fox = await shelve(house, ann)
    told = await ann.asks("/show link", "joins your two accounts")
    code = next(line for line in told.text.splitlines() if len(line) == 11 and line[5] == "-")
    await house.teller.accounts.link(code, ANN_THERE)
    assert (await house.teller.showing.page(fox, ANN_THERE)).story_id == fox
    again = await ann.asks("/show link", "is joined with")
    await ann.press(again, "Undo").answer()
    await ann.chat.sees("separate again")
    assert await house.teller.accounts.linked(ANN_THERE) is None
    assert "joined with no other" in (await ann.asks("/show unlink")).text


async def test_codes_in_groups_are_withdrawn(house: House) -> None:
    group = house.telegram.group("Readers")
    ben = house.telegram.join(group, "Ben")
    assert "private matter" in (await ben.asks("/show link")).text
    code = (await house.teller.accounts.code(ANN_THERE)).code
    answer = await ben.asks(f"/show {code}")
    assert "private matter" in answer.text
    assert answer.data("Open our private chat").endswith("?start=link")
    ann = house.telegram.private("Ann")
    assert "This code joins nothing" in (await ann.asks(f"/show {code}")).text
    written = ann.start("link")
    assert "joins your two accounts" in (await ann.chat.sees(after=written.number)).text


@pytest.mark.parametrize("words", ["no", "late"])
async def test_a_no_or_a_used_code_joins_nothing(house: House, words: str) -> None:
    ann = house.telegram.private("Ann")
    code = (await house.teller.accounts.code(ANN_THERE)).code
    ask = await ann.asks(f"/show {code}", "you, too?")
    if words == "no":
        await ann.press(ask, "No").answer()
        await ann.chat.sees("Nothing was joined")
    else:
        await house.teller.accounts.withdraw(code)
        await ann.press(ask, "Yes").answer()
        await ann.chat.sees("This code joins nothing")
    assert await house.teller.accounts.linked(actor_of(ann)) is None


async def test_guessing_is_stopped(house: House) -> None:
    ann = house.telegram.private("Ann")
    for number in range(5):
        assert "joins nothing" in (await ann.asks(f"/show {number}0000-00000")).text
    assert "Too many wrong codes" in (await ann.asks("/show 90000-00000")).text
