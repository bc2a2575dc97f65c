"""Which chat message shows which job at work or which finished page."""

from __future__ import annotations

from dataclasses import asdict

from bot.library.database import Connection, fetch_all, fetch_one
from bot.library.records import MessageRecord, columns, placeholders

_COLUMNS = columns(MessageRecord)


async def put(connection: Connection, message: MessageRecord) -> None:
    """Note what a message shows; what it showed before is forgotten."""
    await connection.execute(
        f"INSERT INTO messages ({_COLUMNS}) VALUES ({placeholders(MessageRecord)})"  # noqa: S608
        " ON CONFLICT (platform, channel_id, message_id) DO UPDATE SET"
        " story_id = excluded.story_id, page_id = excluded.page_id, job_id = excluded.job_id,"
        " number = excluded.number, live = excluded.live",
        asdict(message),
    )


async def find(
    connection: Connection, platform: str, channel_id: str, message_id: str
) -> MessageRecord | None:
    """Return what a message shows; None where it is none of ours."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM messages"  # noqa: S608
        " WHERE platform = ? AND channel_id = ? AND message_id = ?",
        (platform, channel_id, message_id),
    )
    return MessageRecord(*row) if row else None


async def of_story(connection: Connection, story_id: str) -> list[MessageRecord]:
    """Return the messages that show anything of a story, the newest first."""
    return await _select(connection, "story_id", story_id)


async def of_page(connection: Connection, page_id: str) -> list[MessageRecord]:
    """Return the messages that show a page, the newest first."""
    return await _select(connection, "page_id", page_id)


async def of_job(connection: Connection, job_id: str) -> list[MessageRecord]:
    """Return the messages that show a job at work or what it made, the newest first."""
    return await _select(connection, "job_id", job_id)


async def live(connection: Connection, platform: str, channel_id: str = "") -> list[MessageRecord]:
    """Return the messages in which more is to come, of a platform or one channel, oldest first."""
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM messages WHERE live = 1 AND platform = ?"  # noqa: S608
        " AND (? = '' OR channel_id = ?) ORDER BY created_at, rowid",
        (platform, channel_id, channel_id),
    )
    return [MessageRecord(*row) for row in rows]


async def newest_in(connection: Connection, platform: str, channel_id: str) -> MessageRecord | None:
    """Return the newest message of ours in a channel; None where there is none."""
    row = await fetch_one(
        connection,
        f"SELECT {_COLUMNS} FROM messages WHERE platform = ? AND channel_id = ?"  # noqa: S608
        " ORDER BY created_at DESC, rowid DESC LIMIT 1",
        (platform, channel_id),
    )
    return MessageRecord(*row) if row else None


async def remove(connection: Connection, platform: str, channel_id: str, message_id: str) -> bool:
    """Forget a message that is gone from the chat; False where it was unknown."""
    row = await fetch_one(
        connection,
        "DELETE FROM messages WHERE platform = ? AND channel_id = ? AND message_id = ? RETURNING 1",
        (platform, channel_id, message_id),
    )
    return row is not None


async def _select(connection: Connection, column: str, value: str) -> list[MessageRecord]:
    rows = await fetch_all(
        connection,
        f"SELECT {_COLUMNS} FROM messages WHERE {column} = ? ORDER BY created_at DESC, rowid DESC",  # noqa: S608
        (value,),
    )
    return [MessageRecord(*row) for row in rows]
