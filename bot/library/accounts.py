"""Linked accounts, the codes that link them, and wrong guesses; moments are milliseconds."""

from __future__ import annotations

from bot.library.database import Connection, fetch_one


async def linked_with(connection: Connection, person_id: str) -> str:
    """Return the id of the account that is linked with this one, "" for none."""
    row = await fetch_one(
        connection, "SELECT other_id FROM account_links WHERE person_id = ?", (person_id,)
    )
    return str(row[0]) if row else ""


async def link(connection: Connection, one: str, other: str, *, now: int) -> None:
    """Link two known accounts that are both without a link."""
    for person, their_other in ((one, other), (other, one)):
        await connection.execute(
            "INSERT INTO account_links (person_id, other_id, created_at) VALUES (?, ?, ?)",
            (person, their_other, now),
        )


async def unlink(connection: Connection, person_id: str) -> None:
    """Undo an account's link, from both sides."""
    await connection.execute(
        "DELETE FROM account_links WHERE person_id = :person OR other_id = :person",
        {"person": person_id},
    )


async def put_code(
    connection: Connection, person_id: str, code_hash: str, *, now: int, expires_at: int
) -> None:
    """Keep a known person's code; the one before is none any more."""
    await connection.execute("DELETE FROM link_codes WHERE expires_at <= ?", (now,))
    await connection.execute(
        "INSERT INTO link_codes (person_id, code_hash, created_at, expires_at)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (person_id) DO UPDATE SET"
        " code_hash = excluded.code_hash, created_at = excluded.created_at,"
        " expires_at = excluded.expires_at",
        (person_id, code_hash, now, expires_at),
    )


async def owner_of_code(connection: Connection, code_hash: str, *, now: int) -> str:
    """Return whose code this is, "" where it is nobody's or has expired."""
    row = await fetch_one(
        connection,
        "SELECT person_id FROM link_codes WHERE code_hash = ? AND expires_at > ?",
        (code_hash, now),
    )
    return str(row[0]) if row else ""


async def drop_code(connection: Connection, person_id: str) -> None:
    """Make a person's code worthless."""
    await connection.execute("DELETE FROM link_codes WHERE person_id = ?", (person_id,))


async def guesses(connection: Connection, person_id: str, *, since: int) -> tuple[int, int]:
    """Return how many wrong codes a person gave and when the first was, from a moment on."""
    row = await fetch_one(
        connection,
        "SELECT wrong, since FROM link_guesses WHERE person_id = ? AND since > ?",
        (person_id, since),
    )
    return (int(row[0]), int(row[1])) if row else (0, 0)


async def note_guess(connection: Connection, person_id: str, *, now: int, window: int) -> None:
    """Count a known person's wrong code; what lies further back than ``window`` is forgotten."""
    await connection.execute("DELETE FROM link_guesses WHERE since <= ?", (now - window,))
    await connection.execute(
        "INSERT INTO link_guesses (person_id, wrong, since) VALUES (?, 1, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET wrong = wrong + 1",
        (person_id, now),
    )
