"""Figures of the bot process for Prometheus: messages drawn, jobs at work, the loop's lag."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from bot.errors import ConfigError

MESSAGES = Counter(
    "pagewright_messages_total",
    "Messages drawn: posted, previews, last views.",
    ["platform", "kind"],
)
SHED = Counter("pagewright_previews_shed_total", "Previews that were not drawn.", ["platform"])
RETRIED = Counter(
    "pagewright_messages_retried_total", "Draws that had to be tried again.", ["platform"]
)
AT_WORK = Gauge("pagewright_jobs_at_work", "Jobs that this process works on.")
LAG = Histogram(
    "pagewright_event_loop_lag_seconds",
    "How late the event loop wakes up.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0),
)
_LOOK_S = 0.05


def listen(address: str) -> None:
    """Answer Prometheus at ``HOST:PORT``; raise ``ConfigError`` where that is taken."""
    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), addr=host.strip("[]"))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"metrics.listen: cannot listen at {address}: {reason}.") from None


async def watch_loop(jobs_at_work: Callable[[], int]) -> None:
    """Measure the loop's lag, and how many jobs are at work, until cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_LOOK_S)
        LAG.observe(max(0.0, time.perf_counter() - before - _LOOK_S))
        AT_WORK.set(jobs_at_work())
