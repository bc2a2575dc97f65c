"""Pages as layouts and as embeds, against the loopback's copy of Discord's rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.page import PageView, Phase
from bot.discord.artwork import Art, blank_sheet
from bot.discord.buttons import rows_of
from bot.discord.controls import Control
from bot.discord.embeds import page_embed
from bot.discord.layouts import page_layout
from bot.discord.messenger import art_of
from bot.discord.queue_view import queue_view
from bot.storytelling.views import QueueLine

PAGE = PageView(
    story_id="st0ry001",
    number=2,
    pages=4,
    phase="done",
    title="The Fox",
    text="The fox went home.",
    style="storybook",
    seed=7,
    job_id="j0b00001",
    page_id="page0001",
    author="Ann",
)
Draw = Callable[[PageView, Art | None], dict[str, Any]]


def parts(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in components:
        yield part
        yield from parts(part.get("components") or [])


async def drawn(draw: Draw, view: PageView, art: Art | None = None) -> dict[str, Any]:
    """Return what would be sent: components, embeds and files."""
    made = draw(view, art)
    components = list(parts(made["view"].to_components()))
    embeds = [embed.to_dict() for embed in made.get("embeds", [])]
    return {"components": components, "embeds": embeds, "files": made["files"]}


def texts(made: dict[str, Any]) -> list[str]:
    return [part["content"] for part in made["components"] if part["type"] == 10]


def ids(made: dict[str, Any]) -> list[str]:
    return [part["custom_id"] for part in made["components"] if part["type"] == 2]


async def test_a_finished_page_is_title_picture_prose_small_print_and_five_buttons() -> None:
    made = await drawn(page_layout, replace(PAGE, alt="A fox."), Art(b"x", "png"))
    assert texts(made)[0] == "### The Fox"
    assert texts(made)[1] == PAGE.text
    assert texts(made)[2] == "-# Page 2/4 · storybook · seed 7 · st0ry001 · by Ann"
    gallery = next(part for part in made["components"] if part["type"] == 12)
    assert gallery["items"][0]["media"]["url"] == f"attachment://{made['files'][0].filename}"
    assert gallery["items"][0]["description"] == made["files"][0].description == "A fox."
    acts = ["continue", "retry", "redraw", "branch", "more"]
    assert ids(made) == [f"st:1:{act}:page0001" for act in acts]


async def test_siblings_have_a_pager_whose_ends_cannot_be_pressed() -> None:
    first = await drawn(page_layout, replace(PAGE, place=1, count=3))
    pager = [part for part in first["components"] if part["type"] == 2][5:]
    assert [part["custom_id"].split(":")[2] for part in pager] == ["before", "place", "after"]
    assert [part["disabled"] for part in pager] == [True, True, False]
    assert pager[1]["label"] == "1/3"


@pytest.mark.parametrize("phase", ["queued", "writing", "painting"])
async def test_whatever_is_at_work_can_be_cancelled(phase: Phase) -> None:
    made = await drawn(page_layout, replace(PAGE, phase=phase, page_id=""), blank_sheet())
    assert ids(made) == ["st:1:cancel:j0b00001"]


@pytest.mark.parametrize("phase", ["failed", "cancelled"])
async def test_what_failed_can_be_tried_again_and_its_page_used(phase: Phase) -> None:
    made = await drawn(page_layout, replace(PAGE, phase=phase, page_id=""), blank_sheet())
    assert ids(made) == ["st:1:again:j0b00001"]
    made = await drawn(page_layout, replace(PAGE, phase=phase), blank_sheet())
    assert ids(made)[0] == "st:1:again:j0b00001"
    assert len(ids(made)) == 6


async def test_a_pause_says_so_and_has_nothing_to_press() -> None:
    made = await drawn(page_layout, replace(PAGE, phase="paused"), blank_sheet())
    assert ids(made) == []
    assert "goes on by itself" in texts(made)[-1]


async def test_doubtful_pictures_hide_behind_a_spoiler_in_both_drawings() -> None:
    hidden = replace(PAGE, hidden=True)
    layout = await drawn(page_layout, hidden, Art(b"x", "png"))
    gallery = next(part for part in layout["components"] if part["type"] == 12)
    assert gallery["items"][0]["spoiler"] is True
    embed = await drawn(page_embed, hidden, Art(b"x", "png"))
    assert "image" not in embed["embeds"][0]
    assert embed["files"][0].filename.startswith("SPOILER_")


async def test_an_embed_refers_to_its_file_and_leaves_small_print_unescaped() -> None:
    made = await drawn(page_embed, replace(PAGE, author="Ann_B"), Art(b"x", "png"))
    embed = made["embeds"][0]
    assert embed["image"]["url"] == f"attachment://{made['files'][0].filename}"
    assert embed["footer"]["text"].endswith("by Ann_B")


wild = st.text(max_size=300) | st.sampled_from(["*" * 5000, "_a" * 4000, "狐" * 5000, "<@1>" * 900])


@settings(max_examples=40, deadline=None)
@given(
    view=st.builds(
        PageView,
        story_id=st.just("st0ry001"),
        number=st.integers(1, 64),
        pages=st.integers(1, 64),
        phase=st.sampled_from(get_args(Phase)),
        title=wild,
        text=wild,
        style=wild,
        seed=st.integers(0, 2**32),
        job_id=st.sampled_from(["", "j0b00001"]),
        page_id=st.sampled_from(["", "page0001"]),
        place=st.integers(1, 3),
        count=st.just(3),
        alt=wild,
        author=wild,
        reason=wild,
        loves=st.integers(0, 9),
        language=st.sampled_from(["en", "de", "ja", "xx"]),
    )
)
def test_whatever_a_page_holds_is_within_discords_limits(view: PageView) -> None:
    import asyncio

    async def check() -> None:
        art = Art(b"x", "png")
        layout = await drawn(page_layout, view, art)
        assert sum(len(text) for text in texts(layout)) <= 4000
        assert len(layout["components"]) <= 40
        assert all(len(key) <= 64 for key in ids(layout))
        gallery = next(part for part in layout["components"] if part["type"] == 12)
        assert len(gallery["items"][0]["description"]) <= 1024
        embed = (await drawn(page_embed, view, art))["embeds"][0]
        sizes = [len(embed["title"]), len(embed.get("description", ""))]
        assert sizes[0] <= 256
        assert sizes[1] <= 4096
        assert sum(sizes) + len(embed["footer"]["text"]) <= 6000
        assert "@everyone" not in json.dumps(layout["components"]).replace("\\u2060", "")

    asyncio.run(check())


def test_ids_are_short_and_each_has_a_class_that_knows_it() -> None:
    for row in rows_of(replace(PAGE, place=2, count=3)):
        for button in row:
            assert len(button.custom_id) <= 64
            assert Control.__discord_ui_compiled_template__.fullmatch(button.custom_id)


def test_a_page_that_is_not_painted_yet_has_a_blank_sheet_and_one_without_picture_none() -> None:
    assert art_of(replace(PAGE, phase="queued"), limit=10**6) == blank_sheet()
    assert art_of(PAGE, limit=10**6) is None
    broken = art_of(replace(PAGE, picture=b"no picture"), limit=10**6)
    assert broken == blank_sheet()


@pytest.mark.parametrize("renderer", ["layout", "embed"])
async def test_ones_own_queue_has_a_line_and_a_cancel_for_each_story(renderer: Any) -> None:
    lines = [
        QueueLine(f"j0b0000{n}", "s", f"Tale {n}", "tell", "queued", 1, 2, n, 60.0)
        for n in range(14)
    ]
    made = queue_view(lines, "en", renderer=renderer)
    components = list(parts(made["view"].to_components()))
    accessories = [part["accessory"] for part in components if "accessory" in part]
    buttons = accessories or [part for part in components if part["type"] == 2]
    assert len(buttons) == 10
    assert buttons[3]["custom_id"] == "st:1:cancel:j0b00003"
    assert len(components) + len(accessories) <= 40
