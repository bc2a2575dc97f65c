"""What Discord's refusals and the network's faults mean for a message of ours.

Codes: Discord's documentation, "Opcodes and Status Codes", JSON error codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.chat.messenger import (
    ClosedError,
    GoneError,
    LaterError,
    MessengerError,
    TooOldError,
    UnfitError,
)

UNKNOWN_MESSAGE = 10008
EDIT_LIMIT_OF_OLD_MESSAGES = 30046
TOO_LARGE = 40005
ARCHIVED_THREAD = 50083
NO_HISTORY_FOR_REPLY = 160002
# Where a rate limit does not say how long it holds.
_UNKNOWN_WAIT_S = 5.0
# Discord's gates: the token, which another start may set right, is nothing a story should end for.
_UNAUTHORIZED = 401


class TooLargeError(UnfitError):
    """The files are larger than the server takes."""


class ReplyError(UnfitError):
    """The message cannot be a reply, but may stand by itself."""


class ArchivedError(ClosedError):
    """The thread was archived: nothing in it can be edited until it is opened again."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise whatever discord.py raises as one of the messenger's errors."""
    try:
        yield
    except MessengerError:
        raise
    except discord.RateLimited as error:
        raise LaterError(str(error), seconds=error.retry_after) from error
    except discord.HTTPException as error:
        raise meaning(error) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise LaterError(f"Discord cannot be reached: {error or type(error).__name__}") from error
    except (ValueError, TypeError) as error:
        raise UnfitError(str(error)) from error
    except RuntimeError as error:  # what aiohttp raises when the session is being closed
        raise LaterError(str(error)) from error


def meaning(error: discord.HTTPException) -> MessengerError:
    """Return the messenger's error for a refusal."""
    said = str(error)
    if error.code == UNKNOWN_MESSAGE:
        return GoneError(said)
    if error.code == EDIT_LIMIT_OF_OLD_MESSAGES:
        return TooOldError(said)
    if error.status == 429:
        return LaterError(said, seconds=_wait_of(error))
    if error.status >= 500 or error.status == _UNAUTHORIZED:
        return LaterError(said)
    if error.code == ARCHIVED_THREAD:
        return ArchivedError(said)
    if error.code == NO_HISTORY_FOR_REPLY or "REPLIES_" in said or "message_reference" in said:
        return ReplyError(said)
    if error.status in (403, 404):
        return ClosedError(said)
    if error.status == 413 or error.code == TOO_LARGE:
        return TooLargeError(said)
    return UnfitError(said)


def _wait_of(error: discord.HTTPException) -> float:
    """Return the seconds that a bare 429 (one of the network in front of Discord) asks for."""
    try:
        return float(error.response.headers.get("Retry-After", _UNKNOWN_WAIT_S))
    except ValueError:
        return _UNKNOWN_WAIT_S
