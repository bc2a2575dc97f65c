"""The buttons under a page and behind "More", and their forms; every right is asked for anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import Asking, acknowledge, answer, ask, refuse
from bot.discord.client import Asked, PagewrightClient
from bot.discord.controls import Control, on, on_form, submitted
from bot.discord.escaping import plain
from bot.discord.menu import delete_story, menu_of, question, show_loves
from bot.discord.modals import DIRECTION, TEXT, direction_form, text_form
from bot.discord.posting import at_page, begin, story_of
from bot.discord.queue_view import queue_view
from bot.discord.rights import check_rights
from bot.storytelling.orders import PageAct, PageWish
from bot.storytelling.permissions import Actor

# A form must be shown within 3 s; a library that is slower is asked again when it comes back.
QUICK_S = 1.2


class PagesCog(commands.Cog):
    """Takes whatever is pressed, chosen or filled in, and answers commands that go wrong."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    async def cog_load(self) -> None:
        """Make what is handled known to discord.py."""
        self.client.add_dynamic_items(Control)
        self.client.tree.error(_refused)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Asked) -> None:
        """Take the forms that come back, also those that another process showed."""
        await submitted(interaction)


async def _refused(interaction: Asked, error: app_commands.AppCommandError) -> None:
    """Answer with what went wrong in a command."""
    await refuse(interaction, getattr(error, "original", error))


async def show_form(interaction: Asked, act: PageAct, page_id: str) -> None:
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


@on("continue")
async def _continue(interaction: Asked, page_id: str) -> None:
    await show_form(interaction, "continue", page_id)


@on("branch")
async def _branch(interaction: Asked, page_id: str) -> None:
    await show_form(interaction, "branch", page_id)


@on_form("continue")
async def _continue_so(interaction: Asked, page_id: str, fields: Mapping[str, str]) -> None:
    await _quietly(interaction)
    await at_page(interaction, "continue", page_id, direction=fields.get(DIRECTION, ""))


@on_form("branch")
async def _branch_so(interaction: Asked, page_id: str, fields: Mapping[str, str]) -> None:
    await _quietly(interaction)
    await at_page(interaction, "branch", page_id, direction=fields.get(DIRECTION, ""))


@on("retry")
async def _retry(interaction: Asked, page_id: str) -> None:
    await _quietly(interaction)
    await at_page(interaction, "retry", page_id)


@on("redraw")
async def _redraw(interaction: Asked, page_id: str) -> None:
    await _quietly(interaction)
    await at_page(interaction, "redraw", page_id)


@on("edit")
async def _edit(interaction: Asked, page_id: str) -> None:
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


@on_form("edit")
async def _edit_so(interaction: Asked, page_id: str, fields: Mapping[str, str]) -> None:
    await _quietly(interaction)
    await at_page(interaction, "edit", page_id, text=fields.get(TEXT, ""))


@on("cancel")
async def _cancel(interaction: Asked, job_id: str) -> None:
    await _quietly(interaction)
    client, asking = interaction.client, await ask(interaction)
    if not await client.teller.cancel_job(job_id, asking.actor):
        await answer(interaction, say(asking.language, "action.ended"))
    if interaction.message is not None and interaction.message.flags.ephemeral:
        lines = await client.teller.views.queue(asking.actor)
        renderer = client.service.settings.discord.renderer
        shown = queue_view(lines, asking.language, renderer=renderer)
        await interaction.edit_original_response(**shown)


@on("again")
async def _again(interaction: Asked, job_id: str) -> None:
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


@on("before")
async def _before(interaction: Asked, page_id: str) -> None:
    await _turn(interaction, page_id, -1)


@on("after")
async def _after(interaction: Asked, page_id: str) -> None:
    await _turn(interaction, page_id, 1)


async def _turn(interaction: Asked, page_id: str, step: int) -> None:
    """Show a page's sibling in its message."""
    await _quietly(interaction)
    client, asking = interaction.client, await ask(interaction)
    story_id = await story_of(client, page_id, asking.language)
    actor = asking.actor
    spot = await client.teller.acts.choose(story_id, actor, page=page_id, step=step)
    language = await client.teller.people.language(actor)
    message = str(interaction.message.id) if interaction.message else ""
    channel = str(interaction.channel_id)
    await client.desk.turn(channel, message, spot.page_id, actor=actor, language=language)


@on("more")
async def _more(interaction: Asked, page_id: str) -> None:
    await acknowledge(interaction)
    menu = await _menu(interaction, page_id)
    await answer(interaction, menu["content"], view=menu["view"])


async def _menu(interaction: Asked, page_id: str) -> dict[str, Any]:
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    details = await interaction.client.teller.views.details(story_id, asking.actor)
    return menu_of(details, page_id, asking)


@on("love")
async def _love(interaction: Asked, page_id: str) -> None:
    await _set_loved(interaction, page_id, loved=True)


@on("unlove")
async def _unlove(interaction: Asked, page_id: str) -> None:
    await _set_loved(interaction, page_id, loved=False)


async def _set_loved(interaction: Asked, page_id: str, *, loved: bool) -> None:
    acts = interaction.client.teller.acts
    asking = await _change(interaction, page_id, partial(acts.love, loved=loved))
    await show_loves(interaction, page_id, asking.actor)


@on("open")
async def _open(interaction: Asked, page_id: str) -> None:
    acts = interaction.client.teller.acts
    await _change(interaction, page_id, lambda story, actor: acts.set_mode(story, "open", actor))


@on("solo")
async def _close(interaction: Asked, page_id: str) -> None:
    acts = interaction.client.teller.acts
    await _change(interaction, page_id, lambda story, actor: acts.set_mode(story, "solo", actor))


@on("list")
async def _list(interaction: Asked, page_id: str) -> None:
    acts = interaction.client.teller.acts
    await _change(interaction, page_id, partial(acts.set_listed, listed=True))


@on("hide")
async def _hide(interaction: Asked, page_id: str) -> None:
    acts = interaction.client.teller.acts
    await _change(interaction, page_id, partial(acts.set_listed, listed=False))


async def _change(
    interaction: Asked, page_id: str, change: Callable[[str, Actor], Awaitable[object]]
) -> Asking:
    """Change a page's story, and show the menu as it is then."""
    await _quietly(interaction)
    asking = await ask(interaction)
    await change(await story_of(interaction.client, page_id, asking.language), asking.actor)
    await interaction.edit_original_response(**await _menu(interaction, page_id))
    return asking


@on("delete")
async def _delete(interaction: Asked, page_id: str) -> None:
    await _quietly(interaction)
    asking = await ask(interaction)
    story_id = await story_of(interaction.client, page_id, asking.language)
    details = await interaction.client.teller.views.details(story_id, asking.actor)
    await interaction.edit_original_response(**question(details, page_id, asking.language))


@on("reallydelete")
async def _really_delete(interaction: Asked, page_id: str) -> None:
    await _quietly(interaction)
    asking = await ask(interaction)
    title = plain(await delete_story(interaction.client, page_id, asking), most=100)
    text = say(asking.language, "action.deleted", title=title)
    await interaction.edit_original_response(content=text, view=None)


@on("keep")
async def _keep(interaction: Asked, page_id: str) -> None:
    text = say(interaction.locale.value, "action.kept")
    await interaction.response.edit_message(content=text, view=None)


async def _quietly(interaction: Asked) -> None:
    """Acknowledge a press without a word: the message itself shows what comes of it."""
    await acknowledge(interaction, thinking=interaction.message is None)
