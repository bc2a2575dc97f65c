from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadInputError
from bot.library import gallery, loves, pages, people, pictures, stories
from bot.library.check import check_database
from bot.library.cursors import KEY_LENGTHS, Cursor, Sort, decode
from bot.library.database import Connection, Database, fetch_all
from bot.library.gallery import GalleryQuery
from bot.library.records import StoryRecord
from bot.library.words import match_query
from tests.bot.library.rows import (
    add_job,
    add_page,
    add_picture,
    add_story,
    new_library,
    set_verdict,
)

HERE = "discord:1"
SORTS: tuple[Sort, ...] = ("newest", "loved", "random", "best")


@asynccontextmanager
async def open_new(*, checked: bool = True) -> AsyncIterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        path.write_bytes(new_library())
        database = await Database.open(path)
        yield database
        await database.close()
        assert not checked or check_database(database.path) == ()


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    async with open_new() as database, database.write() as connection:
        yield connection


async def tell(
    connection: Connection,
    title: str = "a fox",
    *,
    community: str = HERE,
    person: str = "discord:7",
    style: str = "",
    text: str = "Once.",
    painted: bool = True,
    loved: int = 0,
) -> StoryRecord:
    story = await add_story(connection, title, community=community)
    await people.know_person(connection, person, name=f"name of {person}")
    await connection.execute(
        "UPDATE stories SET person_id = ?, style = ?, idea = 'idea' WHERE id = ?",
        (person, style, story.id),
    )
    page = await add_page(connection, await add_job(connection, story), text=text)
    if painted:
        await add_picture(connection, page)
    for number in range(loved):
        await loves.love(connection, story.id, f"discord:lover{number}")
    return story


async def titles(connection: Connection, query: GalleryQuery) -> list[str]:
    return [item.title for item in (await gallery.find(connection, query)).items]


async def walk(connection: Connection, query: GalleryQuery) -> list[str]:
    """Leaf through all screens and return the ids of what is shown."""
    seen: list[str] = []
    while True:
        rows = await gallery.find(connection, query)
        assert len(rows.items) <= query.limit
        seen += [item.story_id for item in rows.items]
        if not rows.after:
            return seen
        query = replace(query, cursor=rows.after)


async def test_a_screen_shows_what_there_is_to_know(connection: Connection) -> None:
    story = await tell(connection, "The Fox", style="ink", loved=2)
    (first,) = await pages.chosen_branch(connection, story.id)
    job = await add_job(connection, story, base=first)
    await add_picture(connection, await add_page(connection, job, parent=first))
    await pictures.set_thumbnail(connection, first.id, first.job_id, b"small")
    await set_verdict(connection, first.id, first.job_id, "spoiler")

    (item,) = (await gallery.find(connection, GalleryQuery(HERE))).items

    assert (item.story_id, item.title, item.style) == (story.id, "The Fox", "ink")
    assert (item.person_id, item.author) == ("discord:7", "name of discord:7")
    assert (item.loves, item.pages, item.created_at) == (2, 2, story.created_at)
    assert (item.thumbnail, item.verdict, item.alt) == (b"small", "spoiler", "a fox")
    assert (item.cover_page, item.cover_job) == (first.id, first.job_id)


async def test_the_cover_is_the_newest_picture_of_the_first_painted_chosen_page(
    connection: Connection,
) -> None:
    story = await tell(connection, painted=False)
    (first,) = await pages.chosen_branch(connection, story.id)
    left = await add_page(connection, await add_job(connection, story, base=first), first)
    await add_picture(connection, left)
    job = await add_job(connection, story, base=first)
    right = await add_page(connection, job, first)
    old = await add_picture(connection, right)
    redraw = await add_job(connection, story, base=first)
    await pictures.insert(connection, replace(old, job_id=redraw.id))
    await pictures.set_thumbnail(connection, right.id, redraw.id, b"newest")

    (item,) = (await gallery.find(connection, GalleryQuery(HERE))).items

    assert (item.cover_page, item.cover_job, item.thumbnail) == (right.id, redraw.id, b"newest")
    assert item.pages == 2


