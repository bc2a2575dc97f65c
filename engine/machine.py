"""What this machine offers an engine."""

from __future__ import annotations

import math
import os
from pathlib import Path

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")
MEMORY_MAX = Path("/sys/fs/cgroup/memory.max")
MEMORY_NOW = Path("/sys/fs/cgroup/memory.current")
MEMORY_INFO = Path("/proc/meminfo")


def usable_cores() -> int:
    """Count the cores this process may use, a container's limit counted in; at least 1."""
    # macOS cannot tell which cores a process may use.
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = CPU_MAX.read_text().split()
        cores = min(cores, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        # No such file, or "max": no limit.
        pass
    return max(1, cores)


def bfloat16_is_fast() -> bool:
    """Say whether this CPU computes in bfloat16 itself, else float32 is faster."""
    # torch is asked only where it is about to be used: half of the callers live without it.
    import torch

    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, name, bool)()) for name in checks)


def free_memory() -> int:
    """Return the bytes this process may still take, a container's limit counted in."""
    found = [_available(), _left_of_limit()]
    known = [size for size in found if size is not None]
    return min(known) if known else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _available() -> int | None:
    try:
        lines = MEMORY_INFO.read_text().splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def _left_of_limit() -> int | None:
    try:
        return max(0, int(MEMORY_MAX.read_text()) - int(MEMORY_NOW.read_text()))
    except (OSError, ValueError):
        # No such file, or "max": no limit.
        return None
