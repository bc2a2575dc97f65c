"""Keeps a long-lived process small."""

from __future__ import annotations

import ctypes
import logging
import sys

log = logging.getLogger(__name__)

# mallopt's number for the most arenas (malloc.h of glibc).
_M_ARENA_MAX = -8
ARENAS = 2


def share_arenas() -> bool:
    """Let all threads share a few of the allocator's arenas; tell whether it could be told so.

    By default each of a process's threads has an arena of its own, and each keeps what pictures
    have passed through it. Call it before there are threads. Only glibc knows of it.
    """
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS))
    except (AttributeError, OSError):
        log.debug("this C library has no arenas to share")
        return False
