"""What the tests of several features begin with: stories that are told already."""

from __future__ import annotations

import re

from bot.storytelling.permissions import Actor
from bot.storytelling.wish import StoryWish
from tests.bot.storytelling.acting import listen
from tests.bot.telegram.house import House
from tests.bot.telegram.loopback import Chat, Message, Person


def actor_of(person: Person, chat: Chat | None = None) -> Actor:
    """Return who a person is to the storyteller, in a chat or their own."""
    place = chat or person.chat
    return Actor(f"telegram:{person.id}", f"telegram:{place.id}", direct=place.private)


async def shelve(
    house: House, person: Person, idea: str = "a fox", *, pages: int = 1, style: str = ""
) -> str:
    """Tell a person's story without any message, and return its id."""
    actor = actor_of(person)
    await house.teller.people.meet(actor, name=person.raw["first_name"])
    wish = StoryWish(idea, pages=pages, style=style)
    updates = await listen(house.teller.tell(wish, actor))
    return updates[0].story_id


def story_of(message: Message) -> str:
    """Return the id of the story that a page's message shows."""
    found = [re.search(r"start=s_([0-9a-z]{8})$", link) for link in message.html_links]
    return next(hit[1] for hit in found if hit)
