"""The gallery: screens, filters, buttons that survive a restart, what is never listed."""

from __future__ import annotations

import pytest

from bot.discord.controls import id_of
from bot.discord.galleries import Leafing
from bot.library.cursors import Cursor
from bot.library.library import Library
from bot.storytelling.permissions import Actor
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.stand import Stand, open_stand


async def test_a_screen_shows_six_covers_and_leads_to_the_next_and_back(stand: Stand) -> None:
    for number in range(8):
        await stand.story(stand.ann, f"a fox number {number}")
    screen = await stand.ben.answered(await stand.ben.slash("gallery"))
    assert screen.ephemeral
    assert len(screen.files) == 6
    assert "a fox number 7" in screen.text
    assert "a fox number 1" not in screen.text
    await stand.ben.click(screen, "Further")
    await stand.discord.until(lambda: "a fox number 0" in screen.text)
    assert len(screen.files) == 2
    assert "number 7" not in screen.text
    await stand.ben.click(screen, "Back")
    await stand.discord.until(lambda: "a fox number 7" in screen.text)


async def test_a_chosen_story_is_posted_with_live_buttons(stand: Stand) -> None:
    await stand.story(stand.ann, "a fox")
    screen = await stand.ben.answered(await stand.ben.slash("gallery"))
    before = len(stand.discord.messages)
    asked = await stand.ben.select(screen, screen.selects[0]["options"][0]["value"])
    told = await stand.ben.answered(asked)
    assert told.ephemeral
    assert "https://discord.com/channels/" in told.text
    page = stand.discord.messages[before]
    assert not page.ephemeral
    assert "Continue" in [b.get("label") for b in page.buttons]


async def test_words_author_and_order_narrow_what_is_shown(stand: Stand) -> None:
    await stand.story(stand.ann, "a fox")
    await stand.story(stand.ben, "an owl")
    by_ann = await stand.mod.answered(await stand.mod.slash("gallery", by=stand.ann.user))
    assert "a fox" in by_ann.text
    assert "an owl" not in by_ann.text
    found = await stand.mod.answered(await stand.mod.slash("gallery", search="owl"))
    assert "an owl" in found.text
    assert "a fox" not in found.text
    assert "with “owl”" in found.text
    mixed = await stand.mod.answered(await stand.mod.slash("gallery", sort="random"))
    await stand.mod.click(mixed, "Shuffle")
    await stand.discord.until(lambda: mixed.edits == 2)
    assert "a fox" in mixed.text
    assert "an owl" in mixed.text


async def test_what_fits_nothing_says_so(stand: Stand) -> None:
    none = await stand.ann.answered(await stand.ann.slash("gallery"))
    assert "Wish for the first one" in none.text
    odd = await stand.ann.answered(await stand.ann.slash("gallery", search="zebra"))
    assert "Try other words" in odd.text


async def test_direct_messages_and_switched_off_galleries_are_refused(stand: Stand) -> None:
    bea = stand.discord.person("Bea")
    await stand.story(bea, "a secret fox")
    refused = await bea.answered(await bea.slash("gallery"))
    assert "in no gallery" in refused.text
    actor = Actor(f"discord:{stand.mod.user.id}", f"discord:{stand.guild.id}", moderator=True)
    await stand.service.teller.stewards.set_setting("gallery", "off", actor)
    off = await stand.ann.answered(await stand.ann.slash("gallery"))
    assert "switched off" in off.text


async def test_no_server_sees_the_stories_of_another(stand: Stand) -> None:
    await stand.story(stand.ann, "a fox of the first server")
    other = stand.discord.add_guild("The Den")
    await stand.discord.gateway.dispatch("GUILD_CREATE", other.payload(stand.discord.bot))
    cleo = stand.discord.person("Cleo", other)
    assert "first server" not in (await cleo.answered(await cleo.slash("gallery"))).text
    assert await cleo.autocomplete("show", "story", "fox") == []


async def test_its_buttons_work_after_a_restart(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library) as stand:
            for number in range(7):
                await stand.story(stand.ann, f"a fox number {number}")
            screen = await stand.ann.answered(await stand.ann.slash("gallery"))
            ann = stand.ann
        async with open_stand(discord, library, guild=stand.guild):
            await ann.click(screen, "Further")
            await discord.until(lambda: "a fox number 0" in screen.text)
        await discord.check()


async def test_without_layouts_a_contact_sheet_stands_for_the_covers(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library, renderer="embed") as stand:
            for number in range(7):
                await stand.story(stand.ann, f"a fox number {number}")
            screen = await stand.ann.answered(await stand.ann.slash("gallery"))
            assert [file.name for file in screen.files.values()] == ["covers.jpg"]
            assert screen.embeds
            assert "a fox number 6" in screen.text
            await stand.ann.click(screen, "Further")
            await discord.until(lambda: "a fox number 0" in screen.text)
            assert len(screen.files) == 1
        await discord.check()


@pytest.mark.parametrize("words", ["", "a fox", "狐 と 梟", "many " * 20])
def test_where_one_is_fits_into_a_button(words: str) -> None:
    cursor = Cursor("random", (2**32 - 1, 10**9), start=2**32 - 1).encode()
    leafing = Leafing(cursor, author=str(2**64), style="storybook", words=" ".join(words.split()))
    subject = leafing.subject()
    assert len(id_of("gallery", subject)) <= 100
    read = Leafing.read(subject)
    assert (read.cursor, read.author, read.style) == (cursor, str(2**64), "storybook")
    assert leafing.words.startswith(read.words)
