"""What lies between two pictures of a film: decoded by an engine, or a cross-fade."""

from __future__ import annotations

import io
import logging
import math
import tempfile
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Protocol

from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

from bot.books.book import Book, BookPage
from engine.api.errors import EngineGoneError
from engine.api.events import Failed, FilmFrame, FilmRequest, Latents, StoryDone, StoryEvent

log = logging.getLogger(__name__)

# Half of sin(1.5 t)'s rise takes pi/3 seconds: 26 frames at 25 a second.
FRAMES = 26
# Mean difference of 0 to 255 from a page's own picture, seen small, that decoding may make.
LIKENESS = 12.0
LOOK = (32, 32)


class Filmmaker(Protocol):
    """What decodes a film's transitions; ``engine.api.client.EngineClient`` is one."""

    def film(self, request: FilmRequest) -> AsyncGenerator[StoryEvent, None]:
        """Stream the frames between latents."""


def ease(share: float) -> float:
    """Return alpha = sin(pi/2 * share)**6 for a share of a transition's time, both 0 to 1."""
    return math.sin(share * math.pi / 2) ** 6


class Transitions:
    """Decoded frames by the transition they belong to, kept on the disk until it is closed.

    Transition ``n`` leads from the book's n-th picture, from 0, to the next.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self._places: dict[tuple[int, int], tuple[int, int]] = {}
        self._strange: set[int] = set()

    def __enter__(self) -> Transitions:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the disk."""
        self._file.close()

    def add(self, transition: int, frame: int, image: bytes) -> None:
        """Keep a frame; ``OSError`` where the disk is full."""
        self._places[transition, frame] = (self._file.seek(0, io.SEEK_END), len(image))
        self._file.write(image)

    def refuse(self, picture: int) -> None:
        """Note that an engine decodes a picture's latents to something else than the picture."""
        self._strange.add(picture)

    def decoded(self, transition: int) -> bool:
        """Tell whether all of a transition's frames are here and belong to its pictures."""
        whole = all((transition, frame) in self._places for frame in range(FRAMES))
        return whole and not {transition, transition + 1} & self._strange

    def frame(self, transition: int, frame: int) -> Image.Image:
        """Return a frame, RGB, in the size it was decoded in."""
        place, size = self._places[transition, frame]
        self._file.seek(place)
        return _opened(self._file.read(size))


async def decode_transitions(
    book: Book,
    engine: Filmmaker | None,
    transitions: Transitions,
    *,
    person: str = "",
    community: str = "",
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """Have ``engine`` decode what it can; where it is None, away or unable the rest is missing."""
    found = list(runs(book.pages)) if engine else []
    for done, (start, latents) in enumerate(found):
        request = FilmRequest(
            job_id=f"film-{uuid.uuid4().hex}",
            pages=latents,
            frames=FRAMES,
            community=community,
            person=person,
            profile=book.profile,
        )
        assert engine is not None  # noqa: S101
        try:
            async with aclosing(engine.film(request)) as events:
                async for event in events:
                    share = _keep(
                        event, book.pages[start : start + len(latents)], start, transitions
                    )
                    progress((done + share) / len(found))
        except EngineGoneError as error:
            log.info("pictures cross-fade: %s", error)
            return


def runs(pages: Sequence[BookPage]) -> Iterator[tuple[int, tuple[Latents, ...]]]:
    """Yield where pages with latents of one shape follow each other, and these latents."""
    start = 0
    while start < len(pages):
        end = start + 1
        while end < len(pages) and _shape(pages[end]) == _shape(pages[start]):
            end += 1
        latents = tuple(page.latents for page in pages[start:end] if page.latents)
        if len(latents) > 1:
            yield start, latents
        start = end


def _shape(page: BookPage) -> tuple[int, int] | None:
    """Return a picture's height and width in codes, None where it cannot be decoded."""
    return (page.latents.height, page.latents.width) if page.image and page.latents else None


def _keep(
    event: StoryEvent, pages: Sequence[BookPage], start: int, transitions: Transitions
) -> float:
    """Keep a frame and return the share of its film that is done."""
    if isinstance(event, Failed):
        log.info("pictures cross-fade: %s", event.message)
    if not isinstance(event, FilmFrame):
        return float(isinstance(event, StoryDone | Failed))
    place, frame = divmod(event.index, FRAMES)
    if place >= len(pages):
        return 1.0
    if frame == 0 and not alike(event.image, pages[place].image):
        log.info("page %d was painted by another model: it cross-fades", pages[place].number)
        transitions.refuse(start + place)
    if place < len(pages) - 1:
        transitions.add(start + place, frame, event.image)
    return event.index / (FRAMES * (len(pages) - 1))


def alike(decoded: bytes, picture: bytes) -> bool:
    """Tell whether a decoded frame shows the picture; one of another codebook is far from it."""
    try:
        looks = [_opened(image).resize(LOOK, Image.Resampling.BOX) for image in (decoded, picture)]
    except (UnidentifiedImageError, OSError, ValueError):
        return False
    difference = ImageStat.Stat(ImageChops.difference(*looks)).mean
    return sum(difference) / len(difference) <= LIKENESS


def _opened(image: bytes) -> Image.Image:
    with Image.open(io.BytesIO(image), formats=["JPEG", "PNG", "WEBP"]) as picture:
        return picture.convert("RGB")
