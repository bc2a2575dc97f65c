"""A hub on this machine: lists a folder's files with sizes and hashes, serves them by parts."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from engine.supply.fetching import git_digest

LARGE = 20_000  # bytes from which a file is kept in large file storage
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """``root`` holds OWNER/NAME folders; ``cut`` is after how many bytes the next answers break."""

    root: Path
    url: str = ""
    cut: list[int] = field(default_factory=list)
    lies: set[str] = field(default_factory=set)
    ranges: dict[str, list[str]] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)

    def listing(self, repository: str) -> bytes | None:
        """Return what the hub's interface tells of a repository."""
        folder = self.root / repository
        if not folder.is_dir():
            return None
        siblings = [_sibling(path) for path in sorted(folder.iterdir())]
        return json.dumps({"id": repository, "sha": COMMIT, "siblings": siblings}).encode()


def _sibling(path: Path) -> dict[str, object]:
    size = path.stat().st_size
    told: dict[str, object] = {"rfilename": path.name, "size": size, "blobId": git_digest(path)}
    if size >= LARGE:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        told["lfs"] = {"sha256": digest, "size": size, "pointerSize": 130}
    return told


@contextmanager
def running(root: Path) -> Iterator[Hub]:
    """Run a hub of a folder."""
    hub = Hub(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0].strip("/")
            if path.startswith("api/models/"):
                self._answer(hub.listing("/".join(path.split("/")[2:4])))
            else:
                self._file(
                    "/".join(part for part in path.split("/") if part not in ("resolve", COMMIT))
                )

        def _answer(self, body: bytes | None) -> None:
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def _file(self, name: str) -> None:
            path = hub.root / name
            if not path.is_file():
                self._answer(None)
                return
            data, start = path.read_bytes(), 0
            if name in hub.lies:
                data = bytes(len(data))
            asked = self.headers.get("Range", "")
            hub.ranges.setdefault(name, []).append(asked)
            if asked:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
            self.send_response(206 if asked else 200)
            self.send_header("ETag", f'"{len(data)}"')
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            self._send(name, data[start:])

        def _send(self, name: str, rest: bytes) -> None:
            if len(rest) > LARGE and hub.cut:
                rest = rest[: hub.cut.pop(0)]
            hub.served[name] = hub.served.get(name, 0) + len(rest)
            self.wfile.write(rest)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
