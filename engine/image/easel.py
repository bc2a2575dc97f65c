"""The easel: paints what stands on it, the pictures of all jobs at once, in the painter's threads.

Whoever puts a picture there takes its news from time to time; nothing waits for anything else. What
a picture becomes depends on its request alone (on a CPU to the bit).
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from engine.image.batch import Batch, Owner, Pass, Seat
from engine.image.painter import Painter
from engine.image.picture import PictureRequest
from engine.image.requests import MIN_SIDE
from engine.image.shortage import is_shortage, let_go

log = logging.getLogger(__name__)

NOBODY: Owner = ("", "")
# A picture that does not fit is painted again with sides of so much.
SMALLER = 0.75

T = TypeVar("T")
Picture = Any


class Craft(Protocol):
    """Begins pictures and tells how they come on; called in the painter's threads."""

    def begin(self, request: PictureRequest) -> Any:
        """Return a picture's work: its ``paintings``, whether it is ``done``, its ``notes``."""

    def events(self, work: Any, *, preview_seconds: float) -> Iterable[Picture]:
        """Return what there is to show after a round; nothing else may touch the work then."""


@dataclass(eq=False)
class Stand(Generic[T]):
    """A picture on the easel; ``show`` makes news of what is to be seen, in a painter's thread."""

    request: PictureRequest
    seat: Seat
    show: Callable[[Picture], T]
    preview_seconds: float
    news: deque[T] = field(default_factory=deque)
    notes: list[str] = field(default_factory=list)
    error: Exception | None = None
    done: bool = False

    @property
    def work(self) -> Any:
        """What it has become so far; None before it has begun."""
        return self.seat.work


class Easel:
    """Steps all pictures in turn; safe to use from several threads.

    ``wake``s are called, from any thread, whenever a picture has news.
    """

    def __init__(self, painter: Painter, craft: Craft, *, batch: Batch | None = None) -> None:
        self._painter = painter
        self._craft = craft
        self._batch = batch or Batch(chunk=lambda: painter.chunk)
        self._stands: dict[Seat, Stand[Any]] = {}
        self._changed = threading.Condition()
        self._wakes: list[Callable[[], None]] = []
        self._under_way = 0

    def listen(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called when there is news of any picture."""
        self._wakes.append(wake)

    def add(
        self,
        request: PictureRequest,
        *,
        owner: Owner = NOBODY,
        preview_seconds: float = 0.0,
        show: Callable[[Picture], T],
    ) -> Stand[T]:
        """Put a picture on the easel: its draft is news soon, then previews, then the end."""
        with self._changed:
            seat = self._batch.add(owner)
            stand = Stand(request, seat, show, preview_seconds)
            self._stands[seat] = stand
        self._fill()
        return stand

    def news(self, stand: Stand[T]) -> list[T]:
        """Take what came of a picture since the last time; raises what ended it too early."""
        with self._changed:
            news = list(stand.news)
            stand.news.clear()
            if not news and stand.error is not None:
                raise stand.error
            return news

    def remove(self, *stands: Stand[Any]) -> None:
        """Take pictures away; a step that is under way comes to nothing."""
        with self._changed:
            for stand in stands:
                self._leave(stand)
        self._fill()

    def release(self, stand: Stand[Any]) -> None:
        """Let a picture end its present round and then rest; see ``Seat.at_rest``."""
        with self._changed:
            stand.seat.leaving = True

    def hand_out(self, stand: Stand[Any]) -> Any:
        """Take a picture away after its present round; return its work, None if not begun."""
        self.release(stand)
        with self._changed:
            self._changed.wait_for(lambda: stand.seat.at_rest)
            self._leave(stand)
        return stand.seat.work

    def _leave(self, stand: Stand[Any]) -> None:
        self._batch.remove(stand.seat)
        self._stands.pop(stand.seat, None)

    def _fill(self) -> None:
        """Give each idle thread a pass, as long as there are any."""
        with self._changed:
            while self._under_way < self._painter.workers:
                taken = self._batch.take()
                if taken is None:
                    return
                self._under_way += 1
                # Refused when the process is about to end.
                with suppress(RuntimeError):
                    self._painter.submit(self._run, taken)

    def _run(self, taken: Pass) -> None:
        """Do a pass, look after the pictures whose round is over, and see that it goes on."""
        errors = self._do(taken)
        with self._changed:
            for seat, error in zip(taken.seats, errors, strict=True):
                if error is not None:
                    self._fail(seat, error)
            stands = [self._stands[seat] for seat in self._batch.land(taken)]
        for stand in stands:
            self._look_after(stand)
        with self._changed:
            self._under_way -= 1
            self._changed.notify_all()
        self._fill()
        for wake in self._wakes:
            wake()

    def _do(self, taken: Pass) -> list[Exception | None]:
        """Do a pass; return what went wrong with each of its pictures."""
        if taken.paintings:
            return self._painter.advance(taken.paintings)
        (seat,) = taken.seats
        with self._changed:
            stand = self._stands.get(seat)
        try:
            if stand is not None:
                work = self._craft.begin(stand.request)
                work.notes.extend(stand.notes)
                seat.work = work
        except Exception as error:
            return [error]
        return [None]

    def _look_after(self, stand: Stand[Any]) -> None:
        """Make news of a picture after its round, and let it go on or leave."""
        seat, work = stand.seat, stand.work
        news: list[Any] = []
        trouble: Exception | None = None
        try:
            self._note_shortage(stand)
            shown = self._craft.events(work, preview_seconds=stand.preview_seconds)
            news = [stand.show(picture) for picture in shown]
            if not work.done and all(p.finished for p in work.paintings):
                trouble = RuntimeError("a picture has no step left and no end")
        except Exception as error:
            trouble = error
        with self._changed:
            stand.news.extend(news)
            if trouble is not None:
                self._fail(seat, trouble)
            elif work.done:
                stand.done = True
                self._batch.remove(seat)
            self._batch.settle(seat)

    def _note_shortage(self, stand: Stand[Any]) -> None:
        work = stand.work
        line = "Its views were looked at a few at a time: memory was short."
        if line not in work.notes and any(map(self._painter.was_eased, work.paintings)):
            log.warning("memory is short: looking at fewer views at a time")
            work.notes.append(line)

    def _fail(self, seat: Seat, error: Exception) -> None:
        """End a picture with an error, or begin it again, smaller, where memory ran out."""
        stand = self._stands.get(seat)
        if stand is None:
            return
        smaller = self._smaller(stand) if is_shortage(error) else None
        if smaller is None:
            stand.error = error
            self._batch.remove(seat)
            return
        let_go()
        before = stand.request
        stand.notes.append(
            f"Painted at {smaller.width} x {smaller.height}"
            f" instead of {before.width} x {before.height}: memory was short."
        )
        log.warning("memory is short: %s", stand.notes[-1])
        stand.request, seat.work = smaller, None
        seat.resting.clear()

    def _smaller(self, stand: Stand[Any]) -> PictureRequest | None:
        """Return a smaller picture to ask for; None where that makes no sense."""
        request, work = stand.request, stand.work
        width, height = request.width, request.height
        if work is not None and work.paintings:
            rows, columns = self._painter.size(work.paintings[0])
            width, height = width or columns, height or rows
        stand.request = replace(request, width=width, height=height)
        factor = self._painter.vqgan.params.factor
        sides = [int(side * SMALLER) // factor * factor for side in (width, height)]
        if min(sides) < MIN_SIDE:
            return None
        return replace(request, width=sides[0], height=sides[1])
