"""From a wish to its message: what commands, buttons, forms and replies have in common."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from bot.chat.messenger import MessengerError
from bot.chat.texts import say
from bot.discord.asking import PLATFORM, Asking, answer, ask, key_of
from bot.discord.client import Asked, PagewrightClient
from bot.discord.rights import check_rights
from bot.errors import BadInputError
from bot.storytelling.orders import PageAct, PageWish
from bot.storytelling.permissions import Actor
from bot.storytelling.updates import StoryOpened

log = logging.getLogger(__name__)


# The longest that somebody waits for a message which Discord does not take at the moment.
PATIENCE_S = 60.0
# Acts whose outcome takes over the message of the page they are about.
IN_PLACE: frozenset[PageAct] = frozenset({"retry", "redraw", "edit"})


async def at_page(interaction: Asked, act: PageAct, page_id: str, **wish: Any) -> None:
    """Do something at a page for whoever pressed a button; the interaction is acknowledged.

    ``wish`` holds further fields of a ``PageWish``.
    """
    client = interaction.client
    asking = await ask(interaction)
    check_rights(interaction.app_permissions, interaction.channel, asking.language)
    story_id = await story_of(client, page_id, asking.language)
    asked = PageWish(story_id, page=page_id, dedup_key=key_of(interaction), **wish)
    opened = await submit(client, act, asked, asking.actor)
    message = await message_of(interaction, page_id)
    channel = str(interaction.channel_id)
    begun = await begin(client, opened, channel, asking, act=act, message=message)
    if interaction.message is None:  # asked from a message's menu: nothing else answers
        where = link_to(channel, begun or message, interaction.guild_id)
        await answer(interaction, say(asking.language, "action.goes_on", where=where))


async def submit(
    client: PagewrightClient, act: PageAct, asked: PageWish, actor: Actor
) -> StoryOpened:
    """Queue what is asked for at a page."""
    teller = client.teller
    match act:
        case "continue":
            return await teller.submit_continuation(asked, actor)
        case "branch":
            return await teller.submit_branch(asked, actor)
        case "retry":
            return await teller.submit_retry(asked, actor)
        case "redraw":
            return await teller.submit_redraw(asked, actor)
        case "edit":
            return await teller.submit_edit(asked, actor)


async def begin(
    client: PagewrightClient,
    opened: StoryOpened,
    channel: str,
    asking: Asking,
    *,
    act: PageAct | None = None,
    message: str = "",
) -> str:
    """Let a job's messages begin, in the place of ``message`` or as an answer to it.

    Returns the message's id, "" where posting it takes so long that nobody shall wait for it.
    Raises ``MessengerError`` where it cannot be posted.
    """
    language = await client.teller.people.language(asking.actor)
    place = {"message": message} if act in IN_PLACE else {"reply_to": message}
    posting = asyncio.ensure_future(client.desk.begin(opened, channel, language=language, **place))
    done, _ = await asyncio.wait({posting}, timeout=PATIENCE_S)
    if not done:
        client.in_background(_posted(posting), name=f"the first message of {opened.job_id}")
        return ""
    return posting.result()


async def _posted(posting: asyncio.Future[str]) -> None:
    with suppress(MessengerError):  # the desk has ended the job
        await posting


async def story_of(client: PagewrightClient, page_id: str, language: str) -> str:
    """Return the id of a page's story; raise ``BadInputError`` where the page is gone."""
    shown = await client.teller.showing.of_id(page_id)
    if shown is None:
        raise BadInputError(say(language, "action.no_page"))
    return shown.story_id


async def message_of(interaction: Asked, page_id: str) -> str:
    """Return the id of the message in this channel that shows a page, "" for none.

    That is the pressed one, or the newest where the button stood in a private menu.
    """
    pressed = interaction.message
    if pressed is not None and not pressed.flags.ephemeral:
        return str(pressed.id)
    posts = await interaction.client.teller.posts.of_page(page_id)
    here = (PLATFORM, str(interaction.channel_id))
    return next((post.message for post in posts if (post.platform, post.channel) == here), "")


def link_to(channel: str, message: str, guild_id: int | None) -> str:
    """Return the link that leads to a message, or to its channel where there is none yet."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel}/{message}".rstrip("/")
