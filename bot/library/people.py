"""People and communities: what they are called, and how they want to be treated."""

from __future__ import annotations

from bot.library.database import Connection, fetch_one
from bot.library.ids import now_ms
from bot.library.records import CommunityRecord, PersonRecord, columns

_PERSON = columns(PersonRecord)
_COMMUNITY = columns(CommunityRecord)


async def know_person(connection: Connection, person_id: str, *, name: str = "") -> None:
    """Add a person unless known, and keep up with their name; "" leaves it as it is."""
    await connection.execute(
        "INSERT INTO people (id, name, created_at) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
        " WHERE excluded.name NOT IN ('', name)",
        (person_id, name, now_ms()),
    )


async def get_person(connection: Connection, person_id: str) -> PersonRecord | None:
    """Return a person."""
    row = await fetch_one(connection, f"SELECT {_PERSON} FROM people WHERE id = ?", (person_id,))  # noqa: S608
    return PersonRecord(*row) if row else None


async def set_language(connection: Connection, person_id: str, language: str) -> None:
    """Note the language a person reads; "" follows the community's."""
    await know_person(connection, person_id)
    await connection.execute("UPDATE people SET language = ? WHERE id = ?", (language, person_id))


async def set_listed(connection: Connection, person_id: str, *, listed: bool) -> None:
    """Put all of a person's stories into galleries, or leave them all out."""
    await know_person(connection, person_id)
    await connection.execute("UPDATE people SET listed = ? WHERE id = ?", (int(listed), person_id))


async def know_community(
    connection: Connection, community_id: str, *, name: str = "", direct: bool | None = None
) -> None:
    """Add a community unless known, and keep up with its name; "" and None leave what is known.

    ``direct``: it is a conversation with one person, whose stories no gallery lists.
    """
    await connection.execute(
        "INSERT INTO communities (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (community_id, now_ms()),
    )
    await connection.execute(
        "UPDATE communities SET name = coalesce(nullif(:name, ''), name),"
        " direct = coalesce(:direct, direct) WHERE id = :id",
        {"id": community_id, "name": name, "direct": None if direct is None else int(direct)},
    )


async def get_community(connection: Connection, community_id: str) -> CommunityRecord | None:
    """Return a community."""
    row = await fetch_one(
        connection,
        f"SELECT {_COMMUNITY} FROM communities WHERE id = ?",  # noqa: S608
        (community_id,),
    )
    return CommunityRecord(*row) if row else None


async def move_community(connection: Connection, old_id: str, new_id: str) -> None:
    """Take all that a community has along where its platform gives it another id.

    Telegram does so when a group becomes a supergroup. Settings that the new id has stay.
    """
    old = await get_community(connection, old_id)
    if old is None or old_id == new_id:
        return
    await know_community(connection, new_id, name=old.name, direct=bool(old.direct))
    for table in ("stories", "jobs", "reports", "audit"):
        await connection.execute(
            f"UPDATE {table} SET community_id = ? WHERE community_id = ?",  # noqa: S608
            (new_id, old_id),
        )
    await connection.execute(
        "UPDATE OR IGNORE settings SET community_id = ? WHERE community_id = ?", (new_id, old_id)
    )
    await connection.execute("DELETE FROM settings WHERE community_id = ?", (old_id,))