async def test_orders(connection: Connection) -> None:
    for title, loved in (("a", 1), ("b", 3), ("c", 0), ("d", 3)):
        await tell(connection, title, loved=loved)
    assert await titles(connection, GalleryQuery(HERE)) == ["d", "c", "b", "a"]
    assert await titles(connection, GalleryQuery(HERE, sort="loved")) == ["d", "b", "a", "c"]
    one = await titles(connection, GalleryQuery(HERE, sort="random", start=2**31))
    assert sorted(one) == ["a", "b", "c", "d"]
    assert one == await titles(connection, GalleryQuery(HERE, sort="random", start=2**31))


async def test_a_random_order_is_the_same_ring_from_any_start(connection: Connection) -> None:
    for number in range(9):
        await tell(connection, str(number))
    rows = await fetch_all(connection, "SELECT id, shuffle FROM stories ORDER BY shuffle DESC")
    ring, places = [row["id"] for row in rows], [row["shuffle"] for row in rows]
    for turn, start in enumerate(places):
        found = await walk(connection, GalleryQuery(HERE, sort="random", start=start, limit=2))
        assert found == ring[turn:] + ring[:turn]


async def test_author_and_style_narrow_every_order(connection: Connection) -> None:
    await tell(connection, "mine in ink", person="discord:1", style="ink")
    await tell(connection, "mine in oil", person="discord:1", style="oil")
    await tell(connection, "yours in ink", person="discord:2", style="ink")
    for sort in SORTS:
        query = GalleryQuery(HERE, sort=sort, words="in")
        mine = await titles(connection, replace(query, author="discord:1"))
        assert sorted(mine) == ["mine in ink", "mine in oil"]
        inked = await titles(connection, replace(query, style="ink"))
        assert sorted(inked) == ["mine in ink", "yours in ink"]
        both = await titles(connection, replace(query, style="ink", author="discord:2", words=""))
        assert both == ["yours in ink"]


@pytest.mark.parametrize("words", ["", "fox"])
@pytest.mark.parametrize("sort", SORTS)
async def test_what_is_not_for_everybody_is_listed_nowhere(
    connection: Connection, sort: Sort, words: str
) -> None:
    shown = await tell(connection, "fox")
    await tell(connection, "fox elsewhere", community="discord:2")
    private = await tell(connection, "fox in private", community="discord:dm")
    await people.know_community(connection, "discord:dm", direct=True)
    await tell(connection, "fox unpainted", painted=False)
    deleted = await tell(connection, "fox deleted")
    await stories.delete(connection, deleted.id)
    hidden = await tell(connection, "fox hidden")
    await stories.set_listed(connection, hidden.id, listed=False)
    await tell(connection, "fox of somebody shy", person="discord:shy")
    await people.set_listed(connection, "discord:shy", listed=False)

    query = GalleryQuery(HERE, sort=sort, words=words)
    assert await walk(connection, query) == [shown.id]
    assert await walk(connection, replace(query, author="discord:shy")) == []
    assert await walk(connection, replace(query, community="discord:dm")) == []
    assert await walk(connection, replace(query, community=private.id)) == []

    await people.set_listed(connection, "discord:shy", listed=True)
    await stories.set_listed(connection, hidden.id, listed=True)
    await stories.restore(connection, deleted.id)
    assert len(await walk(connection, query)) == 4


