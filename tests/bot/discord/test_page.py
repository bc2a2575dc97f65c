"""The life of a page's message, from the wish to the last picture, in both drawings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from bot.discord import artwork
from bot.library.library import Library
from engine.api.events import Preview, StoryEvent, TellRequest
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.reading import labels, last, was_done
from tests.bot.discord.stand import Stand, open_stand
from tests.bot.storytelling.scripted_engine import ScriptedEngine, tiny_png

V2 = 1 << 15


def sent(page: int) -> bytes:
    """Return a page's picture as it is sent in the end."""
    art = artwork.final(tiny_png(page), limit=10**7)
    assert art is not None
    return art.data


@pytest.mark.parametrize("renderer", ["layout", "embed"])
async def test_a_wish_becomes_a_message_a_page_with_full_pictures(
    library: Library, renderer: str
) -> None:
    async with LoopbackDiscord() as discord, open_stand(discord, library, renderer=renderer) as s:
        asked = await s.ann.slash("story", idea="a red fox", pages=2, seed=5)
        told = await s.ann.answered(asked)
        first, second = await discord.until(lambda: len(discord.messages) == 2 and discord.messages)
        await discord.until(lambda: was_done(first) and was_done(second))
        assert f"/{first.id}" in told.text
        assert told.ephemeral
        assert first.text.splitlines()[0].endswith("The Tale of a red fox")
        assert "Page 1/2 · seed 5" in last(first)
        assert second.reply_to is first
        assert labels(first) == ["Continue", "Retry", "Redraw", "Branch", "More"]
        assert [m.file().data for m in (first, second)] == [sent(1), sent(2)]
        assert bool(first.flags & V2) is (renderer == "layout")
        assert was_done(first) == was_done(second) == 1
        await discord.check()


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("story", {"idea": "a red fox", "pages": 1}), ("continue", {"story": "x"}), ("gallery", {}),
        ("show", {"story": "x"}), ("queue", {}), ("stop", {}), ("about", {}), ("privacy show", {}),
        ("export", {"story": "x", "format": "pdf"}), ("remember list", {"story": "x"}),
    ],
)  # fmt: skip
async def test_a_command_is_acknowledged_before_the_library_is_asked(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, command: str, options: dict[str, object]
) -> None:
    """Discord gives 3 s, however long a busy library takes."""
    people = stand.service.teller.people
    meet, free = people.meet, asyncio.Event()

    async def later(*arguments: Any, **named: Any) -> None:
        await free.wait()
        await meet(*arguments, **named)

    monkeypatch.setattr(people, "meet", later)
    asked = await stand.ann.slash(command, **options)
    await stand.discord.until(lambda: asked.callback is not None, what="an acknowledgement")
    assert asked.callback == 5
    assert asked.answers == []
    free.set()
    await stand.ann.answered(asked)


async def test_the_first_drawing_has_a_blank_sheet_and_a_way_to_cancel(stand: Stand) -> None:
    stand.engine.hang_at = 1
    await stand.ann.slash("story", idea="a red fox", pages=1)
    message = await stand.discord.message()
    assert labels(message) == ["Cancel"]
    assert message.file().name == "page-1.webp"
    await stand.engine.hanging.wait()
    await stand.ann.click(message, "Cancel")
    await stand.discord.until(lambda: labels(message) == ["Try again"])
    assert "Stopped" in message.text
    stand.engine.hang_at = None
    await stand.ann.click(message, "Try again")
    await stand.discord.until(lambda: "Continue" in labels(message))
    assert len(stand.discord.messages) == 1


@pytest.mark.parametrize(
    ("status", "after"), [(500, False), (503, False), (503, True), (0, False), (0, True)]
)
async def test_a_lost_post_is_posted_once(stand: Stand, status: int, after: bool) -> None:
    stand.discord.fail("POST /channels", status=status, after=after)
    await stand.ann.answered(await stand.ann.slash("story", idea="a red fox", pages=1))
    await stand.discord.message(was_done)
    assert len(stand.discord.messages) == 1
    assert was_done(stand.discord.messages[0]) == 1


async def test_an_end_whose_answer_is_lost_is_not_drawn_twice(stand: Stand) -> None:
    stand.engine.hang_at = 2
    await stand.ann.answered(await stand.ann.slash("story", idea="a red fox", pages=1))
    page = stand.discord.messages[0]
    await stand.engine.hanging.wait()
    await stand.discord.until(lambda: "Page" in page.text.splitlines())  # its first word
    await stand.drawn()
    stand.discord.fail("PATCH /channels", status=0, after=True)
    stand.discord.fail("GET /channels/.*/messages", status=503)
    await stand.ann.slash("stop")
    await stand.discord.until(lambda: "Try again" in labels(page))
    edits = page.edits
    await stand.at_rest()
    assert await stand.service.teller.posts.live("discord") == ()
    assert page.edits == edits


