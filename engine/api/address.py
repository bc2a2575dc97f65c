"""Engine addresses: ``unix:/path/to.sock`` or ``host:port``."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.api.errors import AddressError

# The kernel's `sun_path` has 108 bytes (unix(7)), 104 on macOS, the last of them a zero.
MAX_SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107


@dataclass(frozen=True)
class Address:
    """Where an engine listens; ``socket`` is None for TCP."""

    target: str
    socket: Path | None

    def __str__(self) -> str:
        return self.target


def default_address() -> str:
    """Return this user's own socket, under ``XDG_RUNTIME_DIR`` or the folder of temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "pagewright" if runtime else _private_temporary_folder()
    return f"unix:{folder / 'engine.sock'}"


def parse_address(text: str) -> Address:
    """Check an address; raises ``AddressError`` with a remedy."""
    text = text.strip()
    if text.startswith("unix:"):
        return _parse_socket(text.removeprefix("unix:"))
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise AddressError(
            f'"{text}" is no engine address: write unix:/path/engine.sock or host:port.'
        )
    return Address(target=text, socket=None)


def short_socket_path(path: Path) -> Path:
    """Return ``path``, or where it is too long to bind, a short stand-in that is always the same.

    The stand-in lies in a folder of its own under ``XDG_RUNTIME_DIR`` or the temporary folder.
    """
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for root in (runtime, tempfile.gettempdir(), "/tmp"):  # noqa: S108
        stand_in = Path(root) / f"pagewright-{os.getuid()}-{key}" / "engine.sock"
        if root and len(os.fsencode(stand_in)) <= MAX_SOCKET_PATH_BYTES:
            return stand_in
    return path


def _parse_socket(path: str) -> Address:
    # unix:///path is gRPC's other spelling of unix:/path.
    path = path.removeprefix("//") if path.startswith("///") else path
    if not path:
        raise AddressError('"unix:" names no socket: write unix:/path/engine.sock.')
    socket = Path(path).expanduser().absolute()
    if len(os.fsencode(socket)) > MAX_SOCKET_PATH_BYTES:
        raise AddressError(
            f"The socket's path is longer than {MAX_SOCKET_PATH_BYTES} bytes: {socket};"
            " choose a shorter one."
        )
    return Address(target=f"unix:{socket}", socket=socket)


def _private_temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"pagewright-{os.getuid()}"
