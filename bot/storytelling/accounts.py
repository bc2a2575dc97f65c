"""Links two accounts of one person, one on each platform, by a code that is given once.

The way of it: on one platform, and where nobody else reads along, somebody asks for a code
(``code``) and gives it on the other platform within ten minutes. There they are told whose account
it is (``offer``), and say that both are theirs (``link``). From then on either account may do with
the other's stories what an author may do away from home: look at them, export, hide, cancel,
delete (``permissions``). New pages are still made where a story is at home, and each account keeps
its own queue, budget and data. Either side may undo it (``unlink``).

A code is ten letters and digits, shown as "4XK9M-T2QHW" and read in any case, with or without the
dash; no id of a story has as many. It works once; what is kept of it is a hash. Five wrong codes
an hour a person are looked up, no more.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import BadInputError
from bot.library import accounts, lookups, people
from bot.library.database import Connection
from bot.library.ids import ALPHABET, now_ms
from bot.library.library import Library
from bot.storytelling.permissions import Actor

CODE_SECONDS = 600
MAX_GUESSES = 5
GUESS_SECONDS = 3600
_LENGTH = 10
_MISREAD = str.maketrans("ilo", "110")

LinkRefusal = Literal[
    "wrong_code", "own_code", "same_platform", "linked", "other_linked", "guesses"
]


class LinkError(BadInputError):
    """Why two accounts are not linked; ``seconds`` until one may try again, 0 where at once.

    ``kind``: "wrong_code" (none, expired or used), "own_code" (it is this account's own),
    "same_platform" (it was made on this platform), "linked" (this account is linked already),
    "other_linked" (the code's is), "guesses" (too many wrong ones).
    """

    def __init__(self, kind: LinkRefusal, message: str, *, seconds: float = 0.0) -> None:
        super().__init__(message)
        self.kind: LinkRefusal = kind
        self.seconds = seconds


@dataclass(frozen=True)
class LinkCode:
    """A code to give on the other platform, within ``seconds``."""

    code: str
    seconds: int


@dataclass(frozen=True)
class LinkedAccount:
    """Somebody's account on the other platform ("discord", "telegram"); name "" if unknown."""

    person: str
    platform: str
    name: str


class Accounts:
    """Accounts of one person; every method asks on behalf of the actor's own account only."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def code(self, actor: Actor) -> LinkCode:
        """Make a code for the actor's account; one made before is worthless from then on.

        Show it to the actor alone. Raises ``LinkError`` ("linked").
        """
        code, now = _new_code(), now_ms()
        async with self._library.database.write() as connection:
            await people.know_person(connection, actor.person)
            await self._refuse_linked(connection, actor.person, "linked")
            ends = now + 1000 * CODE_SECONDS
            await accounts.put_code(connection, actor.person, _hash(code), now=now, expires_at=ends)
        return LinkCode(f"{code[:5]}-{code[5:]}".upper(), CODE_SECONDS)

    async def offer(self, code: str, actor: Actor) -> LinkedAccount:
        """Return whose account a code would link the actor's with; nothing is linked yet.

        Ask "are both yours?", as whoever is linked may see and delete the other's stories. The
        code stays good. Raises ``LinkError``.
        """
        async with self._library.database.write() as connection:
            found = await self._found(connection, code, actor)
            offered = found if isinstance(found, LinkError) else await _known(connection, found)
        if isinstance(offered, LinkError):
            raise offered
        return offered

    async def link(self, code: str, actor: Actor) -> LinkedAccount:
        """Link the actor's account with the one that the code was made for; use up the code.

        Raises ``LinkError``; wrong codes are counted.
        """
        async with self._library.database.write() as connection:
            found = await self._found(connection, code, actor)
            if isinstance(found, str):
                await people.know_person(connection, actor.person)
                await accounts.link(connection, actor.person, found, now=now_ms())
                for person in (actor.person, found):
                    await accounts.drop_code(connection, person)
                return await _known(connection, found)
        # Raised only here, as a wrong guess is counted in the transaction that ends before.
        raise found

    async def withdraw(self, code: str) -> None:
        """Make a code worthless, where it was given for others to read."""
        async with self._library.database.write() as connection:
            if owner := await accounts.owner_of_code(connection, _hash(_read(code)), now=now_ms()):
                await accounts.drop_code(connection, owner)

    async def linked(self, actor: Actor) -> LinkedAccount | None:
        """Return the account that the actor's is linked with."""
        async with self._library.database.read() as connection:
            other = await accounts.linked_with(connection, actor.person)
            return await _known(connection, other) if other else None

    async def unlink(self, actor: Actor) -> LinkedAccount | None:
        """Undo the actor's link and return what it was with; None where there was none."""
        async with self._library.database.write() as connection:
            other = await accounts.linked_with(connection, actor.person)
            await accounts.unlink(connection, actor.person)
            return await _known(connection, other) if other else None

    async def _found(self, connection: Connection, code: str, actor: Actor) -> str | LinkError:
        """Return whose code this is, or why the actor's account is not linked with it."""
        now = now_ms()
        wrong, since = await accounts.guesses(
            connection, actor.person, since=now - 1000 * GUESS_SECONDS
        )
        if wrong >= MAX_GUESSES:
            return _too_many(since / 1000 + GUESS_SECONDS - now / 1000)
        owner = await accounts.owner_of_code(connection, _hash(_read(code)), now=now)
        if not owner:
            await people.know_person(connection, actor.person)
            await accounts.note_guess(
                connection, actor.person, now=now, window=1000 * GUESS_SECONDS
            )
            return LinkError(
                "wrong_code",
                "This code links nothing: it was used, is over ten minutes old, or never was one.",
            )
        return await self._refusal(connection, owner, actor) or owner

    async def _refusal(self, connection: Connection, owner: str, actor: Actor) -> LinkError | None:
        if owner == actor.person:
            return LinkError("own_code", "This code is your own: give it on the other platform.")
        if _platform(owner) == _platform(actor.person):
            return LinkError("same_platform", "A code links accounts of two different platforms.")
        try:
            await self._refuse_linked(connection, actor.person, "linked")
            await self._refuse_linked(connection, owner, "other_linked")
        except LinkError as error:
            return error
        return None

    async def _refuse_linked(
        self, connection: Connection, person: str, kind: Literal["linked", "other_linked"]
    ) -> None:
        if await accounts.linked_with(connection, person):
            which = "Your account" if kind == "linked" else "The account of this code"
            raise LinkError(kind, f"{which} is linked with another one already: unlink that first.")


def is_code(text: str) -> bool:
    """Tell whether a text has the shape of a code; no story's id has, and no words of a title.

    Every code has a digit, so that "black sheep" is none.
    """
    code = _read(text)
    marked = "-" in text or any(letter.isdigit() for letter in text)
    return marked and len(code) == _LENGTH and set(code) <= set(ALPHABET)


async def with_link(connection: Connection, actor: Actor) -> Actor:
    """Return the actor as one person with the account that theirs is linked with."""
    return replace(actor, linked=await accounts.linked_with(connection, actor.person))


def _new_code() -> str:
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
        # A digit that no letter is misread for.
        if not set(code).isdisjoint("23456789"):
            return code


def _read(text: str) -> str:
    """Return a code as it was made, from how a person typed it."""
    return text.strip().lower().translate(_MISREAD).replace("-", "").replace(" ", "")


def _hash(code: str) -> str:
    return hashlib.sha256(f"pagewright link {code}".encode()).hexdigest()


def _platform(person: str) -> str:
    return person.partition(":")[0]


def _too_many(seconds: float) -> LinkError:
    minutes = max(1, round(seconds / 60))
    message = f"Too many wrong codes: try again in {minutes} min, with a new code."
    return LinkError("guesses", message, seconds=seconds)


async def _known(connection: Connection, person: str) -> LinkedAccount:
    return LinkedAccount(person, _platform(person), await lookups.name_of(connection, person))
