"""Tells a story: prose page by page, each page's picture begun as soon as its text is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

from engine.api.events import (
    KnownPage,
    PageText,
    StoryDone,
    StoryEvent,
    TellRequest,
    TextDelta,
)
from engine.image.illustrator import Illustrator
from engine.image.keeping import keep_view, recall
from engine.image.layout import Layout
from engine.image.picture import PictureRequest, Prompt
from engine.storytelling.layouts import layout_from_json
from engine.storytelling.looking import Look
from engine.storytelling.painting import Pictures, Sitting
from engine.storytelling.seeds import page_seed
from engine.text.page import PageOrder
from engine.text.page import PageText as WrittenPage
from engine.text.title import make_title
from engine.text.writing import Writer
from engine.threads import in_one_thread

ShouldStop = Callable[[], bool]


def tell(
    request: TellRequest,
    writer: Writer,
    illustrator: Illustrator,
    should_stop: ShouldStop,
    *,
    look: Look | None = None,
) -> Generator[StoryEvent | None, None, None]:
    """Tell a checked request's story; ends early, without ``StoryDone``, when told to stop.

    Pictures are painted while the pages after them are written; it yields None whenever nothing is
    left but to wait for them. Each page's words and picture depend on the request, the page's seed
    and the pages before alone, so that a story gone on with after a crash is the story it would
    have been.
    """
    started = time.monotonic()
    pages = _Pages(request)
    pictures = Pictures(
        illustrator, owner=(request.community, request.person),
        preview_seconds=request.preview_seconds, look=look,
    )  # fmt: skip
    with closing(pictures):
        for number in range(1, request.pages + 1):
            if number > len(request.known_pages):
                for event in _write(pages, number, writer, should_stop):
                    yield event
                    yield from pictures.news()
            if should_stop():
                return
            if pages.wants_picture(number):
                pictures.add(pages.sit(number, illustrator))
        yield from pictures.finish(should_stop)
    if not should_stop():
        seconds = time.monotonic() - started
        yield StoryDone(title=make_title(request.idea), pages=request.pages, seconds=seconds)


@dataclass
class _Pages:
    """The pages so far: texts, and layouts where known."""

    request: TellRequest

    def __post_init__(self) -> None:
        known = self.request.known_pages
        self.texts = [WrittenPage(number=p.number, text=p.text, prompt=p.prompt) for p in known]
        self._layouts = {p.number: layout_from_json(p.layout_json) for p in known}

    def wants_picture(self, number: int) -> bool:
        """Tell whether a page is still to be painted."""
        known = self._known(number)
        return not (self.request.text_only or (known is not None and known.painted))

    def seed(self, number: int) -> int:
        """Return a page's seed."""
        known = self._known(number)
        if known is not None and known.seed:
            return known.seed
        request = self.request
        return page_seed(
            story_seed=request.seed, number=number, direction=self.direction(number, onward=True)
        )

    def direction(self, number: int, *, onward: bool = False) -> str:
        """Return what is to happen on a page; ``onward``: on it or on one before it."""
        first = self.request.direction_page or len(self.request.known_pages) + 1
        takes_it = number >= first if onward else number == first
        return self.request.direction if takes_it else ""

    def sit(self, number: int, illustrator: Illustrator) -> Sitting:
        """Lay out a page's picture, keeping hero, place and light of the pages before."""
        page, earlier = self.texts[number - 1], self._earlier(number)
        asked = PictureRequest(
            key=number,
            prompts=(Prompt(page.prompt or page.text[:200]),),
            exclude=avoided(self.request.avoid),
            seed=self.seed(number),
            style=self.request.style,
            steps=self.request.steps,
            init_image=self.request.picture if number == 1 else b"",
            previous=recall(earlier),
            layout=self._layouts.get(number),
        )
        layout = asked.layout or keep_view(illustrator.lay_out(asked), earlier)
        self._layouts[number] = layout
        return Sitting(page=page, request=replace(asked, layout=layout))

    def _earlier(self, number: int) -> list[Layout]:
        """Return the layouts of the pages before one that are known."""
        before = (self._layouts.get(page) for page in range(1, number))
        return [layout for layout in before if layout is not None]

    def _known(self, number: int) -> KnownPage | None:
        known = self.request.known_pages
        return known[number - 1] if number <= len(known) else None


def _write(
    pages: _Pages, number: int, writer: Writer, should_stop: ShouldStop
) -> Generator[StoryEvent, None, None]:
    """Write one page, word by word."""
    request, seed = pages.request, pages.seed(number)
    order = PageOrder(
        idea=wish(request),
        pages=max(request.pages, request.story_pages),
        number=number,
        seed=seed,
        before=tuple(pages.texts),
        direction=pages.direction(number),
        avoid=request.avoid,
        banned=request.banned,
    )
    for piece in in_one_thread(writer.write_page(order, should_stop=should_stop)):
        if isinstance(piece, WrittenPage):
            pages.texts.append(piece)
            yield PageText(page=number, text=piece.text, prompt=piece.prompt, seed=seed)
        else:
            yield TextDelta(page=number, text=piece)


def wish(request: TellRequest) -> str:
    """Join the idea and the facts the story keeps to."""
    return ". ".join(part.strip().rstrip(".") for part in (request.idea, *request.facts))


def avoided(words: str) -> tuple[Prompt, ...]:
    """Split what is to be avoided into prompts to exclude."""
    return tuple(Prompt(part.strip()) for part in words.split(",")[:8] if part.strip())
