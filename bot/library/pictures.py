"""Pictures in the database, with the codes and layout that a continuation starts from."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bot.library.database import Connection, fetch_all
from bot.library.records import PictureRecord, columns, placeholders

_COLUMNS = columns(PictureRecord)


async def insert(connection: Connection, picture: PictureRecord) -> None:
    """Add a picture; a job's second one of the same page changes nothing."""
    await connection.execute(
        f"INSERT INTO pictures ({_COLUMNS}) VALUES ({placeholders(PictureRecord)})"  # noqa: S608
        " ON CONFLICT (page_id, job_id) DO NOTHING",
        asdict(picture),
    )


async def newest_of(connection: Connection, page_ids: Iterable[str]) -> dict[str, PictureRecord]:
    """Return each page's newest picture by page id; pages without one are missing."""
    found: dict[str, PictureRecord] = {}
    for page_id in page_ids:
        rows = await fetch_all(
            connection,
            f"SELECT {_COLUMNS} FROM pictures WHERE page_id = ?"  # noqa: S608
            " ORDER BY serial DESC LIMIT 1",
            (page_id,),
        )
        if rows:
            found[page_id] = PictureRecord(*rows[0])
    return found


async def get(connection: Connection, page_id: str, job_id: str) -> PictureRecord | None:
    """Return what a job painted for a page."""
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM pictures WHERE page_id = ? AND job_id = ?",  # noqa: S608
        (page_id, job_id),
    )
    return PictureRecord(*rows[0]) if rows else None


async def set_thumbnail(
    connection: Connection, page_id: str, job_id: str, thumbnail: bytes
) -> None:
    """Keep the small WebP of what a job painted for a page."""
    await connection.execute(
        "UPDATE pictures SET thumbnail = ? WHERE page_id = ? AND job_id = ?",
        (thumbnail, page_id, job_id),
    )


def pack_codes(codes: Sequence[int]) -> bytes:
    """Return codebook indices below 65,536 as bytes, two each."""
    return struct.pack(f"<{len(codes)}H", *codes)


def unpack_codes(data: bytes) -> tuple[int, ...]:
    """Return the codebook indices of ``pack_codes``."""
    return struct.unpack(f"<{len(data) // 2}H", data)
