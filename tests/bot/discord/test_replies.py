"""Replies to pages, and channels in which each message goes on with the story."""

from __future__ import annotations

import asyncio

from bot.library.library import Library
from bot.storytelling.permissions import Actor
from tests.bot.discord.loopback import LoopbackDiscord, Message
from tests.bot.discord.reading import labels, was_done
from tests.bot.discord.stand import Stand, open_stand


async def answer_to(stand: Stand, message: Message) -> Message:
    return await stand.discord.message(lambda m: m.reply_to is message)


async def page_after(stand: Stand, message: Message) -> Message:
    return await stand.discord.message(lambda m: m.reply_to is message and was_done(m))


async def test_a_reply_says_what_happens_next_and_an_older_page_branches(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    for place, words in enumerate(("he flies", "she sings"), start=1):
        said = await stand.ann.say(words, reply_to=page)
        made = await page_after(stand, said)
        assert "Page 2/2" in made.text
        assert stand.engine.requests[-1].direction == words
        assert ("2/2" in labels(made)) is (place == 2)


async def test_a_reply_without_ping_is_pointed_to_the_button_once(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    said = await stand.ann.say("he flies", reply_to=page, ping=False)
    told = await answer_to(stand, said)
    assert "press Continue" in told.text
    await stand.ann.say("he really does", reply_to=page, ping=False)
    await asyncio.sleep(0.3)
    assert stand.discord.messages[-1] is told


async def test_a_stranger_is_told_why_not_and_talk_is_left_alone(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    told = await answer_to(stand, await stand.ben.say("mine!", reply_to=page))
    assert "author" in told.text
    talk = await stand.ben.say("nice weather")
    await stand.ann.say("yes", reply_to=talk)
    await asyncio.sleep(0.3)
    assert stand.discord.messages == [page, told]


async def test_who_calls_the_bot_or_writes_to_it_alone_is_told_how(stand: Stand) -> None:
    told = await answer_to(stand, await stand.ben.say(f"<@{stand.discord.bot.id}> hello"))
    assert "/story" in told.text
    await stand.ben.say(f"<@{stand.discord.bot.id}> hello?")
    await asyncio.sleep(0.3)
    assert stand.discord.messages == [told]
    alone = stand.discord.at(stand.ann.user, None)
    assert "/story" in (await answer_to(stand, await alone.say("a fox"))).text


async def test_a_reply_to_a_page_at_work_has_patience(stand: Stand) -> None:
    stand.engine.hang_at = 1
    await stand.ann.answered(await stand.ann.slash("story", idea="a red fox"))
    page = stand.discord.messages[0]
    told = await answer_to(stand, await stand.ann.say("faster", reply_to=page))
    assert "patience" in told.text


async def test_direct_messages_need_no_ping(stand: Stand) -> None:
    alone = stand.discord.at(stand.ann.user, None)
    page = await stand.story(alone)
    made = await page_after(stand, await alone.say("he flies", reply_to=page, ping=False))
    assert "Page 2/2" in made.text


async def test_in_a_story_channel_each_message_goes_on(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        discord.allow_message_content()
        async with open_stand(discord, library, message_content=True) as s:
            channel = s.ann.channel
            keeper = Actor("discord:1", f"discord:{s.guild.id}", moderator=True)
            await s.service.teller.stewards.set_setting("story_channel", str(channel.id), keeper)
            first = await page_after(s, await s.ann.say("a turtle that flies"))
            assert "The Tale of a turtle that flies" in first.text
            await s.noted(first)
            second = await page_after(s, await s.ben.say("it lands on the moon"))
            assert "Page 2/2" in second.text
            await s.at_rest()
            talk = await s.ben.say("what a tale", reply_to=await s.ann.say(""))
            await asyncio.sleep(0.3)
            assert all(message.reply_to is not talk for message in discord.messages)
            await discord.check()
