"""Feeds a GPU: pictures that lie in its memory, and what the CPU prepares while it computes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.training.codes import to_device

T = TypeVar("T")
# Of a GPU's free memory, what a data set may take: several recipes may run beside each other.
ROOM = 0.25
_PART = 2048


class Pictures:
    """A data set's pictures (N, H, W, 3) as bytes; on a GPU that has the room they lie there."""

    def __init__(self, images: NDArray[np.uint8], device: torch.device) -> None:
        self._images, self._device = images, device
        self._resident: Tensor | None = None
        if device.type == "cuda" and images.nbytes < ROOM * torch.cuda.mem_get_info(device)[0]:
            self._resident = torch.empty(images.shape, dtype=torch.uint8, device=device)
            for first in range(0, len(images), _PART):
                part = torch.from_numpy(np.array(images[first : first + _PART]))
                self._resident[first : first + _PART] = part.to(device)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._images)

    def take(self, rows: NDArray[np.int64]) -> Tensor:
        """Return some pictures (B, 3, H, W) in -1..1 on the device, channels last."""
        if self._resident is None:
            return to_device(self._images[rows], self._device)
        chosen = self._resident[torch.from_numpy(rows).to(self._device)]
        return chosen.permute(0, 3, 1, 2).float() / 127.5 - 1


def ahead(make: Callable[[], T], *, device: torch.device, depth: int = 3) -> Iterator[T]:
    """Yield what ``make`` returns, again and again; made in a thread of its own beside a GPU.

    On a CPU, which has no time to spare, each is made when it is asked for.
    """
    if device.type != "cuda":
        while True:
            yield make()
    waiting: queue.Queue[T | Exception] = queue.Queue(depth)

    def work() -> None:
        try:
            while True:
                waiting.put(make())
        except Exception as error:
            waiting.put(error)

    threading.Thread(target=work, name="feed", daemon=True).start()
    while True:
        item = waiting.get()
        if isinstance(item, Exception):
            raise item
        yield item
