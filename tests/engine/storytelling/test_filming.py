"""Films as the engine makes them: refusals in one line, and frames over the wire."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing
from dataclasses import replace

import pytest
from PIL import Image

from engine.api.client import EngineClient
from engine.api.events import Failed, FilmFrame, FilmRequest, Latents, StoryDone, StoryEvent
from engine.errors import EngineError
from engine.storytelling.filming import check_film

SMALL = Latents(2, 3, (1, 2, 3, 4, 5, 6))


def wish(*pages: Latents, **fields: object) -> FilmRequest:
    given = {"job_id": "film", "frames": 3, "pages": pages or (SMALL, SMALL), **fields}
    return FilmRequest(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (wish(SMALL), "1 pictures make no film"),
        (wish(*[SMALL] * 65), "65 pictures make no film"),
        (wish(frames=0), "0 frames a transition"),
        (wish(frames=2001), "2001 frames a transition cannot be made: use 1 to 2000"),
        (wish(profile="studio"), 'runs the profile "starter", not "studio"'),
        (wish(Latents(0, 0, ()), SMALL), "Picture 1 is 0 x 0 codes"),
        (wish(SMALL, Latents(-2, -3, SMALL.codes)), "Picture 2 is -3 x -2 codes"),
        (wish(SMALL, Latents(2, 200, (0,) * 400)), "Picture 2 is 200 x 2 codes"),
        (wish(SMALL, Latents(2, 3, (1, 2))), "Picture 2 has 2 codes, not 3 x 2"),
        (wish(SMALL, Latents(3, 2, SMALL.codes)), "Picture 2 is 2 x 3 codes, the first one 3 x 2"),
        (wish(SMALL, replace(SMALL, codes=(1, 2, 3, 4, 5, 64))), "has the code 64, the codebook"),
    ],
)
def test_what_cannot_be_filmed_is_refused_in_one_line(request_: FilmRequest, message: str) -> None:
    check_film(wish(), profile="starter", codes=64, factor=8)
    with pytest.raises(EngineError) as refusal:
        check_film(request_, profile="starter", codes=64, factor=8)
    assert refusal.value.code == "bad_input"
    assert "\n" not in refusal.value.message
    assert message in refusal.value.message


async def film(address: str, request: FilmRequest) -> list[StoryEvent]:
    client = EngineClient(address)
    try:
        return [event async for event in client.film(request)]
    finally:
        await client.close()


async def test_an_engine_sends_each_frame_in_order_and_then_the_end(engine_address: str) -> None:
    events = await film(engine_address, wish(job_id="film-1"))
    frames = [event for event in events if isinstance(event, FilmFrame)]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    for frame in frames:
        with Image.open(io.BytesIO(frame.image), formats=["JPEG"]) as picture:
            assert picture.size == (24, 16)
    assert isinstance(events[-1], StoryDone)


async def test_an_engine_refuses_codes_beyond_its_codebook(engine_address: str) -> None:
    beyond = replace(SMALL, codes=(1, 2, 3, 4, 5, 4_000_000_000))
    (*_, failed) = await film(engine_address, wish(SMALL, beyond, job_id="film-2"))
    assert isinstance(failed, Failed)
    assert failed.code == "bad_input"
    assert "has the code 4000000000" in failed.message


async def test_a_film_whose_reader_goes_away_is_cancelled(engine_address: str) -> None:
    client = EngineClient(engine_address)
    large = Latents(32, 32, (7,) * 1024)
    try:
        async with aclosing(client.film(wish(large, large, job_id="gone", frames=2000))) as events:
            async for event in events:
                if isinstance(event, FilmFrame):
                    break
        for _ in range(1200):
            if (await client.status()).running == 0:
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the film is still at work")
    finally:
        await client.close()
