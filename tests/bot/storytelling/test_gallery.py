from __future__ import annotations

import asyncio
import io
from dataclasses import fields, replace

import pytest
from PIL import Image

from bot.errors import BadInputError, UnavailableError
from bot.library import community_settings, loves, pages, people, pictures, stories
from bot.library.community_settings import CommunitySettings
from bot.library.database import Connection
from bot.library.library import Library
from bot.library.records import PageRecord, StoryRecord
from bot.settings import Settings
from bot.storytelling.gallery import Browse, Gallery
from bot.storytelling.permissions import Actor
from tests.bot.library.rows import (
    add_job,
    add_page,
    add_picture,
    add_story,
    pictures_of,
    set_verdict,
)

HERE = "discord:1"
ANNA = Actor("discord:7", HERE)


def png(colour: str = "red", edge: int = 256) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (edge, edge), colour).save(out, "PNG")
    return out.getvalue()


async def tell(
    connection: Connection, title: str = "a fox", *, community: str = HERE, image: bytes = png()
) -> tuple[StoryRecord, PageRecord]:
    story = await add_story(connection, title, community=community)
    page = await add_page(connection, await add_job(connection, story))
    await add_picture(connection, page, image=image)
    return story, page


async def choose(library: Library, key: str, value: object) -> None:
    async with library.database.write() as connection:
        await community_settings.save(connection, HERE, key, value, defaults=CommunitySettings())


