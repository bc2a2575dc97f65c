"""Films: what is on the screen when, and where transitions come from."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from bot.books.book import Book, BookPage
from bot.books.film import captions, plan, screen_of, write_film
from bot.books.painted import font_of
from bot.books.transitions import FRAMES, Transitions, alike, decode_transitions, ease, runs
from bot.books.video import RATE, VideoFile
from bot.errors import ConfigError
from engine.api.client import EngineClient
from engine.api.errors import EngineGoneError
from engine.api.events import Failed, FilmFrame, FilmRequest, Latents, StoryDone, StoryEvent
from tests.bot.books.conftest import make_book, page, painted

CODES = Latents(2, 2, (1, 2, 3, 4))
Answer = Callable[[FilmRequest], list[StoryEvent | Exception]]


def picture_page(number: int, **changes: object) -> BookPage:
    return page(number, f"Page {number}.", **{"latents": CODES, **changes})


def jpeg(image: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(image)) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def whole(book: Book) -> list[StoryEvent | Exception]:
    """Return the frames of an engine that shows each picture until the next one."""
    last = len(book.pages) - 1
    places = [(place, frame) for place in range(last) for frame in range(FRAMES)]
    events: list[StoryEvent | Exception] = [
        FilmFrame(place * FRAMES + frame, jpeg(book.pages[place].image))
        for place, frame in [*places, (last, 0)]
    ]
    return [*events, StoryDone("", last + 1, 0.1)]


class Scripted:
    """An engine that answers what it is told to."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[FilmRequest] = []
        self._answer = answer

    async def film(self, request: FilmRequest) -> AsyncGenerator[StoryEvent, None]:
        self.requests.append(request)
        for event in self._answer(request):
            if isinstance(event, Exception):
                raise event
            yield event


async def decoded(book: Book, engine: object) -> list[bool]:
    with Transitions() as transitions:
        await decode_transitions(book, engine, transitions)  # type: ignore[arg-type]
        return [transitions.decoded(place) for place in range(len(book.pages) - 1)]


def three_pages(**changes: object) -> Book:
    return make_book(pages=tuple(picture_page(number) for number in (1, 2, 3)), **changes)


def test_ease_takes_26_frames_of_a_sine_of_one_and_a_half_times_the_seconds() -> None:
    assert FRAMES == 26
    assert ease(13 / FRAMES) == pytest.approx(0.125)
    assert [ease(0), ease(1)] == [0, 1]


def test_pages_with_latents_of_one_shape_make_a_run() -> None:
    wide = Latents(1, 4, (1, 2, 3, 4))
    pages = (
        picture_page(1), picture_page(2), picture_page(3, latents=wide), picture_page(4),
        picture_page(5, latents=None), picture_page(6, latents=wide), picture_page(7, latents=wide),
        picture_page(8, image=b""), picture_page(9),
    )  # fmt: skip
    assert list(runs(pages)) == [(0, (CODES, CODES)), (5, (wide, wide))]


async def test_an_engines_frames_are_kept_for_each_transition() -> None:
    book = three_pages()
    engine = Scripted(lambda _: whole(book))
    assert await decoded(book, engine) == [True, True]
    (request,) = engine.requests
    assert (request.pages, request.frames, request.profile) == ((CODES,) * 3, 26, "starter")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (lambda events: [Failed("bad_input", "another profile")], [False, False]),
        (lambda events: [EngineGoneError("away")], [False, False]),
        (lambda events: [*events[:40], EngineGoneError("died")], [True, False]),
        (lambda events: [*events[:40], Failed("cancelled", "Cancelled.")], [True, False]),
        (lambda events: [FilmFrame(n, b"nonsense") for n in range(53)], [False, False]),
        (lambda events: [*events, FilmFrame(9000, b"")], [True, True]),
    ],
)
async def test_what_an_engine_does_not_give_cross_fades(
    answer: Callable[[list[object]], list[StoryEvent | Exception]], kept: list[bool]
) -> None:
    book = three_pages()
    assert await decoded(book, Scripted(lambda _: answer(list(whole(book))))) == kept
    assert await decoded(book, None) == [False, False]


async def test_a_picture_of_another_codebook_cross_fades_with_its_neighbours() -> None:
    shown = three_pages()
    pages = [*shown.pages]
    pages[0] = replace(pages[0], image=painted(200))
    assert not alike(jpeg(pages[0].image), shown.pages[0].image)
    repainted = replace(shown, pages=tuple(pages))
    assert await decoded(repainted, Scripted(lambda _: whole(shown))) == [False, True]


