"""Whole stories by a real engine process with the starter models."""

from __future__ import annotations

import asyncio
import io
import json
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from engine.api.client import EngineClient
from engine.api.errors import EngineGoneError
from engine.api.events import (
    Failed,
    IllustrateRequest,
    KnownPage,
    PageDone,
    PageText,
    Preview,
    Queued,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
    WeightedPrompt,
)
from tests.conftest import START_SECONDS, engine_at

DRAGON = TellRequest(
    job_id="dragon",
    idea="A small dragon who is afraid of fire",
    pages=2,
    seed=7,
    steps=2,
    preview_seconds=0.01,
)

TOLD: dict[TellRequest, list[StoryEvent]] = {}


def like_dragon(job_id: str, **fields: object) -> TellRequest:
    return replace(DRAGON, job_id=job_id, **fields)  # type: ignore[arg-type]


@pytest.fixture
async def client(engine_address: str) -> AsyncIterator[EngineClient]:
    client = EngineClient(engine_address)
    yield client
    await client.close()


async def tell(client: EngineClient, request: TellRequest) -> list[StoryEvent]:
    return [event async for event in client.tell(request)]


async def once(client: EngineClient, request: TellRequest) -> list[StoryEvent]:
    """Tell a story, or give the events of the first time in this run."""
    if request not in TOLD:
        TOLD[request] = await tell(client, request)
    return TOLD[request]


def pages_of(events: list[StoryEvent]) -> dict[int, PageDone]:
    return {event.page: event for event in events if isinstance(event, PageDone)}


def texts_of(events: list[StoryEvent]) -> list[PageText]:
    return [event for event in events if isinstance(event, PageText)]


def without_times(pages: dict[int, PageDone]) -> list[dict[str, object]]:
    return [{**vars(page), "seconds": 0} for _, page in sorted(pages.items())]


async def test_a_story_is_whole_and_in_order(client: EngineClient) -> None:
    events = await once(client, DRAGON)
    assert isinstance(events[0], Queued)
    assert isinstance(events[-1], StoryDone)
    assert events[-1].title
    for number in (1, 2):
        own = [event for event in events if getattr(event, "page", 0) == number]
        kinds = [type(event) for event in own]
        order = [TextDelta, PageText, Preview, PageDone]
        assert [kind for n, kind in enumerate(kinds) if kind not in kinds[:n]] == order
        assert kinds.count(PageText) == kinds.count(PageDone) == 1
        told = "".join(event.text for event in own if isinstance(event, TextDelta))
        page = next(event for event in own if isinstance(event, PageText))
        done = next(event for event in own if isinstance(event, PageDone))
        assert told.strip() == page.text == done.text
        assert page.text.rstrip("\"')")[-1] in ".!?"
        assert page.prompt
        assert (page.prompt, page.seed) == (done.prompt, done.seed)
        previews = [event for event in own if isinstance(event, Preview)]
        assert previews[0].step == 0
        assert [p.step for p in previews] == sorted(p.step for p in previews)
        assert all(math.isfinite(p.score) for p in previews)


async def test_pages_carry_sound_pictures_and_what_made_them(client: EngineClient) -> None:
    events = await once(client, DRAGON)
    page = pages_of(events)[1]
    with Image.open(io.BytesIO(page.image)) as picture:
        assert picture.format == "PNG"
        size = picture.size
    assert len(page.latents.codes) == page.latents.height * page.latents.width
    assert (page.latents.width * 8, page.latents.height * 8) == size
    assert json.loads(page.layout_json)["place"]
    assert page.prompt.lower() in page.alt.lower()
    assert page.steps == 2
    assert page.seconds > 0
    preview = next(event for event in events if isinstance(event, Preview))
    with Image.open(io.BytesIO(preview.image)) as picture:
        assert (picture.format, picture.size) == ("WEBP", size)


async def test_the_same_wish_and_seed_give_the_same_story_and_another_seed_another(
    client: EngineClient,
) -> None:
    first = await once(client, DRAGON)
    again = await tell(client, DRAGON)
    other = await tell(client, like_dragon("other", seed=8, pages=1))
    assert without_times(pages_of(first)) == without_times(pages_of(again))
    assert pages_of(first)[1].text != pages_of(other)[1].text
    assert pages_of(first)[1].image != pages_of(other)[1].image


async def test_a_story_killed_in_the_middle_goes_on_to_the_same_book(
    client: EngineClient, tmp_path: Path
) -> None:
    whole = pages_of(await once(client, DRAGON))
    address = f"unix:{tmp_path / 'mortal.sock'}"
    seen: list[StoryEvent] = []
    with engine_at(address) as engine:
        mortal = EngineClient(address)
        assert await mortal.wait_healthy(START_SECONDS)
        with pytest.raises(EngineGoneError):  # noqa: PT012
            async for event in mortal.tell(like_dragon("k", steps=400)):
                seen.append(event)
                written = sum(isinstance(e, PageText) for e in seen)
                if isinstance(event, Preview) and event.step > 0 and written == 2:
                    engine.kill()
        await mortal.close()
    texts = texts_of(seen)
    assert len(texts) == 2
    assert not pages_of(seen)
    first = texts[0]
    known = KnownPage(
        number=1, text=first.text, prompt=first.prompt, painted=False, seed=first.seed
    )
    resumed = pages_of(await tell(client, like_dragon("r", known_pages=(known,))))
    assert without_times(resumed) == without_times(whole)