async def test_a_screen_shows_six_stories_of_the_actors_own_place(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        for number in range(8):
            story, _ = await tell(connection, f"fox {number}")
        await loves.love(connection, story.id, "discord:8")
        await tell(connection, "fox elsewhere", community="discord:2")
        await people.know_person(connection, "console", name="Carla")

    screen = await gallery.browse(Browse(), ANNA)
    assert [entry.title for entry in screen.entries] == [f"fox {n}" for n in range(7, 1, -1)]
    assert [entry.number for entry in screen.entries] == [1, 2, 3, 4, 5, 6]
    first = screen.entries[0]
    assert (first.story_id, first.author, first.loves, first.pages) == (story.id, "Carla", 1, 1)
    assert first.created_at.endswith("Z")
    assert (screen.sort, screen.before) == ("newest", "")

    rest = await gallery.browse(Browse(cursor=screen.after), ANNA)
    assert [entry.title for entry in rest.entries] == ["fox 1", "fox 0"]
    assert rest.after == ""
    assert await gallery.browse(Browse(cursor=rest.before), ANNA) == screen

    found = await gallery.search("fox elsewhere", ANNA)
    assert found.entries == ()
    elsewhere = await gallery.search("FOX", replace(ANNA, community="discord:2"))
    assert [entry.title for entry in elsewhere.entries] == ["fox elsewhere"]


def test_no_wish_can_name_a_place() -> None:
    assert "community" not in {field.name for field in fields(Browse)}


async def test_a_random_order_is_drawn_once_and_kept_by_its_cursors(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        told = [(await tell(connection, str(n)))[0].id for n in range(8)]
    first = await gallery.browse(Browse(sort="random"), ANNA)
    second = await gallery.browse(Browse(sort="random", cursor=first.after), ANNA)
    seen = [entry.story_id for screen in (first, second) for entry in screen.entries]
    assert sorted(seen) == sorted(told)
    seeded = [await gallery.browse(Browse(sort="random", seed=5), ANNA) for _ in range(2)]
    assert seeded[0] == seeded[1]


@pytest.mark.parametrize("words", ["", "  ", "?!", "🦊"])
async def test_a_search_without_a_word_is_refused(library: Library, words: str) -> None:
    with pytest.raises(BadInputError, match="no word to look for"):
        await Gallery(library, Settings()).search(words, ANNA)


async def test_there_is_no_gallery_in_private_or_where_it_is_off(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        await tell(connection)
        await people.know_community(connection, "discord:dm", direct=True)
        await tell(connection, community="discord:dm")
    with pytest.raises(BadInputError, match="told in private"):
        await gallery.browse(Browse(), Actor("discord:7", "discord:dm", direct=True))
    # Even where a front-end forgets to say that it is a conversation with one person.
    assert (await gallery.browse(Browse(), Actor("discord:7", "discord:dm"))).entries == ()

    await choose(library, "gallery", "off")
    with pytest.raises(BadInputError, match="switched off here"):
        await gallery.browse(Browse(), ANNA)


async def test_missing_thumbnails_are_made_and_kept(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        _, page = await tell(connection)
        await tell(connection, "damaged", image=b"not a picture")
    screen = await gallery.browse(Browse(), ANNA)
    damaged, sound = screen.entries
    assert damaged.thumbnail == b""
    with Image.open(io.BytesIO(sound.thumbnail)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (192, 192))
    async with library.database.read() as connection:
        kept = await pictures.get(connection, page.id, page.job_id)
    assert kept is not None
    assert kept.thumbnail == sound.thumbnail


async def test_a_full_disk_spoils_no_screen(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with library.database.write() as connection:
        await tell(connection)

    def refuse() -> None:
        raise UnavailableError("The disk is full.")

    monkeypatch.setattr(library.database, "write", refuse)
    (entry,) = (await Gallery(library, Settings()).browse(Browse(), ANNA)).entries
    assert entry.thumbnail


@pytest.mark.parametrize(
    ("policy", "verdict", "shown", "spoiler"),
    [
        ("off", "spoiler", True, False),
        ("off", "blocked", True, False),
        ("spoiler", "", True, False),
        ("spoiler", "ok", True, False),
        ("spoiler", "spoiler", True, True),
        ("spoiler", "blocked", True, True),
        ("block", "ok", True, False),
        ("block", "spoiler", False, False),
        ("block", "blocked", False, False),
    ],
)
async def test_flagged_pictures_are_treated_as_the_place_wants_it(
    library: Library, policy: str, verdict: str, shown: bool, spoiler: bool
) -> None:
    async with library.database.write() as connection:
        _, page = await tell(connection)
        await set_verdict(connection, page.id, page.job_id, verdict)
    await choose(library, "pictures", policy)
    gallery = Gallery(library, Settings())
    screen = await gallery.browse(Browse(), ANNA)
    (entry,) = screen.entries
    assert (bool(entry.thumbnail), entry.spoiler) == (shown, spoiler)
    with Image.open(io.BytesIO(await gallery.contact_sheet(screen))) as sheet:
        red, green, blue = sheet.convert("RGB").getpixel((188, 100))
    assert (red > 200 and green < 60 and blue < 60) == shown


async def test_a_screen_whose_stories_are_gone_leads_to_the_first(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        told = [(await tell(connection, str(n)))[0].id for n in range(8)]
    screen = await gallery.browse(Browse(), ANNA)
    async with library.database.write() as connection:
        for story_id in told[:2]:
            await stories.delete(connection, story_id)
    assert await gallery.browse(Browse(cursor=screen.after), ANNA) == replace(screen, after="")


async def test_a_contact_sheet_shows_what_the_screen_was_checked_for(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        story, page = await tell(connection)
    screen = await gallery.browse(Browse(), ANNA)
    before = await gallery.contact_sheet(screen)
    async with library.database.write() as connection:
        job = await add_job(connection, story)
        (old,) = await pictures_of(connection, page.id)
        redrawn = replace(old, job_id=job.id, image=png("blue"), thumbnail=None)
        await pictures.insert(connection, redrawn)
        assert len(await pages.of_story(connection, story.id)) == 1
    with Image.open(io.BytesIO(await gallery.contact_sheet(screen))) as sheet:
        red, _, blue = sheet.convert("RGB").getpixel((188, 100))
    assert red > 200 > 60 > blue
    assert before
    with pytest.raises(BadInputError, match="no story to show"):
        await gallery.contact_sheet(replace(screen, entries=()))


async def test_many_may_look_at_the_same_time(library: Library) -> None:
    gallery = Gallery(library, Settings())
    async with library.database.write() as connection:
        for number in range(6):
            await tell(connection, str(number))
    screens = await asyncio.gather(*(gallery.browse(Browse(), ANNA) for _ in range(8)))
    assert all(screen == screens[0] for screen in screens)
