"""Short, readable ids and the present moment."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime

# Crockford's base 32, lower case: no i, l, o, u, so nothing is misread or spells a word.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 8
_MISREAD = str.maketrans("ilo", "110")


def new_id() -> str:
    """Return a random id of eight characters (40 bits)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))


def read_id(text: str) -> str:
    """Return an id, or the beginning of one, as typed by a person; "" where it cannot be one."""
    text = text.strip().lower().translate(_MISREAD)
    return text if 0 < len(text) <= ID_LENGTH and set(text) <= set(ALPHABET) else ""


def now_ms() -> int:
    """Return milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def iso(moment_ms: int) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(moment_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