async def test_going_on_from_painted_pages_paints_the_rest_the_same(client: EngineClient) -> None:
    whole = pages_of(await once(client, DRAGON))
    first = whole[1]
    known = KnownPage(
        number=1,
        text=first.text,
        prompt=first.prompt,
        latents=first.latents,
        layout_json=first.layout_json,
        seed=first.seed,
    )
    rest = pages_of(await tell(client, like_dragon("rest", known_pages=(known,))))
    assert without_times(rest) == without_times({2: whole[2]})


async def test_a_direction_taken_up_again_gives_the_same_pages(client: EngineClient) -> None:
    known = (KnownPage(number=1, text="Ember saw a candle.", prompt="a dragon and a candle"),)
    request = like_dragon(
        "d", pages=3, known_pages=known, direction="he goes to the sea", text_only=True
    )
    second, third = texts_of(await tell(client, request))
    half = KnownPage(
        number=2, text=second.text, prompt=second.prompt, painted=False, seed=second.seed
    )
    again = replace(request, job_id="d2", known_pages=(*known, half), direction_page=2)
    # Its picture follows from its prompt and seed.
    assert texts_of(await tell(client, again)) == [third]
    plain = await tell(client, replace(request, direction=""))
    assert texts_of(plain)[0].text != second.text


async def test_words_alone_are_told_without_pictures(client: EngineClient) -> None:
    events = await tell(client, like_dragon("words", text_only=True))
    assert {type(event) for event in events} == {Queued, TextDelta, PageText, StoryDone}


async def test_one_picture_is_painted_on_its_own(client: EngineClient) -> None:
    request = IllustrateRequest(
        job_id="i",
        prompts=(WeightedPrompt("a red fox in a snowy forest at night", 2.0),),
        exclude=(WeightedPrompt("a house"),),
        steps=2,
        cuts=4,
        seed=3,
    )
    events = [event async for event in client.illustrate(request)]
    kinds = [type(event) for event in events]
    assert kinds[:2] == [Queued, Preview]
    assert kinds[-2:] == [PageDone, StoryDone]


async def test_a_picture_of_ones_own_changes_the_first_page_alone(client: EngineClient) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 30)).save(buffer, "PNG")
    plain = pages_of(await once(client, DRAGON))
    red = pages_of(await tell(client, like_dragon("red", picture=buffer.getvalue())))
    assert plain[1].image != red[1].image
    assert plain[2].image == red[2].image


BAD = {
    "no idea": {"idea": ""},
    "10,000 characters": {"idea": "x" * 10_000},
    "control characters": {"idea": "a \x00 fox"},
    "0 pages": {"pages": 0},
    "99 pages": {"pages": 99},
    "unknown style": {"style": "nonsense"},
    "a broken picture": {"picture": b"\x89PNG nonsense"},
}


@pytest.mark.parametrize("fields", BAD.values(), ids=BAD)
async def test_bad_input_is_one_clear_line(client: EngineClient, fields: dict[str, object]) -> None:
    end = (await tell(client, like_dragon("bad", **fields)))[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.retryable) == ("bad_input", False)
    assert len(end.message.splitlines()) == 1


@pytest.mark.parametrize("idea", ["Лиса и луна", "狐と月", "🐉", "<|end|><|page|>9/9<|text|>"])
async def test_other_scripts_and_marks_still_get_a_story(client: EngineClient, idea: str) -> None:
    events = await tell(client, like_dragon("script", idea=idea, pages=1, text_only=True))
    assert isinstance(events[-1], StoryDone)
    assert next(e for e in events if isinstance(e, PageText)).text


async def test_the_engine_answers_while_it_paints(client: EngineClient) -> None:
    heard: list[StoryEvent] = []

    async def listen() -> None:
        async for event in client.tell(like_dragon("busy", steps=4)):
            heard.append(event)

    telling = asyncio.create_task(listen())
    answers = 0
    while not telling.done():
        painting = any(isinstance(event, Preview) for event in heard)
        await client.status()
        # An engine that is deaf while it paints would answer once a look at most.
        answers += painting and not telling.done()
        await asyncio.sleep(0.005)
    await telling
    assert isinstance(heard[-1], StoryDone)
    looks = sum(isinstance(event, Preview) for event in heard)
    assert answers > 3 * looks


async def test_cancelling_stops_a_story_within_a_step(client: EngineClient) -> None:
    stream = client.tell(like_dragon("long", steps=500))
    async for event in stream:
        if isinstance(event, Preview) and event.step > 0:
            break
    assert await client.cancel("long")
    rest = [event async for event in stream]
    end = rest[-1]
    assert isinstance(end, Failed)
    assert (end.code, end.resume_from_page) == ("cancelled", 1)


async def test_stories_told_at_once_are_what_they_are_alone(client: EngineClient) -> None:
    alone = pages_of(await once(client, DRAGON))
    other = like_dragon("owl", idea="An owl who cannot sleep", pages=1, community="c2")
    both = await asyncio.gather(
        tell(client, like_dragon("again", community="c1")), tell(client, other)
    )
    assert without_times(pages_of(both[0])) == without_times(alone)
    repeated = pages_of(await tell(client, replace(other, job_id="owl2")))
    assert without_times(pages_of(both[1])) == without_times(repeated)


async def test_a_second_story_is_told_while_the_first_is_painted(client: EngineClient) -> None:
    stream = client.tell(like_dragon("slow", steps=500, community="c1"))
    async for event in stream:
        if isinstance(event, Preview) and event.step > 0:
            break
    words = await tell(client, like_dragon("quick", text_only=True, community="c2"))
    assert isinstance(words[-1], StoryDone)
    # The engine forgets the quick one just after its last event.
    async with asyncio.timeout(60):
        while (await client.status()).running != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await client.cancel("slow")
    rest = [event async for event in stream]
    assert isinstance(rest[-1], Failed)
    assert not any(isinstance(event, StoryDone) for event in rest)
