"""One job: a request, its stream of events, and how far it got."""

from __future__ import annotations

import threading
import time

from engine.api.events import (
    Failed,
    FilmRequest,
    IllustrateRequest,
    PageDone,
    PageText,
    StoryDone,
    StoryEvent,
    TellRequest,
)
from engine.serving.outbox import Outbox

Request = TellRequest | IllustrateRequest | FilmRequest

CANCELLED = Failed(code="cancelled", message="Cancelled.")
STOPPING = Failed(
    code="engine_stopping", message="The engine is stopping; the story can go on.", retryable=True
)


class Job:
    """A request on its way through the gateway; lives on the event loop but for ``stopped``.

    ``position`` is the place in the queue last told to the client, ``told`` whether it went well,
    ``worked`` its share of the time (s) in which it ran beside others.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.outbox = Outbox()
        self.stopped = threading.Event()
        self.end = CANCELLED
        self.started: float | None = None
        self.position = 0
        self.worked = 0.0
        self.told = False
        self._done = _painted_pages(request)

    @property
    def id(self) -> str:
        """The client's own name for it."""
        return self.request.job_id

    @property
    def community(self) -> str:
        """Where it was asked for."""
        return self.request.community

    @property
    def person(self) -> str:
        """Who asked."""
        return self.request.person

    @property
    def over(self) -> bool:
        """Whether its client has had its last event, or it was asked to stop."""
        return self.outbox.closed or self.stopped.is_set()

    @property
    def text_only(self) -> bool:
        """Whether its pages get no pictures."""
        return isinstance(self.request, TellRequest) and self.request.text_only

    @property
    def paints(self) -> bool:
        """Whether its time says how long a page with its picture takes."""
        return not self.text_only and not isinstance(self.request, FilmRequest)

    @property
    def pages_left(self) -> int:
        """Number of pages still to finish; never below 1."""
        last = self.request.pages if isinstance(self.request, TellRequest) else 1
        return max(1, last - len(self._done))

    @property
    def resume_from_page(self) -> int:
        """First page that is not finished."""
        page = 1
        while page in self._done:
            page += 1
        return page

    def stop(self, end: Failed) -> None:
        """Ask it to stop, to end as ``end`` says; the first call counts."""
        if not self.stopped.is_set():
            self.end = end
            self.stopped.set()

    def put(self, event: StoryEvent) -> None:
        """Pass an event on to the client, and note what it finishes."""
        if isinstance(event, PageDone) or (isinstance(event, PageText) and self.text_only):
            self._done.add(event.page)
        self.told = self.told or isinstance(event, StoryDone)
        self.outbox.put(event)

    def fail(self, end: Failed) -> None:
        """End the stream with a failure, from the first unfinished page."""
        self.outbox.put(
            Failed(
                code=end.code,
                message=end.message,
                retryable=end.retryable,
                resume_from_page=self.resume_from_page,
            )
        )

    def seconds_running(self) -> float:
        """Return for how long it runs; 0 while it waits."""
        return time.monotonic() - self.started if self.started is not None else 0.0


def _painted_pages(request: Request) -> set[int]:
    if not isinstance(request, TellRequest):
        return set()
    return {page.number for page in request.known_pages if page.painted or request.text_only}
