"""Names processes in the leases of their jobs, so that a dead one is known as dead at once."""

from __future__ import annotations

import os
import secrets
import socket
from functools import lru_cache
from pathlib import Path


def _started(process: int) -> str | None:
    """Return a mark of when a process began, "" where nobody knows, None where it ended.

    Process numbers come back: a container's first process has the same one after each restart.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_text("ascii", "replace").rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else ""
    except OSError:
        return ""
    # Fields 3 (state) and 22 (start in ticks since boot) of proc(5).
    state, start = fields.split()[0], fields.split()[19]
    return None if state in "ZX" else start


# Where there is no /proc, chance tells this process from earlier ones of the same number.
_CHANCE = secrets.token_hex(4)


def own_name() -> str:
    """Return this process's name: host, process number and a mark of its start."""
    return _name_of(os.getpid())


@lru_cache(maxsize=1)
def _name_of(process: int) -> str:
    # By number, so that a forked child does not go by its parent's name.
    return f"{socket.gethostname()}/{process}/{_started(process) or _CHANCE}"


def is_dead(owner: str | None) -> bool:
    """Tell whether a lease's owner was a process of this host that runs no more."""
    host, _, rest = (owner or "").partition("/")
    number, _, mark = rest.partition("/")
    if host != socket.gethostname() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return bool(mark) and owner != own_name()
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    started = _started(int(number))
    return started is None or bool(started and mark and started != mark)
