"""The book as a film: each page's picture with its words below, one flowing into the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageFont

from bot.books.book import Book, BookPage
from bot.books.lettering import FLEURON, paragraphs
from bot.books.painted import (
    LEADING,
    PLAIN,
    draw_centred,
    draw_lines,
    fit_picture,
    font_of,
    paint_cloth,
    paint_cover,
    picture_of,
)
from bot.books.pictures import book_cloth, enlarge
from bot.books.sheet_letters import Letters, letters_for
from bot.books.transitions import FRAMES, Transitions, ease
from bot.books.typesetting import break_evenly, break_lines
from bot.books.video import RATE, VideoFile
from bot.books.wording import CREAM, INK, PAPER, title_of

PICTURE_HEIGHT, LEAST_WIDTH, MOST_WIDTH, BAND = 640, 480, 1024, 128
CAPTION_SIZE, CAPTION_LINES, CAPTION_MARGIN = 28, 3, 28
SOFT_FRAMES = 6
TITLE_SECONDS, END_SECONDS, LEAST_SECONDS = 3.0, 2.5, 2.2
# A slow reader's pace: about 160 words a minute, and a moment to look up.
LETTERS_A_SECOND, GLANCE_SECONDS = 14.0, 1.2

_SENTENCE = re.compile(r"\S.*?(?:[.!?…]+[\"”’»)]*(?= |$)|$)")


@dataclass(frozen=True)
class Screen:
    """The film's size in pixels: the picture's, and the band for words below it."""

    width: int
    picture_height: int

    @property
    def height(self) -> int:
        """The whole height."""
        return self.picture_height + BAND


@dataclass(frozen=True)
class Caption:
    """Some lines of a page's words, and the letters they are set in."""

    lines: tuple[str, ...] = ()
    letters: Letters = PLAIN


@dataclass(frozen=True)
class _Scene:
    """A card that stands still for ``frames``, or the ``passage`` from it to the next one.

    ``page`` counts the book's pages from 0; -1 is the title, one beyond the last page the end.
    """

    page: int
    frames: int
    caption: Caption = Caption()
    passage: bool = False


def write_film(
    book: Book,
    path: Path,
    transitions: Transitions,
    *,
    progress: Callable[[float], None] = lambda share: None,
    should_stop: Callable[[], bool] = lambda: False,
    bit_rate: int = 0,
) -> None:
    """Write the film to ``path``; returns early where ``should_stop`` answers true.

    ``bit_rate`` is the most bits a second, 0: as many as it looks best with.
    Raises ``OSError`` where the disk fails, ``PagewrightError`` for a damaged picture.
    """
    screen, scenes = screen_of(book), plan(book)
    total = sum(scene.frames for scene in scenes)
    cards = _Cards(book, screen, transitions)
    size = {"width": screen.width, "height": screen.height}
    with VideoFile(path, title=title_of(book), bit_rate=bit_rate, **size) as video:
        for scene in scenes:
            for picture, frames in cards.of(scene):
                if should_stop():
                    return
                video.show(picture, frames=frames)
                progress(video.frames / total)


def seconds_of(book: Book) -> float:
    """Return how long the film runs."""
    return sum(scene.frames for scene in plan(book)) / RATE


def screen_of(book: Book) -> Screen:
    """Return the screen that the first picture fills; its sides are multiples of 16."""
    page = next((page for page in book.pages if page.image), None)
    first = picture_of(page.image, page=page.number).size if page else (1, 1)
    aspect = min(MOST_WIDTH / 480, max(LEAST_WIDTH / PICTURE_HEIGHT, first[0] / first[1]))
    width = min(MOST_WIDTH, _sixteens(PICTURE_HEIGHT * aspect))
    return Screen(width, min(PICTURE_HEIGHT, _sixteens(width / aspect)))


def plan(book: Book) -> list[_Scene]:
    """Return the film's scenes in order, each caption as long on the screen as it takes to read."""
    width = screen_of(book).width - 2 * CAPTION_MARGIN
    scenes = [_Scene(-1, _frames(TITLE_SECONDS)), _Scene(-1, FRAMES, passage=True)]
    for place, page in enumerate(book.pages):
        for caption in captions(page.text, width=width) or [Caption()]:
            scenes.append(_Scene(place, _reading_time(caption.lines), caption))
        scenes.append(_Scene(place, FRAMES, passage=True))
    return [*scenes, _Scene(len(book.pages), _frames(END_SECONDS))]


def captions(text: str, *, width: float) -> list[Caption]:
    """Return prose as captions of up to three lines; sentences stay whole where they fit."""
    found: list[Caption] = []
    for paragraph in paragraphs(text):
        letters = letters_for(paragraph, instead="")
        blocks = _paragraph(letters.text, font_of(CAPTION_SIZE, letters), width)
        found += [Caption(lines, replace(letters, text="")) for lines in blocks]
    return found


