"""What this machine offers an engine."""

from __future__ import annotations

import logging
import math
import os
from pathlib import Path

log = logging.getLogger(__name__)

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


def choose_device(wanted: str = "auto") -> str:
    """Return where models compute, "cuda" or "cpu"; "auto" is a GPU that PyTorch can use, if any.

    Where one is asked for that is not there, a line of the log says so and the CPU is taken.
    """
    if wanted == "cpu":
        return "cpu"
    trouble = _trouble_with_gpu()
    if not trouble:
        return "cuda"
    if wanted == "cuda":
        log.warning("engine.device is cuda, but %s: computing on the CPU", trouble)
    return "cpu"


def _trouble_with_gpu() -> str:
    """Return what keeps PyTorch from computing on a GPU, "" where nothing does."""
    import torch

    if not torch.backends.cuda.is_built():  # type: ignore[no-untyped-call]
        return "this PyTorch is made for CPUs only"
    if not torch.cuda.is_available():
        return "PyTorch sees no GPU"
    try:
        # One that is seen may still be too old for this PyTorch, or taken by somebody else.
        torch.zeros(1, device="cuda").add_(1).item()
    except RuntimeError as error:
        return f"the GPU cannot be used ({str(error).splitlines()[0]})"
    return ""


def name_device(device: str, *, threads: int) -> str:
    """Return what people are told of a device: a GPU's name, or how many threads of the CPU."""
    if device == "cpu":
        return f"cpu, {threads} thread{'s' if threads > 1 else ''}"
    import torch

    return f"{device}, {torch.cuda.get_device_name(device)}"


def bfloat16_is_fast(device: str = "cpu") -> bool:
    """Say whether a device computes in bfloat16 itself, else float32 is faster."""
    # torch is asked only where it is about to be used: half of the callers live without it.
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
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
