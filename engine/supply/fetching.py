"""Fetches files over HTTP: goes on where it was cut off, and checks what has come."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.profiles import file_digest

TIMEOUT = 30.0  # seconds without a byte
PAUSES = (1.0, 3.0, 9.0)  # seconds before the next tries
_BLOCK = 1 << 20
_MISSING = (401, 403, 404, 410)

Progress = Callable[[str, int, int | None], None]
"""Told a file's name, the bytes that have come, and of how many (None: nobody knows)."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch: where it goes in a folder, where it comes from, and what is known of it.

    ``git`` is the hash that Git gives small files, ``sha256`` that of large ones; "" where the
    other side names none.
    """

    path: str
    url: str
    size: int | None = None
    sha256: str = ""
    git: str = ""


class _Broken(Exception):  # noqa: N818
    """A connection that failed or ended too early; the next try goes on from there."""


def unreachable(what: str, reason: str) -> EngineError:
    """Return the error for a place that does not answer."""
    return EngineError(
        "unavailable",
        f"{what} cannot be reached ({reason}): look at the network and run it again, it goes on"
        " where it stopped; or take the files from a copy with --from DIR.",
        retryable=True,
    )


def fetch(file: RemoteFile, folder: Path, progress: Progress) -> None:
    """Fetch a file into a folder; what has come before is kept, what is whole is left alone.

    Raises ``EngineError``: "unavailable" where the other side does not answer after some tries,
    "damaged" where what came is not what was promised.
    """
    target = folder / file.path
    if target.is_file() and is_sound(target, file):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    for pause in (*PAUSES, None):
        try:
            _receive(file, part, progress)
            break
        except _Broken as error:
            if pause is None:
                raise unreachable(file.url.split("?")[0], str(error)) from None
            time.sleep(pause)
    if not is_sound(part, file):
        _drop(part)
        raise EngineError(
            "damaged", f"{file.path} came otherwise than {file.url.split('?')[0]} says: try again."
        )
    part.replace(target)
    _tag_file(part).unlink(missing_ok=True)


def is_sound(path: Path, file: RemoteFile) -> bool:
    """Say whether a file has the size and the hash that are known of it."""
    if file.size is not None and path.stat().st_size != file.size:
        return False
    if file.sha256:
        return file_digest(path) == file.sha256
    return not file.git or git_digest(path) == file.git


def git_digest(path: Path) -> str:
    """Return the SHA-1 by which Git knows a file's contents."""
    data = path.read_bytes()
    # Git's own choice, and no secret hangs on it.
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _receive(file: RemoteFile, part: Path, progress: Progress) -> None:
    """Receive what is missing of a file; ``_Broken`` where not all of it came."""
    have = part.stat().st_size if part.is_file() else 0
    if file.size is not None and have >= file.size:
        if have == file.size:
            return
        _drop(part)
        have = 0
    request = urllib.request.Request(_checked(file.url))  # noqa: S310
    if have:
        request.add_header("Range", f"bytes={have}-")
        with suppress(FileNotFoundError):
            request.add_header("If-Range", _tag_file(part).read_text("ascii"))
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            _store(file, part, response, have, progress)
    except urllib.error.HTTPError as error:
        _judge(error, file, part)
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        reason = getattr(error, "reason", None) or error
        raise _Broken(" ".join(str(reason).split())[:100] or type(error).__name__) from None


def _checked(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise EngineError("bad_input", f"{url} is no address on the web.")
    return url


def _judge(error: urllib.error.HTTPError, file: RemoteFile, part: Path) -> None:
    """Tell errors that pass from those that do not."""
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        # What has come is as long as the file, or longer than what is there now.
        _drop(part)
    if error.code in _MISSING:
        raise EngineError(
            "unavailable", f"{file.url.split('?')[0]} is not to be had (HTTP {error.code})."
        ) from None
    raise _Broken(f"HTTP {error.code}") from None


def _store(file: RemoteFile, part: Path, response: Any, have: int, progress: Progress) -> None:
    """Write what comes behind what there is, or in its place where the other side starts anew."""
    goes_on = response.status == http.HTTPStatus.PARTIAL_CONTENT
    start = have if goes_on else 0
    tag = response.headers.get("ETag") or ""
    if tag and not tag.startswith("W/"):
        _tag_file(part).write_text(tag, encoding="ascii", errors="ignore")
    length = response.headers.get("Content-Length")
    total = start + int(length) if length and length.isdecimal() else file.size
    done = start
    with part.open("ab" if goes_on else "wb") as out:
        while block := response.read(_BLOCK):
            out.write(block)
            done += len(block)
            progress(file.path, done, total)
    if total is not None and done < total:
        raise _Broken(f"the connection ended after {done} of {total} bytes")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    _tag_file(part).unlink(missing_ok=True)


def _tag_file(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")
