"""Where stories are told: threads, posts, places without rights; and a picture to start from."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.chat.page import PageView
from bot.library.library import Library
from bot.storytelling.permissions import Actor
from tests.bot.discord.loopback import THREAD, Channel, LoopbackDiscord
from tests.bot.discord.reading import was_done
from tests.bot.discord.stand import Stand, open_stand
from tests.bot.storytelling.scripted_engine import tiny_png


async def test_a_thread_of_its_own_holds_the_story_and_what_follows(stand: Stand) -> None:
    asked = await stand.ann.slash("story", idea="a red fox", pages=1, thread=True)
    told = await stand.ann.answered(asked)
    page = await stand.discord.message(was_done)
    assert page.channel.kind == THREAD
    assert page.channel.name == "a red fox"
    assert f"/{page.channel.id}/{page.id}" in told.text
    inside = stand.discord.at(stand.ann.user, page.channel)
    again = await stand.story(inside, "a blue owl", thread=True)
    assert again.channel is page.channel


@pytest.mark.parametrize(
    ("right", "words", "thread"),
    [
        ("send_messages", "write messages", False),
        ("attach_files", "attach files", False),
        ("embed_links", "embed links", False),
        ("view_channel", "see this channel", False),
        ("create_public_threads", "open threads", True),
        ("send_messages_in_threads", "write in threads", True),
    ],
)
async def test_what_the_bot_may_not_is_said_before_anything_is_queued(
    library: Library, right: str, words: str, thread: bool
) -> None:
    async with LoopbackDiscord() as discord:
        guild = discord.add_guild()
        place = discord.add_channel(guild, "quiet", denied=(right,))
        async with open_stand(discord, library, guild=guild) as s:
            ann = discord.at(s.ann.user, place)
            told = await ann.answered(await ann.slash("story", idea="a fox", thread=thread))
            assert words in told.text
            assert await s.service.teller.views.queue(Actor(f"discord:{ann.user.id}", "x")) == ()
            await discord.check()


def photograph(side: int = 900) -> bytes:
    """Return a JPEG whose camera was held upright."""
    image = Image.linear_gradient("L").resize((side, side // 2)).convert("RGB")
    exif = image.getexif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_a_picture_starts_the_first_page_upright_and_small(stand: Stand) -> None:
    await stand.story(stand.ann, picture=photograph())
    start = stand.engine.requests[-1].picture
    assert Image.open(io.BytesIO(start)).size == (256, 512)


async def test_pictures_that_cannot_be_used_are_refused_in_one_line(stand: Stand) -> None:
    for data, words in ((b"no picture", "cannot be read"), (b"x" * 10_000_001, "the limit is")):
        told = await stand.ann.answered(await stand.ann.slash("story", idea="a fox", picture=data))
        assert words in told.text
    assert stand.discord.messages == []


async def test_answers_are_in_the_persons_language_and_so_is_a_first_page(stand: Stand) -> None:
    eva = stand.discord.person("Eva", stand.guild, locale="de")
    told = await eva.answered(await eva.slash("story", idea="a fox", pages=1))
    page = await stand.discord.message(was_done)
    assert "Deine Geschichte beginnt" in told.text
    assert "Seite 1/1" in page.text


async def test_continue_finds_a_story_by_its_title(stand: Stand) -> None:
    await stand.story(stand.ann)
    (name, story), *_ = await stand.ann.autocomplete("continue", "story", "fox")
    assert "The Tale of a red fox" in name
    told = await stand.ann.answered(
        await stand.ann.slash("continue", story=story, direction="home")
    )
    assert "It goes on" in told.text
    await stand.discord.message(lambda m: "Page 2/2" in m.text and was_done(m))
    told = await stand.ann.answered(await stand.ann.slash("continue", story="no such"))
    assert "There is no story" in told.text


async def test_doubtful_pictures_are_open_only_where_grown_ups_are_and_admins_allow(
    library: Library,
) -> None:
    async with LoopbackDiscord() as discord:
        guild = discord.add_guild()
        adults = discord.add_channel(guild, "adults", nsfw=True)
        async with open_stand(discord, library, guild=guild) as s:
            for place, allowed, hidden in (
                (guild.channels[0], True, True),
                (adults, False, True),
                (adults, True, False),
            ):
                keeper = Actor("discord:1", f"discord:{guild.id}", moderator=True)
                value = "on" if allowed else "off"
                await s.service.teller.stewards.set_setting("nsfw", value, keeper)
                assert await _spoiler(s, place) is hidden


async def _spoiler(stand: Stand, place: Channel) -> bool:
    """Return whether a page with a doubtful picture hides it there."""
    view = PageView("s", 1, 1, "done", picture=tiny_png(1), hidden=True)
    message = await stand.front.messenger.send(str(place.id), view)
    found = await stand.discord.message(lambda m: str(m.id) == message)
    return bool(found.components[0]["components"][1]["items"][0]["spoiler"])
