"""Rate limits as they are commonly met, and those that a test forces."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Requests in seconds, by what the limit is for; the path's major parameter shares one bucket.
_RULES = (
    ("POST", re.compile(r"/channels/(\d+)/messages$"), 5, 5.0),
    ("PATCH", re.compile(r"/channels/(\d+)/messages/\d+$"), 5, 5.0),
    ("DELETE", re.compile(r"/channels/(\d+)/messages/\d+$"), 5, 1.0),
    ("POST", re.compile(r"/webhooks/\d+/([^/]+)$"), 5, 2.0),
    ("PATCH", re.compile(r"/webhooks/\d+/([^/]+)/messages/.+$"), 5, 2.0),
)
GLOBAL_REQUESTS, GLOBAL_SECONDS = 50, 1.0


@dataclass
class _Window:
    start: float
    count: int = 0


@dataclass
class Verdict:
    """What a request's limits say: ``wait_s`` above 0 is a 429."""

    headers: dict[str, str]
    wait_s: float = 0.0
    is_global: bool = False


@dataclass
class Limits:
    """Counts requests; ``hits`` are the 429s, ``forced_hits`` those a test wanted."""

    enabled: bool = True
    hits: list[str] = field(default_factory=list)
    forced_hits: int = 0
    clock: Callable[[], float] = time.monotonic
    _windows: dict[str, _Window] = field(default_factory=dict)
    _forced: list[tuple[re.Pattern[str], float]] = field(default_factory=list)

    def force(self, pattern: str, *, times: int = 1, retry_after_s: float = 1.0) -> None:
        """Answer the next requests whose "METHOD /path" holds a pattern with a 429."""
        self._forced += [(re.compile(pattern), retry_after_s)] * times

    def ask(self, method: str, path: str) -> Verdict:
        """Count a request."""
        line = f"{method} {path}"
        for forced in self._forced:
            if forced[0].search(line):
                self._forced.remove(forced)
                self.forced_hits += 1
                return Verdict({"X-RateLimit-Scope": "user"}, forced[1])
        if not self.enabled:
            return Verdict({})
        # Answers to interactions do not count for the bot's overall limit.
        if not path.startswith(("/interactions/", "/webhooks/", "/attachments/")):
            wait = self._take("*", GLOBAL_REQUESTS, GLOBAL_SECONDS)
            if wait:
                self.hits.append(f"global: {line}")
                return Verdict({"X-RateLimit-Global": "true"}, wait, is_global=True)
        for number, (verb, pattern, most, seconds) in enumerate(_RULES):
            found = pattern.match(path) if verb == method else None
            if found:
                return self._in_bucket(f"b{number}:{found[1]}", f"b{number}", most, seconds, line)
        return Verdict({})

    def _in_bucket(self, key: str, name: str, most: int, seconds: float, line: str) -> Verdict:
        wait = self._take(key, most, seconds)
        window = self._windows[key]
        # A clock read a moment later by the bot must not find the window still closed.
        reset = max(0.0, window.start + seconds - self.clock()) + 0.02
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - window.count)),
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Bucket": name,
        }
        if wait:
            self.hits.append(line)
        return Verdict(headers, wait)

    def _take(self, key: str, most: int, seconds: float) -> float:
        """Return 0 where there is room, else the seconds until there is."""
        now = self.clock()
        window = self._windows.get(key)
        if window is None or window.start + seconds <= now:
            window = self._windows[key] = _Window(now)
        window.count += 1
        return 0.0 if window.count <= most else window.start + seconds - now
