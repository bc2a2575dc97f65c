"""Buttons and forms: each asks the library anew, and the wrong person is told privately."""

from __future__ import annotations

from bot.library.library import Library
from tests.bot.discord.loopback import LoopbackDiscord
from tests.bot.discord.reading import labels, last, press
from tests.bot.discord.stand import Stand, open_stand


async def test_continue_asks_what_happens_and_may_stay_blank(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    for number, direction in ((2, "he flies"), (3, "")):
        form = await stand.ann.modal(await stand.ann.click(page, "Continue"))
        await stand.ann.submit(form, direction=direction)
        page = await stand.discord.message(
            lambda m, n=number: f"Page {n}/" in m.text and "Continue" in labels(m)
        )
        assert page.reply_to is not None
        assert stand.engine.requests[-1].direction == direction


async def test_branch_retry_redraw_and_pager_walk_the_tree(stand: Stand) -> None:
    first = await stand.story(stand.ann)
    form = await stand.ann.modal(await stand.ann.click(first, "Branch"))
    await stand.ann.submit(form, direction="a storm")
    second = await stand.discord.message(lambda m: m is not first and "Continue" in labels(m))
    told = second.text
    await stand.ann.click(second, "Retry")
    await stand.discord.until(lambda: "2/2" in labels(second))
    assert "Version 2 of 2" in last(second)
    await stand.ann.click(second, press(second, "◀"))
    await stand.discord.until(lambda: "1/2" in labels(second))
    assert second.text.splitlines()[1] == told.splitlines()[1]
    edits = second.edits
    await stand.ann.click(second, "Redraw")
    await stand.discord.until(lambda: second.edits > edits and "Continue" in labels(second))
    assert len(stand.discord.messages) == 2


async def test_strangers_are_told_privately_and_nothing_happens(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    before = page.text
    for button in ("Continue", "Retry", "Redraw", "Branch"):
        told = await stand.ben.answered(await stand.ben.click(page, button))
        assert told.ephemeral
        assert "author" in told.text
    assert page.text == before
    assert len(stand.discord.messages) == 1
    menu = await stand.ben.answered(await stand.ben.click(page, "More"))
    assert "Delete the story" not in labels(menu)
    menu = await stand.mod.answered(await stand.mod.click(page, "More"))
    assert "Delete the story" in labels(menu)


async def test_open_stories_are_for_everybody(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    menu = await stand.ann.answered(await stand.ann.click(page, "More"))
    await stand.ann.click(menu, "Let everybody go on")
    await stand.discord.until(lambda: "Only I go on" in labels(menu))
    form = await stand.ben.modal(await stand.ben.click(page, "Continue"))
    await stand.ben.submit(form, direction="she sings")
    await stand.discord.message(lambda m: "Page 2/2" in m.text and "Continue" in labels(m))


async def test_the_menu_edits_loves_lists_and_deletes(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    menu = await stand.ann.answered(await stand.ann.click(page, "More"))
    await stand.ann.click(menu, "Love it")
    await stand.discord.until(lambda: "1 heart" in menu.text and "♥ 1" in page.text)
    form = await stand.ann.modal(await stand.ann.click(menu, "Edit text"))
    await stand.ann.submit(form, text="The fox stayed.")
    await stand.discord.until(lambda: "The fox stayed." in page.text and "2/2" in labels(page))
    await stand.ann.click(menu, "Leave out of the gallery")
    await stand.discord.until(lambda: "Put into the gallery" in labels(menu))
    await stand.ann.click(menu, "Delete the story")
    await stand.discord.until(lambda: "No, keep it" in labels(menu))
    await stand.ann.click(menu, "No, keep it")
    await stand.discord.until(lambda: "It stays." in menu.text)
    menu = await stand.ann.answered(await stand.ann.click(page, "More"))
    await stand.ann.click(menu, "Delete the story")
    await stand.discord.until(lambda: "Yes, delete it" in labels(menu))
    await stand.ann.click(menu, "Yes, delete it")
    await stand.discord.until(lambda: page.deleted and "is deleted" in menu.text)


async def test_a_page_that_is_gone_says_so(stand: Stand) -> None:
    page = await stand.story(stand.ann)
    menu = await stand.ann.answered(await stand.ann.click(page, "More"))
    await stand.ann.click(menu, "Delete the story")
    await stand.discord.until(lambda: "Yes, delete it" in labels(menu))
    stand.discord.fail("DELETE /channels", status=403)
    await stand.ann.click(menu, "Yes, delete it")
    await stand.discord.until(lambda: "is deleted" in menu.text)
    for button in ("Continue", "Retry", "More"):
        told = await stand.ann.answered(await stand.ann.click(page, button))
        assert "no page of a story any more" in told.text


async def test_lost_acknowledgements_are_made_good(stand: Stand) -> None:
    stand.discord.fail("POST /interactions", status=0, after=True)
    page = await stand.story(stand.ann)
    stand.discord.fail("POST /interactions", status=503)
    menu = await stand.ann.answered(await stand.ann.click(page, "More"))
    assert "Edit text" in labels(menu)


async def test_buttons_and_open_forms_survive_a_restart(library: Library) -> None:
    async with LoopbackDiscord() as discord:
        async with open_stand(discord, library) as s:
            page = await s.story(s.ann)
            form = await s.ann.modal(await s.ann.click(page, "Continue"))
        async with open_stand(discord, library, guild=s.guild):
            await s.ann.submit(form, direction="he flies")
            await discord.message(lambda m: "Page 2/2" in m.text and "Continue" in labels(m))
            menu = await s.ann.answered(await s.ann.click(page, "More"))
            assert "Edit text" in labels(menu)
            await discord.check()


async def test_queue_and_stop_are_about_ones_own_stories(stand: Stand) -> None:
    stand.engine.hang_at = 1
    for idea in ("a red fox", "a blue owl"):
        await stand.ann.answered(await stand.ann.slash("story", idea=idea))
    mine = await stand.ann.answered(await stand.ann.slash("queue"))
    assert mine.text.count("fox") == mine.text.count("owl") == 1
    theirs = await stand.ben.answered(await stand.ben.slash("queue"))
    assert "None of your stories" in theirs.text
    told = await stand.ben.answered(await stand.ben.slash("stop"))
    assert "None of your stories" in told.text
    told = await stand.ann.answered(await stand.ann.slash("stop"))
    assert "is stopped" in told.text
    mine = await stand.ann.answered(await stand.ann.slash("queue"))
    await stand.ann.click(mine, "Cancel")
    await stand.discord.until(lambda: "None of your stories" in mine.text)
