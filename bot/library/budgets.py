"""Time of the models that a person has used on a day (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.library.database import Connection, fetch_one


def day_of(moment_ms: int) -> str:
    """Return a moment's day in UTC, "2026-11-21"."""
    return _moment(moment_ms).date().isoformat()


def seconds_to_next_day(moment_ms: int) -> float:
    """Return for how long a moment's day (UTC) still lasts."""
    moment = _moment(moment_ms)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - moment).total_seconds()


async def used_ms(connection: Connection, person: str, day: str) -> int:
    """Return what a person has been charged on a day, in milliseconds."""
    row = await fetch_one(
        connection, "SELECT used_ms FROM budgets WHERE person_id = ? AND day = ?", (person, day)
    )
    return int(row[0]) if row else 0


async def charge(connection: Connection, person: str, day: str, amount_ms: int) -> None:
    """Add milliseconds to a known person's day; a negative amount gives back, never below zero."""
    if not day or not amount_ms:
        return
    await connection.execute(
        "INSERT INTO budgets (person_id, day, used_ms) VALUES (:person, :day, max(0, :amount))"
        " ON CONFLICT DO UPDATE SET used_ms = max(0, used_ms + :amount)",
        {"person": person, "day": day, "amount": amount_ms},
    )


def _moment(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1000, UTC)
