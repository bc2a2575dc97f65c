"""What one page's message shows at one moment, as plain data that each platform draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# queued: waits for its turn; writing: words come; painting: its text is whole; done: all is there;
# failed, cancelled: it ended before; paused: the bot goes away, the story goes on by itself soon.
Phase = Literal["queued", "writing", "painting", "done", "failed", "cancelled", "deleted", "paused"]
LIVE: frozenset[Phase] = frozenset({"queued", "writing", "painting", "paused"})


@dataclass(frozen=True)
class PageView:
    """One page as its message is to show it now.

    ``number`` of ``pages`` (the last page that is there or asked for). ``page_id`` is known once
    the page's text is in the library; ``place`` of ``count`` is its stand among its siblings.
    ``picture`` holds WebP (a preview) or PNG (the finished picture, ``done``), "" none yet;
    ``hidden`` says that it belongs behind a spoiler. ``position`` and ``seconds_left`` tell of the
    queue (0 and negative: unknown), ``step`` of ``steps`` of the painting. ``reason`` is one
    sentence about a failure; ``job_id`` is what Cancel and Try again are about, "" for none.
    ``language`` is the one the message is worded in. ``keeps``: a picture stands in the message
    from before this process; where ``picture`` is empty, it is not to be taken away.
    """

    story_id: str
    number: int
    pages: int
    phase: Phase
    title: str = ""
    text: str = ""
    style: str = ""
    seed: int = 0
    job_id: str = ""
    page_id: str = ""
    place: int = 1
    count: int = 1
    picture: bytes = b""
    alt: str = ""
    hidden: bool = False
    position: int = 0
    seconds_left: float = -1.0
    step: int = 0
    steps: int = 0
    loves: int = 0
    author: str = ""
    reason: str = ""
    language: str = "en"
    keeps: bool = False

    @property
    def live(self) -> bool:
        """Tell whether more is to come."""
        return self.phase in LIVE
