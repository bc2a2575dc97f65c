"""What happens when a button is pressed or a form comes back; every right is asked for anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.escaping import plain
from bot.discord.menu import delete_story, menu_of, question, show_loves
from bot.discord.modals import DIRECTION, TEXT, Submitted, direction_form, text_form
from bot.discord.posting import at_page, begin, refuse_politely, story_of
from bot.discord.queue_view import queue_view
from bot.discord.rights import check_rights
from bot.storytelling.orders import PageAct, PageWish

if TYPE_CHECKING:
    from bot.discord.client import PagewrightClient

    Pressed = discord.Interaction[PagewrightClient]
    Handler = Callable[[Pressed, str], Awaitable[None]]

log = logging.getLogger(__name__)

# A form must be shown within 3 s; a library that is slower is asked again when it comes back.
QUICK_S = 1.2


class Presses:
    """Handles buttons by their actions; a cog adds its own with ``handle``.

    A handler is given the interaction, not answered yet, and the page's or the job's id.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {
            "continue": _direct("continue"),
            "branch": _direct("branch"),
            "retry": _at_once("retry"),
            "redraw": _at_once("redraw"),
            "edit": _edit,
            "cancel": _cancel,
            "again": _again,
            "before": _turn(-1),
            "after": _turn(1),
            "more": _more,
            "love": _love(True),
            "unlove": _love(False),
            "open": _mode("open"),
            "solo": _mode("solo"),
            "list": _list(True),
            "hide": _list(False),
            "delete": _delete,
            "reallydelete": _really_delete,
            "keep": _keep,
        }

    def handle(self, action: str, handler: Handler) -> None:
        """Let ``handler`` do what buttons of an action ask for."""
        self._handlers[action] = handler

    async def press(self, interaction: Pressed, action: str, subject: str) -> None:
        """Do what a button asks for; whatever goes wrong is answered privately."""
        handler = self._handlers.get(action)
        if handler is None:
            await acknowledge(interaction)
            await answer(interaction, say(interaction.locale.value, "action.no_page"))
            return
        await _guarded(interaction, handler(interaction, subject))

    async def submitted(self, interaction: Pressed, form: Submitted) -> None:
        """Do what a form asks for."""
        await _guarded(interaction, _submitted(interaction, form))


async def _guarded(interaction: Pressed, work: Awaitable[None]) -> None:
    try:
        await work
    except Exception as error:  # whatever it is, somebody waits for an answer
        await refuse_politely(interaction, error, interaction.locale.value)


async def show_form(interaction: Pressed, act: PageAct, page_id: str) -> None:
    """Show the form of a continuation or branch, unless it is not for this person."""
    language = interaction.locale.value
    with suppress(TimeoutError):
        async with asyncio.timeout(QUICK_S):
            story_id = await story_of(interaction.client, page_id, language)
            asked = PageWish(story_id, page=page_id)
            actor = (await ask(interaction)).actor
            await interaction.client.teller.check(act, asked, actor)
    most = interaction.client.service.settings.limits.idea_length
    await interaction.response.send_modal(direction_form(act, page_id, language, most=most))


async def _submitted(interaction: Pressed, form: Submitted) -> None:
    await _quietly(interaction)
    wish = {"text": form.fields.get(TEXT, "")}
    if form.act != "edit":
        wish = {"direction": form.fields.get(DIRECTION, "")}
    await at_page(interaction, form.act, form.page_id, **wish)


def _direct(act: PageAct) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await show_form(interaction, act, page_id)

    return handler


def _at_once(act: PageAct) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await _quietly(interaction)
        await at_page(interaction, act, page_id)

    return handler


async def _edit(interaction: Pressed, page_id: str) -> None:
    shown = None
    with suppress(TimeoutError):
        async with asyncio.timeout(QUICK_S):
            language = interaction.locale.value
            story_id = await story_of(interaction.client, page_id, language)
            asked = PageWish(story_id, page=page_id, text="…")
            actor = (await ask(interaction)).actor
            await interaction.client.teller.check("redraw", asked, actor)
            shown = await interaction.client.teller.showing.of_id(page_id)
    text = shown.text if shown else ""
    await interaction.response.send_modal(text_form(page_id, text, interaction.locale.value))


