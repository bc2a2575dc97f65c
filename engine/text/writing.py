"""What a story's teller asks of any writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from engine.text.page import PageText


class Writer(Protocol):
    """Writes one page at a time, from nothing but its arguments."""

    def write_page(
        self,
        *,
        idea: str,
        style: str,
        avoid: str,
        pages: int,
        number: int,
        before: Sequence[PageText],
        direction: str | None,
        seed: int,
        should_stop: Callable[[], bool],
        banned: Sequence[str] = (),
    ) -> Iterator[str | PageText]:
        """Write page ``number`` of ``pages``: text in whole words, then the finished page.

        The same arguments give the same page. Ends without a page when ``should_stop()`` turns
        true.
        """
        ...
