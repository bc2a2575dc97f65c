"""What the features of the Telegram front-end work with."""

from __future__ import annotations

from dataclasses import dataclass

from telegram.ext import ExtBot

from bot.chat.desk import Desk
from bot.chat.service import Service
from bot.settings import Settings
from bot.storytelling.tell import Storyteller
from bot.telegram.asking import Askers
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.places import Place
from bot.telegram.replies import Replies

# What is given to ``rate_limit_args``: "preview" is shed where the chat has no room, and all else
# (None) waits for it.
Urgency = str


@dataclass(frozen=True)
class Tools:
    """One bot's parts; every method of ``bot`` keeps to the chats' budgets (limiter.py)."""

    service: Service
    bot: ExtBot[Urgency]
    desk: Desk
    messenger: TelegramMessenger
    askers: Askers
    replies: Replies

    async def moved(self, old: int, new: int) -> None:
        """Take along what a group has that became a supergroup, which has another id."""
        self.messenger.moved(old, new)
        await self.teller.people.move_community(Place(old).community, Place(new).community)

    @property
    def teller(self) -> Storyteller:
        """Return the use cases."""
        return self.service.teller

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        return self.service.settings
