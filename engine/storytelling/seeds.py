"""Seeds of pages, the same on every machine and after every restart."""

from __future__ import annotations

import hashlib

# 53 bits pass unharmed through JSON, SQLite and protobuf alike.
SEED_BITS = 53


def page_seed(*, story_seed: int, number: int, direction: str = "") -> int:
    """Derive a page's seed from its story's, its number and the direction it was told under."""
    key = f"pagewright page\0{story_seed}\0{number}\0{direction}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> (64 - SEED_BITS)


def another_seed(seed: int) -> int:
    """Derive the seed of a second try from that of the first."""
    key = f"pagewright again\0{seed}".encode()
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> (64 - SEED_BITS)
