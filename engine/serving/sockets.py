"""Takes an address for this process alone: folder, lock and leftovers of a Unix socket."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from engine.api.address import Address


class AddressTakenError(Exception):
    """Another process listens there; one line."""


class UnusableFolderError(Exception):
    """The socket's folder cannot be made or trusted; one line."""


class NoSocketError(Exception):
    """Something else lies where the socket is to be; one line."""


def claim(address: Address) -> IO[str] | None:
    """Lock a Unix socket's address and clear what a killed engine left; nothing to do for TCP.

    Keep the lock file it returns open as long as the address is used: a server that binds a live
    socket would silently steal it. Raises ``AddressTakenError``, ``UnusableFolderError`` or
    ``NoSocketError``: a file of somebody's is neither used nor removed.
    """
    if address.socket is None:
        return None
    if address.socket.exists() and not address.socket.is_socket():
        raise NoSocketError(
            f"{address.socket} is there already and no socket: choose another one with --listen."
        )
    _make_folder(address.socket.parent)
    lock = _lock(address)
    if address.socket.is_socket():
        address.socket.unlink()
    return lock


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner, mode = folder.stat().st_uid, folder.stat().st_mode
    except OSError as error:
        raise UnusableFolderError(
            f"The socket's folder {folder} cannot be made: {error.strerror}."
        ) from None
    others_write = mode & stat.S_IWOTH and not mode & stat.S_ISVTX
    if owner not in (os.getuid(), 0) or others_write:
        raise UnusableFolderError(
            f"The socket's folder {folder} can be changed by others: choose one of your own"
            " (--listen unix:/path/engine.sock)."
        )


def _lock(address: Address) -> IO[str]:
    path = Path(f"{address.socket}.lock")
    try:
        lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
    except OSError as error:
        raise UnusableFolderError(
            f"The lock file {path} cannot be opened: {error.strerror}."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = lock.read().strip()
        lock.close()
        raise AddressTakenError(
            f"An engine{f' (process {owner})' if owner else ''} already listens on {address}:"
            " use it, stop it, or choose another address with --listen."
        ) from None
    # The number is for people alone; a full disk must not keep an engine from starting.
    with suppress(OSError):
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    return lock
