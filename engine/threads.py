"""PyTorch's threads: how many a piece of work may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep PyTorch to one thread, in this one: small products cost less than handing them out.

    What is computed then is the same to the bit wherever it is computed.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def in_one_thread(items: Iterator[T]) -> Iterator[T]:
    """Yield items that are each made with one thread, whatever others do in between."""
    while True:
        with one_thread():
            try:
                item = next(items)
            except StopIteration:
                return
        yield item