async def test_limits_and_lost_edits_delay_the_end_but_never_lose_it(stand: Stand) -> None:
    stand.discord.limits.force("PATCH /channels", times=2, retry_after_s=0.2)
    stand.discord.fail("PATCH /channels", status=503)
    stand.discord.fail("PATCH /channels", status=0)
    message = await stand.story(stand.ann)
    assert was_done(message) == 1
    assert message.file().data == sent(1)


async def test_a_picture_that_is_too_large_for_the_server_is_sent_smaller(stand: Stand) -> None:
    stand.discord.max_file_bytes = len(tiny_png(1)) - 1
    await stand.ann.slash("story", idea="a red fox", pages=1)
    # The blank sheet is too large as well, so the page begins without any.
    message = await stand.discord.message(lambda m: "Continue" in labels(m))
    files = list(message.files.values())
    assert all(len(file.data) < len(tiny_png(1)) for file in files)
    assert "Page 1" in message.text


async def test_what_is_too_old_to_be_edited_is_posted_anew_as_an_answer(stand: Stand) -> None:
    stand.engine.hang_at = 1
    await stand.ann.slash("story", idea="a red fox")
    old = await stand.discord.message()
    await stand.engine.hanging.wait()
    old.too_old = True
    await stand.ann.slash("stop")
    anew = await stand.discord.message(lambda m: m is not old and labels(m) == ["Try again"])
    assert anew.reply_to is old


async def test_an_embed_setting_leaves_layouts_that_stand_as_layouts(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library) as s:
            page = await s.story(s.ann)
        async with open_stand(discord, library, renderer="embed", guild=s.guild) as s:
            ann = discord.at(page.channel.guild.people[_author(discord)], page.channel)  # type: ignore[union-attr]
            edits = page.edits
            await ann.click(page, "Redraw")
            await discord.until(lambda: page.edits > edits and "Continue" in labels(page))
            assert page.flags & V2
            fresh = await s.story(s.ben)
            assert not fresh.flags & V2


def _author(discord: LoopbackDiscord) -> int:
    return next(user.id for user in discord.users.values() if user.name == "Ann")


class Looking(ScriptedEngine):
    """Sends looks that are pictures, and hangs after so many events of each job."""

    async def tell(self, request: TellRequest) -> AsyncIterator[StoryEvent]:
        async with aclosing(super().tell(request)) as told:  # type: ignore[type-var]
            async for event in told:
                is_look = isinstance(event, Preview)
                yield replace(event, image=tiny_png(9)) if is_look else event  # type: ignore[arg-type]


async def test_a_half_painted_page_keeps_its_look_until_there_is_a_newer_one(
    library: Library,
) -> None:
    engine = Looking()
    engine.hang_at = 4  # after the first look
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library, engine=engine) as s:
            await s.ann.slash("story", idea="a red fox", pages=1)
            page = await discord.message()
            await engine.hanging.wait()
            await s.drawn()
            look = page.file().data
            assert look != artwork.blank_sheet().data
        assert "goes on by itself" in page.text
        assert page.file().data == look
        again = Looking()
        again.hang_at = 1  # before the next one
        async with open_stand(discord, library, engine=again, guild=s.guild) as s:
            await again.hanging.wait()
            await s.drawn()
            assert page.file().data == look
        assert page.file().data == look
        async with open_stand(discord, library, guild=s.guild):
            await discord.until(lambda: was_done(page))
            assert page.file().data == sent(1)
        await discord.check()


async def test_leaving_says_that_the_story_goes_on_and_the_next_start_goes_on(
    library: Library,
) -> None:
    engine = ScriptedEngine()
    engine.hang_at = 3
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library, engine=engine) as s:
            await s.ann.slash("story", idea="a red fox", pages=2)
            await engine.hanging.wait()
            first = await discord.message()
        assert "goes on by itself" in first.text
        assert labels(first) == []
        syncs = discord.syncs
        async with open_stand(discord, library, guild=s.guild):
            await discord.until(
                lambda: len(discord.messages) == 2 and all(map(was_done, discord.messages))
            )
            assert [was_done(message) for message in discord.messages] == [1, 1]
        assert discord.syncs == syncs
        await discord.check()