def test_each_caption_stays_long_enough_to_read_and_fits_its_band() -> None:
    text = "One. “Two,” said the owl. " + "And so it went on, through wood and fen. " * 6
    book = make_book(pages=(page(1, text), page(2, "a" * 300), page(3, "")))
    width = screen_of(book).width
    scenes = [scene for scene in plan(book) if scene.caption.lines]
    for scene in scenes:
        letters = sum(map(len, scene.caption.lines))
        assert scene.frames >= max(2.0, letters / 15) * RATE
        assert len(scene.caption.lines) <= 3
        assert all(font_of(28).getlength(line) <= width - 40 for line in scene.caption.lines)
    said = "".join("".join(scene.caption.lines) for scene in scenes).replace(" ", "")
    assert said == (text + "a" * 300).replace(" ", "")


def test_sentences_stay_whole_where_they_fit() -> None:
    text = "The fox ran. “Wait!” cried the owl. " * 8
    for caption in captions(text, width=584):
        assert caption.lines[-1].endswith((".", "!”"))


@pytest.mark.parametrize(
    ("size", "screen"),
    [((32, 32), (640, 768)), ((64, 36), (1024, 704)), ((16, 64), (480, 768)), ((9, 7), (816, 768))],
)
def test_the_screen_suits_the_first_picture(size: tuple[int, int], screen: tuple[int, int]) -> None:
    found = screen_of(make_book(pages=(page(1, "A.", image=painted(9, size=size)),)))
    assert (found.width, found.height) == screen
    assert found.width % 16 == found.picture_height % 16 == 0


def frames_of(path: Path) -> list[Image.Image]:
    with av.open(str(path)) as video:
        return [frame.to_image() for frame in video.decode(video=0)]


@pytest.mark.usefixtures("hasty")
async def test_a_film_shows_decoded_transitions_and_cross_fades(
    engine_address: str, tmp_path: Path
) -> None:
    book, client = (
        make_book(pages=await _painted_pages(engine_address)),
        EngineClient(engine_address),
    )
    shares: list[float] = []
    with Transitions() as transitions:
        try:
            await decode_transitions(book, client, transitions, progress=shares.append)
        finally:
            await client.close()
        assert [transitions.decoded(place) for place in range(3)] == [True, False, False]
        between = transitions.frame(0, 20)
        write_film(book, tmp_path / "film.mp4", transitions, progress=shares.append)
    with av.open(str(tmp_path / "film.mp4")) as video:
        stream = video.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt, stream.average_rate) == ("h264", "yuv420p", 25)
        assert (stream.width, stream.height) == (640, 768)
        assert video.metadata["title"] == book.title
    shown = frames_of(tmp_path / "film.mp4")
    assert len(shown) == sum(scene.frames for scene in plan(book)) == 5 + 26 + 3 * (5 + 26) + 5
    # Frame 20 of the passage behind the title, its passage and the first page.
    assert difference(shown[5 + 26 + 5 + 20].crop((0, 0, 640, 640)), between) < 6
    assert difference(shown[5 + 26 + 2].crop((0, 0, 640, 640)), between) > 6
    assert shares[-1] == 1.0
    band = shown[5 + 26 + 2].crop((0, 640, 640, 768)).convert("L")
    assert band.getextrema()[0] < 90
    assert ImageStat.Stat(band).mean[0] > 220


async def _painted_pages(engine_address: str) -> tuple[BookPage, ...]:
    """Return three pages, two of them with pictures decoded from their codes by the engine."""
    codes = [Latents(4, 4, tuple(range(start, start + 16))) for start in (0, 300)]
    client = EngineClient(engine_address)
    try:
        request = FilmRequest(job_id="pictures", pages=tuple(codes), frames=1)
        events = [event async for event in client.film(request)]
    finally:
        await client.close()
    pictures = [as_png(event.image) for event in events if isinstance(event, FilmFrame)]
    made = [
        page(number, f"Page {number}.", image=image, latents=latents)
        for number, (image, latents) in enumerate(zip(pictures, codes, strict=True), start=1)
    ]
    return (*made, page(3, "No picture.", image=b""))


def as_png(image: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(image)) as picture:
        picture.save(out, "PNG")
    return out.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    small = [
        picture.convert("RGB").resize((32, 32), Image.Resampling.BOX) for picture in (one, other)
    ]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3


def test_colours_come_back_from_the_video_as_they_were(tmp_path: Path) -> None:
    picture = Image.new("RGB", (64, 32), (200, 40, 90))
    with VideoFile(tmp_path / "red.mp4", width=64, height=32, title="Red") as video:
        video.show(picture, frames=3)
    (first, *_) = frames_of(tmp_path / "red.mp4")
    assert all(abs(a - b) < 8 for a, b in zip(first.getpixel((20, 10)), (200, 40, 90), strict=True))


def test_a_host_without_the_video_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ConfigError, match=r"pip install 'pagewright\[film\]'"):
        VideoFile(tmp_path / "film.mp4", width=2, height=2, title="")
    assert list(tmp_path.iterdir()) == []