async def test_a_title_ranks_above_an_idea_and_an_idea_above_pages(connection: Connection) -> None:
    await tell(connection, "dragon tales")
    await tell(connection, "a quiet moon", text="The dragon slept.")
    deep = await tell(connection, "two nights", text="Dragon.")
    (page,) = await pages.chosen_branch(connection, deep.id)
    job = await add_job(connection, deep, base=page)
    await add_page(connection, job, parent=page, text="Another dragon.")
    idea = await tell(connection, "the quest")
    await connection.execute("UPDATE stories SET idea = 'a dragon' WHERE id = ?", (idea.id,))
    await tell(connection, "dragon song")
    await tell(connection, "no such beast")

    found = await titles(connection, GalleryQuery(HERE, words="DRAG"))

    assert found == ["dragon song", "dragon tales", "the quest", "two nights", "a quiet moon"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("café", True),
        ("CAFE", True),
        ("caf", True),
        ("fox café", True),
        ("café owl", False),
        ("afé", False),
        ('"fox', True),
        ("fox OR owl", False),
        ("fox*", True),
        ("title:fox", False),
        ("don't", True),
        ("-fox", True),
        ("f", False),
        ("狐", True),
        ("лиса", True),
        ("   ", True),
        ("?!", False),
        ("🦊", False),
    ],
)
async def test_words_are_found_as_people_type_them(
    connection: Connection, words: str, found: bool
) -> None:
    story = await tell(connection, "A fox in the Café; I don't know. 狐の話 ЛИСА 🦊")
    query = GalleryQuery(HERE, words=words)
    assert await walk(connection, query) == [story.id] * found


async def test_one_community_never_finds_another_ones_words(connection: Connection) -> None:
    await tell(connection, "secret", community="discord:22", text="a secret")
    for community in ("discord:2", "discord", "22", "discord:2*", 'x" OR "secret', ""):
        assert await walk(connection, GalleryQuery(community, words="secret")) == []
    assert len(await walk(connection, GalleryQuery("discord:22", words="secret"))) == 1
    place = b"discord:22".hex()
    assert await walk(connection, GalleryQuery("discord:22", words=place)) == []


async def test_a_chat_that_changes_its_id_takes_its_stories_and_words_along(
    connection: Connection,
) -> None:
    story = await tell(connection, "fox", community="tg:-1", text="a moon")
    await people.move_community(connection, "tg:-1", "tg:-1001")
    for words in ("", "fox", "moon"):
        assert await walk(connection, GalleryQuery("tg:-1001", words=words)) == [story.id]
        assert await walk(connection, GalleryQuery("tg:-1", words=words)) == []


async def test_screens_lead_back_as_they_led_on(connection: Connection) -> None:
    for number in range(8):
        await tell(connection, f"fox {number}", loved=number % 3)
    for sort in SORTS:
        query = GalleryQuery(HERE, sort=sort, words="fox", limit=3, start=2**30)
        first = await gallery.find(connection, query)
        second = await gallery.find(connection, replace(query, cursor=first.after))
        third = await gallery.find(connection, replace(query, cursor=second.after))
        assert [len(rows.items) for rows in (first, second, third)] == [3, 3, 2]
        assert (first.before, third.after) == ("", "")
        assert (await gallery.find(connection, replace(query, cursor=third.before))) == second
        back = await gallery.find(connection, replace(query, cursor=second.before))
        assert back == first


@pytest.mark.parametrize(
    "cursor", ["", "x", "na1", "naz.0", "'; DROP TABLE stories", "la1.2.3", "na" + "z" * 13 + ".0"]
)
async def test_a_cursor_that_is_none_is_one_line(connection: Connection, cursor: str) -> None:
    for sort in SORTS if cursor else ():
        with pytest.raises(BadInputError, match="open the gallery again") as caught:
            await gallery.find(connection, GalleryQuery(HERE, sort=sort, cursor=cursor))
        assert "\n" not in caught.value.message


async def test_a_cursor_of_another_order_is_refused(connection: Connection) -> None:
    cursor = Cursor("loved", (3, 4)).encode()
    with pytest.raises(BadInputError, match="belongs to the order loved"):
        await gallery.find(connection, GalleryQuery(HERE, cursor=cursor))
    with pytest.raises(BadInputError, match="1 to 24 stories"):
        await gallery.find(connection, GalleryQuery(HERE, limit=25))


