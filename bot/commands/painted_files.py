"""What painted pictures leave in files: their settings in the PNG, latents, states to go on from.

A PNG's settings lie in an iTXt chunk of its own, added without touching the picture.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadInputError
from engine.api.events import Latents

KEYWORD = b"pagewright"
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_SETTINGS_BYTES = 1024 * 1024
MAX_CODES = 128 * 128
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_STATE, _SETTINGS, _FILES = "state.safetensors", "settings.json", "files/"

Settings = dict[str, Any]


@dataclass(frozen=True)
class KeptState:
    """A picture that was stopped: its settings, the engine's state, and the files it came from."""

    settings: Settings
    state: bytes
    files: Mapping[str, bytes]


def with_settings(png: bytes, settings: Settings) -> bytes:
    """Return a PNG with its settings as JSON in an iTXt chunk; the pixels stay as they are."""
    text = zlib.compress(json.dumps(settings, ensure_ascii=False, sort_keys=True).encode())
    # Keyword, compressed, method 0, no language, no translated keyword (PNG 1.2, 4.2.3.3).
    body = b"iTXt" + KEYWORD + b"\0\x01\0\0\0" + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    head = len(_SIGNATURE) + 25  # IHDR is always first and 25 bytes long
    return png[:head] + chunk + png[head:]


def read_settings_of(path: Path) -> Settings:
    """Return the settings in a PNG that ``illustrate`` painted; raises ``BadInputError``."""
    for kind, body in _chunks(_read(path), path):
        if kind == b"iTXt" and body.startswith(KEYWORD + b"\0\x01\0\0\0"):
            return _parsed(_inflated(body[len(KEYWORD) + 5 :], path), path)
    raise BadInputError(f"{path} holds no settings: give a PNG that pagewright illustrate painted.")


def latents_to_json(latents: Latents) -> dict[str, Any]:
    """Return latents as a JSON object: codes of 16 bits, packed."""
    packed = zlib.compress(struct.pack(f"<{len(latents.codes)}H", *latents.codes))
    data = base64.b64encode(packed).decode()
    return {"height": latents.height, "width": latents.width, "data": data}


def latents_from_json(value: Any, path: Path) -> Latents:
    """Read latents again; raises ``BadInputError`` for what is none."""
    try:
        height, width = int(value["height"]), int(value["width"])
        if not (height > 0 and width > 0 and height * width <= MAX_CODES):
            raise ValueError
        packed = base64.b64decode(value["data"], validate=True)
        codes = struct.unpack(f"<{height * width}H", _most(packed, 2 * height * width))
    except (KeyError, TypeError, ValueError, OverflowError, struct.error, zlib.error):
        raise BadInputError(f"{path} holds no latents that can be read.") from None
    return Latents(height, width, codes)


def read_latents_of(path: Path) -> tuple[Latents, str]:
    """Return the latents in a PNG's settings or a ``--latents`` file, and their profile."""
    if path.suffix.lower() == ".json":
        values = _parsed(_read(path), path)
    else:
        values = read_settings_of(path)
    return latents_from_json(values.get("latents"), path), str(values.get("profile", ""))


def pack_state(kept: KeptState) -> bytes:
    """Return the bytes of a ``--save-state`` file: a ZIP of settings, state and files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_SETTINGS, json.dumps(kept.settings, ensure_ascii=False))
        archive.writestr(_STATE, kept.state)
        for name, content in kept.files.items():
            archive.writestr(_FILES + name, content)
    return buffer.getvalue()


def read_state_of(path: Path) -> KeptState:
    """Read a ``--save-state`` file; raises ``BadInputError`` for what is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(_read(path))) as archive:
            infos = archive.infolist()
            if sum(info.file_size for info in infos) > MAX_FILE_BYTES:
                raise BadInputError(f"{path} is too large to be a state.")
            contents = {info.filename: archive.read(info) for info in infos}
    except BadInputError:
        raise
    except Exception:  # a damaged or hostile archive makes zipfile raise whatever it likes
        contents = {}
    if not {_SETTINGS, _STATE} <= contents.keys():
        raise BadInputError(f"{path} is no state: give a file that --save-state wrote.")
    files = {k.removeprefix(_FILES): v for k, v in contents.items() if k.startswith(_FILES)}
    return KeptState(_parsed(contents[_SETTINGS], path), contents[_STATE], files)


def _chunks(png: bytes, path: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and body of a PNG's chunks; ends at the first one that is not whole."""
    if not png.startswith(_SIGNATURE):
        raise BadInputError(f"{path} is no PNG.")
    at = len(_SIGNATURE)
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if at + 12 + length > len(png):
            return
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _inflated(packed: bytes, path: Path) -> bytes:
    try:
        return _most(packed, MAX_SETTINGS_BYTES)
    except (zlib.error, ValueError):
        raise _unreadable(path) from None


def _most(packed: bytes, size: int) -> bytes:
    """Return what was compressed; ``ValueError`` where it is more than that many bytes."""
    opener = zlib.decompressobj()
    content = opener.decompress(packed, size)
    if opener.unconsumed_tail:
        raise ValueError("too long")
    return content


def _parsed(content: bytes, path: Path) -> Settings:
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        raise _unreadable(path) from None
    if not isinstance(values, dict):
        raise _unreadable(path)
    return values


def _unreadable(path: Path) -> BadInputError:
    return BadInputError(f"The settings in {path} are damaged.")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BadInputError(f"{path} is larger than {MAX_FILE_BYTES // 2**20} MB.")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInputError(f"{path} cannot be read: {reason}.") from None
