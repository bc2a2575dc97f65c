"""What a story's teller asks of any writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from engine.text.page import PageOrder, PageText


class Writer(Protocol):
    """Writes one page at a time, from nothing but its order."""

    def write_page(
        self, order: PageOrder, *, should_stop: Callable[[], bool]
    ) -> Iterator[str | PageText]:
        """Write a page: text in whole words, then the finished page.

        The same order gives the same page. Ends without a page when ``should_stop()`` turns
        true.
        """
        ...
