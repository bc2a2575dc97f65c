"""The private menu behind "More": what else can be done with a page and its story."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import discord
from discord import ui

from bot.chat.messenger import MessengerError
from bot.chat.texts import say
from bot.discord.asking import PLATFORM, Asking
from bot.discord.client import Asked, PagewrightClient
from bot.discord.controls import Control, button
from bot.discord.escaping import plain
from bot.discord.posting import message_of, story_of
from bot.errors import PagewrightError
from bot.storytelling.permissions import Actor
from bot.storytelling.views import StoryDetails

log = logging.getLogger(__name__)

_TITLE_LENGTH = 100
# Discord lets messages be edited at will for an hour; older ones are left as they are.
_YOUNG = timedelta(minutes=55)
_RED = discord.ButtonStyle.danger


def menu_of(details: StoryDetails, page_id: str, asking: Asking) -> dict[str, Any]:
    """Return the menu's text and buttons, by discord.py's names."""
    language = asking.language
    numbers = {page.id: page.number for page in details.pages}
    title = plain(details.title, most=_TITLE_LENGTH)
    text = say(language, "action.menu", number=numbers.get(page_id, 0), title=title)
    if details.loves:
        text += "\n-# " + say(language, "action.loves", count=details.loves)
    view = ui.View(timeout=None)
    for item in _buttons(details, page_id, asking):
        view.add_item(item)
    return {"content": text, "view": view}


def question(details: StoryDetails, page_id: str, language: str) -> dict[str, Any]:
    """Return the question whether a story is really to be deleted."""
    title = plain(details.title, most=_TITLE_LENGTH)
    view = ui.View(timeout=None)
    yes, no = say(language, "action.delete_yes"), say(language, "action.delete_no")
    view.add_item(button("reallydelete", page_id, label=yes, style=_RED))
    view.add_item(button("keep", page_id, label=no))
    return {"content": say(language, "action.delete_ask", title=title), "view": view}


def _buttons(details: StoryDetails, page: str, asking: Asking) -> list[Control]:
    language = asking.language
    love = ("unlove", "action.menu_unlove") if details.loved else ("love", "action.menu_love")
    edit = button("edit", page, label=say(language, "action.menu_edit"), row=0)
    found = [
        button("details", page, label=say(language, "action.menu_details"), row=0),
        button(love[0], page, label=say(language, love[1]), emoji="♥", row=0),
        button("export", page, label=say(language, "action.menu_export"), row=0),
        button("report", page, label=say(language, "action.menu_report"), row=0),
    ]
    if not _keeps(details, asking.actor):
        return found
    mode = ("solo", "action.menu_solo") if details.mode == "open" else ("open", "action.menu_open")
    lists = ("hide", "action.menu_hide") if details.listed else ("list", "action.menu_list")
    if not asking.actor.direct:
        found.append(button(mode[0], page, label=say(language, mode[1]), row=1))
        found.append(button(lists[0], page, label=say(language, lists[1]), row=1))
    delete = say(language, "action.menu_delete")
    return [edit, *found, button("delete", page, label=delete, style=_RED, row=1)]


def _keeps(details: StoryDetails, actor: Actor) -> bool:
    """Tell whether to offer what only a story's keepers may; the use cases decide at the press."""
    return actor.person == details.person or actor.moderator or actor.owner


async def show_loves(interaction: Asked, page_id: str, actor: Actor) -> None:
    """Draw the page's message anew where it is young, so that it counts the hearts."""
    client = interaction.client
    message = await message_of(interaction, page_id)
    if not message:
        return
    age = discord.utils.utcnow() - discord.utils.snowflake_time(int(message))
    if age > _YOUNG:
        return
    language = await client.teller.people.language(actor)
    channel = str(interaction.channel_id)
    try:
        await client.desk.turn(channel, message, page_id, actor=actor, language=language)
    except (PagewrightError, MessengerError) as error:
        log.info("the hearts of page %s are not shown: %s", page_id, error)


async def delete_story(client: PagewrightClient, page_id: str, asking: Asking) -> str:
    """Delete a page's story and take its messages out of the chats; return its title."""
    teller, actor = client.teller, asking.actor
    story_id = await story_of(client, page_id, asking.language)
    details = await teller.views.details(story_id, actor)
    posts = [post for page in details.pages for post in await teller.posts.of_page(page.id)]
    await teller.acts.delete(story_id, actor)
    for post in posts:
        if post.platform == PLATFORM:
            await _take_away(client, post.channel, post.message)
    return details.title


async def _take_away(client: PagewrightClient, channel: str, message: str) -> None:
    target = client.get_partial_messageable(int(channel)).get_partial_message(int(message))
    try:
        await target.delete()
    except (discord.HTTPException, OSError) as error:
        log.info("the message %s of a deleted story stays: %s", message, error)