@given(
    st.sampled_from(SORTS).flatmap(
        lambda sort: st.builds(
            Cursor,
            st.just(sort),
            st.tuples(*[st.integers(0, 2**63 - 1)] * KEY_LENGTHS[sort]),
            st.booleans(),
            st.integers(0, 2**32 - 1) if sort == "random" else st.just(0),
        )
    )
)
def test_cursors_are_short_and_read_back(cursor: Cursor) -> None:
    text = cursor.encode()
    assert len(text) <= 39
    assert decode(text) == cursor


@given(st.text(max_size=40))
def test_no_text_but_a_cursor_is_taken_for_one(text: str) -> None:
    try:
        cursor = decode(text)
    except BadInputError:
        return
    assert cursor.encode() == text


async def test_wild_words_are_safe(connection: Connection) -> None:
    story = await tell(connection, "a fox", text="the moon")
    tried = 0

    @settings(max_examples=300, deadline=None)
    @given(
        st.text(max_size=60)
        | st.text(alphabet='"*^:(){}+- AND OR NOT NEARfox\0\ud800', max_size=30)
    )
    def collect(words: str) -> None:
        wild.append(words)

    wild: list[str] = ["NEAR(a b)", "a AND", "(", '""', "\0", "\ud800", "a" * 5000, "* " * 300]
    collect()
    for words in wild:
        for sort in (None, "newest"):
            found = await walk(connection, GalleryQuery(HERE, words=words, sort=sort))
            assert found in ([], [story.id])
        tried += bool(match_query(words))
    assert tried


ACTS = st.lists(
    st.tuples(st.sampled_from(["delete", "restore", "hide", "purge", "tell"]), st.integers(0, 99)),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(SORTS),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.lists(ACTS, max_size=6),
    st.integers(0, 2**20),
)
def test_leafing_skips_and_doubles_nothing_while_stories_go_and_come(
    sort: Sort, limit: int, start: int, between: list[list[tuple[str, int]]], seed: int
) -> None:
    asyncio.run(_leaf(sort, limit, start, between, random.Random(seed)))


async def _leaf(
    sort: Sort,
    limit: int,
    start: int,
    between: list[list[tuple[str, int]]],
    chance: random.Random,
) -> None:
    async with open_new(checked=False) as database, database.write() as connection:
        told = [await tell(connection, f"fox {n}", loved=chance.randrange(3)) for n in range(10)]
        await tell(connection, "fox", community="discord:2")
        # Equal places, as they may come about by chance.
        await connection.execute("UPDATE stories SET shuffle = shuffle % 4 * 1000000000")
        touched: set[str] = set()
        added: set[str] = set()
        seen: list[str] = []
        query = GalleryQuery(HERE, sort=sort, words="fox", start=start, limit=limit)
        for acts in [*between, *[[]] * 20]:
            rows = await gallery.find(connection, query)
            seen += [item.story_id for item in rows.items]
            if not rows.after:
                break
            query = replace(query, cursor=rows.after)
            for act, pick in acts:
                await _act(connection, act, told[pick % len(told)], touched, added)
        assert len(seen) == len(set(seen))
        assert {story.id for story in told} - touched <= set(seen) <= {s.id for s in told} | added


async def _act(
    connection: Connection, act: str, story: StoryRecord, touched: set[str], added: set[str]
) -> None:
    if act == "tell":
        added.add((await tell(connection, "fox new")).id)
        return
    touched.add(story.id)
    if act == "delete":
        await stories.delete(connection, story.id)
    elif act == "restore":
        await stories.restore(connection, story.id)
    elif act == "hide":
        await stories.set_listed(connection, story.id, listed=False)
    else:
        await stories.purge_one(connection, story.id)
