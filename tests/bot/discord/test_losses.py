"""Messages, channels, servers and rights that go in the middle of a story: nothing loops."""

from __future__ import annotations

import asyncio

from bot.storytelling.permissions import Actor
from tests.bot.discord.reading import labels
from tests.bot.discord.stand import Stand


async def at_work(stand: Stand) -> None:
    """Let a story hang in the middle."""
    stand.engine.hang_at = 2
    await stand.ann.answered(await stand.ann.slash("story", idea="a red fox", pages=2))
    await stand.engine.hanging.wait()


async def is_over(stand: Stand) -> None:
    """Wait until nothing is at work and Discord is left in peace; the story is kept."""
    actor = Actor(f"discord:{stand.ann.user.id}", f"discord:{stand.guild.id}")
    await stand.at_rest()
    assert await stand.service.teller.views.queue(actor) == ()
    asked = len(stand.discord.rest.requests)
    await asyncio.sleep(0.5)
    assert len(stand.discord.rest.requests) == asked
    (story,) = await stand.service.teller.list_stories(community=actor.community)
    assert story.title == "a red fox"
    assert await stand.service.teller.posts.live("discord") == ()


async def test_deleting_a_live_message_stops_its_story(stand: Stand) -> None:
    await at_work(stand)
    await stand.discord.delete_message(stand.discord.messages[0])
    await is_over(stand)
    assert stand.discord.messages == []


async def test_a_deleted_channel_stops_what_is_told_there(stand: Stand) -> None:
    await at_work(stand)
    await stand.discord.delete_channel(stand.ann.channel)
    await is_over(stand)


async def test_being_thrown_out_stops_what_is_told_on_that_server(stand: Stand) -> None:
    await at_work(stand)
    await stand.discord.kick_bot(stand.guild)
    await is_over(stand)


async def test_rights_that_are_taken_away_stop_the_story(stand: Stand) -> None:
    await at_work(stand)
    stand.discord.fail("PATCH /channels", status=403, times=9)
    # The next edit is refused: the words that come now.
    actor = Actor(f"discord:{stand.ann.user.id}", f"discord:{stand.guild.id}")
    (line,) = await stand.service.teller.views.queue(actor)
    await stand.service.teller.cancel_job(line.job_id, actor)
    await is_over(stand)


async def test_where_nothing_can_be_posted_nothing_is_told(stand: Stand) -> None:
    stand.discord.blocked_dms.add(stand.ann.user.id)
    alone = stand.discord.at(stand.ann.user, None)
    told = await alone.answered(await alone.slash("story", idea="a red fox"))
    assert "could not be posted" in told.text
    assert await stand.service.teller.posts.live("discord") == ()


async def test_expired_tokens_harm_no_page(stand: Stand) -> None:
    await at_work(stand)
    for asked in stand.discord.interactions.values():
        asked.expired = True
    actor = Actor(f"discord:{stand.ann.user.id}", f"discord:{stand.guild.id}")
    (line,) = await stand.service.teller.views.queue(actor)
    await stand.service.teller.cancel_job(line.job_id, actor)
    await stand.discord.message(lambda m: "Try again" in labels(m))


async def test_the_gateway_may_be_lost_at_any_time(stand: Stand) -> None:
    gateway = stand.discord.gateway

    async def forget() -> None:
        gateway.forget_session()
        await gateway.cut()

    for lose in (gateway.cut, gateway.ask_to_reconnect, forget):
        before = len(stand.discord.messages)
        came = gateway.resumed + gateway.identified
        await stand.ann.slash("story", idea="a red fox", pages=1)
        await lose()
        await stand.discord.until(
            lambda n=before: (
                len(stand.discord.messages) == n + 1
                and "Continue" in labels(stand.discord.messages[-1])
            )
        )
        await stand.discord.until(lambda n=came: gateway.resumed + gateway.identified > n)
    await stand.discord.until(lambda: gateway.resumed and gateway.identified == 2)