def _paragraph(text: str, font: ImageFont.FreeTypeFont, width: float) -> Iterator[tuple[str, ...]]:
    waiting = ""
    for sentence in _SENTENCE.findall(text):
        joined = f"{waiting} {sentence}".strip()
        if waiting and len(_lines(joined, font, width)) > CAPTION_LINES:
            yield from _blocks(waiting, font, width)
            joined = sentence
        waiting = joined
    if waiting:
        yield from _blocks(waiting, font, width)


class _Cards:
    """Paints the film's frames; the card last shown is kept, as it is asked for again."""

    def __init__(self, book: Book, screen: Screen, transitions: Transitions) -> None:
        self._book, self._screen, self._transitions = book, screen, transitions
        self._card = lru_cache(maxsize=2)(self._paint_card)

    def of(self, scene: _Scene) -> Iterator[tuple[Image.Image, int]]:
        """Yield a scene's pictures in order, each with the number of frames it stands."""
        if scene.passage:
            for frame in range(scene.frames):
                yield self._between(scene.page, frame), 1
        else:
            yield self._captioned(scene.page, scene.caption), scene.frames

    def _between(self, page: int, frame: int) -> Image.Image:
        if not self._transitions.decoded(page):
            return Image.blend(self._card(page), self._card(page + 1), ease(frame / FRAMES))
        picture = enlarge(self._transitions.frame(page, frame))
        decoded = self._stage(fit_picture(picture, self._screen.width, self._screen.picture_height))
        # A page's own picture differs a little from what its codes decode to: no jump at the ends.
        near, gone = (page, frame) if frame < FRAMES / 2 else (page + 1, FRAMES - frame)
        return Image.blend(self._card(near), decoded, min(1.0, gone / SOFT_FRAMES))

    def _captioned(self, page: int, caption: Caption) -> Image.Image:
        card = self._card(page).copy()
        height = len(caption.lines) * CAPTION_SIZE * LEADING
        draw_lines(
            card,
            caption.lines,
            centre=self._screen.width / 2,
            # Letters stand low in their lines: a little higher they look centred.
            top=self._screen.picture_height + (BAND - height) / 2 - CAPTION_SIZE / 7,
            font=font_of(CAPTION_SIZE, caption.letters),
            colour=INK,
        )
        return card

    def _paint_card(self, page: int) -> Image.Image:
        if page < 0:
            size = {"width": self._screen.width, "height": self._screen.height}
            return paint_cover(self._book, **size)
        if page == len(self._book.pages):
            return self._end()
        return self._stage(self._picture(self._book.pages[page]))

    def _picture(self, page: BookPage) -> Image.Image:
        width, height = self._screen.width, self._screen.picture_height
        if page.image:
            return fit_picture(picture_of(page.image, page=page.number), width, height)
        cloth = paint_cloth(book_cloth(self._book), width=width, height=height)
        box = (0, height * 0.42, width, height * 0.2)
        draw_centred(cloth, Letters(FLEURON), box, sizes=[height / 8], colour=CREAM)
        return cloth

    def _stage(self, picture: Image.Image) -> Image.Image:
        """Return a frame with the picture in its place and no words."""
        width, height = self._screen.width, self._screen.picture_height
        stage = Image.new("RGB", (width, self._screen.height), PAPER)
        stage.paste(book_cloth(self._book), (0, 0, width, height))
        stage.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
        return stage

    def _end(self) -> Image.Image:
        width, height = self._screen.width, self._screen.height
        end = Image.new("RGB", (width, height), PAPER)
        cloth, box = book_cloth(self._book), (0.0, 0.38 * height, float(width), 0.15 * height)
        bottom = draw_centred(end, Letters("The End"), box, sizes=[72], colour=cloth, italic=True)
        draw_centred(end, Letters(FLEURON), (0, bottom + 12, width, 80), sizes=[48], colour=cloth)
        return end


def _lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines = break_lines([text], measure=font.getlength, width_at=lambda _: width)
    return [line.text for line in lines]


def _blocks(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[tuple[str, ...]]:
    """Cut a text into captions that are about equally long."""
    lines = _lines(text, font, width)
    if len(lines) <= CAPTION_LINES:
        even = break_evenly(text, measure=font.getlength, width=width)
        return [tuple(line.text for line in even)]
    size = -(-len(lines) // -(-len(lines) // CAPTION_LINES))
    return [tuple(lines[start : start + size]) for start in range(0, len(lines), size)]


def _reading_time(lines: Sequence[str]) -> int:
    letters = sum(map(len, lines))
    return _frames(max(LEAST_SECONDS, GLANCE_SECONDS + letters / LETTERS_A_SECOND))


def _frames(seconds: float) -> int:
    return round(seconds * RATE)


def _sixteens(length: float) -> int:
    return max(16, 16 * round(length / 16))
