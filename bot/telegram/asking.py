"""Who asks on Telegram: the person and place behind an update, and how they are to be answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field

from telegram import Bot, CallbackQuery, Message, Update, User
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from bot.chat.texts import nearest
from bot.storytelling.permissions import Actor
from bot.storytelling.tell import Storyteller
from bot.telegram.places import PLATFORM, Place, name_of_chat, place_of

# How long an answer about who is an administrator is believed.
ADMIN_SECONDS = 30.0
# A button must not spin for as long as a slow server takes to say so.
ADMIN_PATIENCE_S = 3.0
_MOST_ADMINS_KNOWN = 10_000
_ADMINS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})


@dataclass(frozen=True)
class Asking:
    """Somebody who asks for something by a message or by pressing a button.

    ``language`` is their own, for what they alone see (alerts); ``public`` is the place's, for
    messages. ``message`` is the id of what they wrote, or of the message whose button they
    pressed. ``key`` makes a repeat of the same update harmless (a wish's ``dedup_key``).
    """

    actor: Actor
    language: str
    public: str
    place: Place
    message: int
    key: str
    name: str
    update: Update = field(repr=False)

    @property
    def channel(self) -> str:
        """Return the place as the desk names it."""
        return self.place.channel

    @property
    def press(self) -> CallbackQuery | None:
        """Return the press of a button, None where they wrote a message."""
        return self.update.callback_query

    @property
    def written(self) -> Message | None:
        """Return the message they wrote, None where they pressed a button."""
        return None if self.press else self.update.effective_message


class Askers:
    """Reads updates; asks Telegram who is an administrator, and remembers it for a moment.

    ``owners`` are the user ids of those who run the bot.
    """

    def __init__(self, bot: Bot, teller: Storyteller, *, owners: Collection[int] = ()) -> None:
        self._bot = bot
        self._teller = teller
        self._owners = frozenset(owners)
        self._admins: dict[tuple[int, int], tuple[float, bool]] = {}

    async def read(self, update: Update) -> Asking | None:
        """Return who asks by an update, and keep up with their names; None where nobody does."""
        press = update.callback_query
        message = press.message if press else update.effective_message
        user = update.effective_user
        if message is None:
            return None
        place = place_of(message)
        actor, name = await self._actor(place, user, None if press else update.effective_message)
        spoken = (user.language_code or "") if user else ""
        people = self._teller.people
        where = name_of_chat(message.chat)
        await people.meet(actor, name=name, community_name=where, language=spoken)
        return Asking(
            actor=actor,
            language=nearest(spoken),
            public=await people.language(actor),
            place=place,
            message=message.message_id,
            key=key_of(update, message.chat.id, message.message_id),
            name=name,
            update=update,
        )

    async def _actor(
        self, place: Place, user: User | None, written: Message | None
    ) -> tuple[Actor, str]:
        """Return who acts; a group or channel that writes in its own name is a person, too."""
        speaker = written.sender_chat if written else None
        if speaker is not None:
            own = speaker.id == place.chat
            actor = Actor(f"{PLATFORM}:{speaker.id}", place.community, moderator=own)
            return actor, name_of_chat(speaker)
        if user is None:
            return Actor(place.community, place.community), ""
        actor = Actor(
            person=f"{PLATFORM}:{user.id}",
            community=place.community,
            moderator=not place.private and await self.is_admin(place.chat, user.id),
            owner=user.id in self._owners,
            direct=place.private,
        )
        return actor, user.full_name

    async def is_admin(self, chat: int, user: int) -> bool:
        """Tell whether somebody looks after a group at this moment (or some seconds ago)."""
        moment, known = self._admins.get((chat, user), (-ADMIN_SECONDS, False))
        if time.monotonic() - moment < ADMIN_SECONDS:
            return known
        try:
            # As it comes: the library refuses members whose rights it does not know in full, and
            # takes the name in lower case as one it has no method for.
            async with asyncio.timeout(ADMIN_PATIENCE_S):
                found: dict[str, object] = await self._bot.do_api_request(
                    "getchatmember", api_kwargs={"chat_id": chat, "user_id": user}
                )
            known = found.get("status") in _ADMINS
        except (TelegramError, TimeoutError):
            return False  # whoever cannot be looked up is treated as everybody else
        if len(self._admins) >= _MOST_ADMINS_KNOWN:
            self._admins.clear()
        self._admins[chat, user] = (time.monotonic(), known)
        return known

    def forget(self, chat: int, user: int) -> None:
        """Ask anew about somebody whose standing in a group changed."""
        self._admins.pop((chat, user), None)


def key_of(update: Update, chat: int, message: int) -> str:
    """Return the dedup key of what an update asks for.

    Not the update's own number: those of another bot on the same library would be the same. A
    message that is edited keeps its key, so a command is carried out once.
    """
    if update.callback_query is not None:
        return f"{PLATFORM}:press:{update.callback_query.id}"
    return f"{PLATFORM}:{chat}:{message}"