async def _cancel(interaction: Pressed, job_id: str) -> None:
    await _quietly(interaction)
    client, asking = interaction.client, await ask(interaction)
    if not await client.teller.cancel_job(job_id, asking.actor):
        await answer(interaction, say(asking.language, "action.ended"))
    if interaction.message is not None and interaction.message.flags.ephemeral:
        lines = await client.teller.views.queue(asking.actor)
        renderer = client.service.settings.discord.renderer
        shown = queue_view(lines, asking.language, renderer=renderer)
        await interaction.edit_original_response(**shown)


async def _again(interaction: Pressed, job_id: str) -> None:
    await _quietly(interaction)
    client, asking = interaction.client, await ask(interaction)
    check_rights(interaction.app_permissions, interaction.channel, asking.language)
    commission = await client.teller.posts.commission(job_id)
    if commission is None:
        await answer(interaction, say(asking.language, "action.no_page"))
        return
    opened = await client.teller.submit_again(commission.story_id, asking.actor, job_id=job_id)
    message = str(interaction.message.id) if interaction.message else ""
    channel = str(interaction.channel_id)
    await begin(client, opened, channel, asking, act="retry", message=message)


def _turn(step: int) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await _quietly(interaction)
        client, asking = interaction.client, await ask(interaction)
        story_id = await story_of(client, page_id, asking.language)
        actor = asking.actor
        spot = await client.teller.acts.choose(story_id, actor, page=page_id, step=step)
        language = await client.teller.people.language(actor)
        message = str(interaction.message.id) if interaction.message else ""
        channel = str(interaction.channel_id)
        await client.desk.turn(channel, message, spot.page_id, actor=actor, language=language)

    return handler


async def _more(interaction: Pressed, page_id: str) -> None:
    await acknowledge(interaction)
    menu = await _menu(interaction, page_id)
    await answer(interaction, menu["content"], view=menu["view"])


async def _menu(interaction: Pressed, page_id: str) -> dict[str, Any]:
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    details = await interaction.client.teller.views.details(story_id, asking.actor)
    return menu_of(details, page_id, asking)


def _love(loved: bool) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await _quietly(interaction)
        client, asking = interaction.client, await ask(interaction)
        story_id = await story_of(client, page_id, asking.language)
        await client.teller.acts.love(story_id, asking.actor, loved=loved)
        await interaction.edit_original_response(**await _menu(interaction, page_id))
        await show_loves(interaction, page_id, asking.actor)

    return handler


def _mode(mode: str) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await _quietly(interaction)
        client, asking = interaction.client, await ask(interaction)
        story_id = await story_of(client, page_id, asking.language)
        await client.teller.acts.set_mode(
            story_id, "open" if mode == "open" else "solo", asking.actor
        )
        await interaction.edit_original_response(**await _menu(interaction, page_id))

    return handler


def _list(listed: bool) -> Handler:
    async def handler(interaction: Pressed, page_id: str) -> None:
        await _quietly(interaction)
        client, asking = interaction.client, await ask(interaction)
        story_id = await story_of(client, page_id, asking.language)
        await client.teller.acts.set_listed(story_id, asking.actor, listed=listed)
        await interaction.edit_original_response(**await _menu(interaction, page_id))

    return handler


async def _delete(interaction: Pressed, page_id: str) -> None:
    await _quietly(interaction)
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    details = await interaction.client.teller.views.details(story_id, asking.actor)
    await interaction.edit_original_response(**question(details, page_id, asking.language))


async def _really_delete(interaction: Pressed, page_id: str) -> None:
    await _quietly(interaction)
    asking = await ask(interaction)
    title = plain(await delete_story(interaction.client, page_id, asking), most=100)
    text = say(asking.language, "action.deleted", title=title)
    await interaction.edit_original_response(content=text, view=None)


async def _keep(interaction: Pressed, page_id: str) -> None:
    text = say(interaction.locale.value, "action.kept")
    await interaction.response.edit_message(content=text, view=None)


async def _quietly(interaction: Pressed) -> None:
    """Acknowledge a press without a word: the message itself shows what comes of it."""
    await acknowledge(interaction, thinking=interaction.message is None)
