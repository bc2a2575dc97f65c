"""What Discord suggests while somebody types an option; 3 s at most, so indexed queries alone."""

from __future__ import annotations

import logging

from discord import app_commands

from bot.chat.texts import say
from bot.discord.asking import Asking, asking_of
from bot.discord.client import Asked
from bot.errors import BadInputError, PagewrightError

log = logging.getLogger(__name__)

_LABEL_LENGTH = 100


async def suggest_stories(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest stories of this place by title, words or id; the newest before anything is typed."""
    asking = asking_of(interaction)
    try:
        found = await interaction.client.teller.suggestions.stories(typed, asking.actor)
    except PagewrightError as error:
        log.warning("no stories are suggested: %s", error.message)
        return []
    return [
        app_commands.Choice(name=_label(story.title, story.author, asking), value=story.story_id)
        for story in found
    ]


async def suggest_styles(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest the engine's styles."""
    try:
        styles = await interaction.client.teller.suggestions.styles(typed)
    except PagewrightError as error:
        log.warning("no styles are suggested: %s", error.message)
        return []
    return [app_commands.Choice(name=style[:_LABEL_LENGTH], value=style) for style in styles]


async def meant_story(interaction: Asked, typed: str, asking: Asking) -> str:
    """Return the id of the story that was chosen or typed.

    Raises ``BadInputError`` where no story is meant, or more than one.
    """
    story = await interaction.client.teller.suggestions.meant(typed, asking.actor)
    if not story:
        shown = typed.strip()[:60]
        if not shown:
            raise BadInputError(say(asking.language, "show.which"))
        raise BadInputError(say(asking.language, "show.not_found", story=shown))
    return story


def _label(title: str, author: str, asking: Asking) -> str:
    by = say(asking.language, "gallery.author", author=author) if author else ""
    room = _LABEL_LENGTH - (len(by) + 3 if by else 0)
    short = title if len(title) <= room else f"{title[: max(1, room - 1)]}…"
    return f"{short} · {by}"[:_LABEL_LENGTH] if by else short or "…"
