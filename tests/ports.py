"""Ports for servers whose address must be known before they listen."""

from __future__ import annotations

import random
import socket

# Below what the system hands out by itself, so that no other test's server takes it meanwhile.
LOWEST, HIGHEST = 15_000, 32_000


def free_port() -> int:
    """Return a port of 127.0.0.1 at which nobody listens."""
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(LOWEST, HIGHEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
