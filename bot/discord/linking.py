"""Two accounts of one person: a code from the other platform, a question, a link."""

from __future__ import annotations

import discord

from bot.chat.texts import say
from bot.chat.told import link_refusal
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.client import Asked
from bot.discord.controls import button, on
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel, show_panel
from bot.storytelling.accounts import LinkedAccount, LinkError

_GREEN = discord.ButtonStyle.success


async def offer_link(interaction: Asked, code: str) -> None:
    """Ask whether the account that a code was made for is the asker's too."""
    asking = await ask(interaction)
    language = asking.language
    try:
        offered = await interaction.client.teller.accounts.offer(code, asking.actor)
    except LinkError as error:
        await answer(interaction, link_refusal(error, language))
        return
    subject = code.replace("-", "").replace(" ", "")
    yes = button("link", subject, label=say(language, "link.yes"), style=_GREEN)
    no = button("nolink", label=say(language, "link.no"))
    name = plain(offered.name, most=100)
    title = say(language, "link.ask", name=name, platform=offered.platform.capitalize())
    panel = Panel(title, (Entry(say(language, "link.warning")),), rows=((yes, no),))
    await show_panel(interaction, panel)


@on("link")
async def _link(interaction: Asked, code: str) -> None:
    """Link the accounts."""
    await interaction.response.defer()
    asking = await ask(interaction)
    try:
        known = await interaction.client.teller.accounts.link(code, asking.actor)
    except LinkError as error:
        await _say_instead(interaction, link_refusal(error, asking.language))
        return
    line = linked_line(known, asking.language)
    done = Entry(say(asking.language, "link.done"))
    await show_panel(interaction, Panel(line, (done,)), instead=True)


@on("nolink")
async def _leave(interaction: Asked, subject: str) -> None:
    """Leave both accounts as they are."""
    await interaction.response.defer()
    await _say_instead(interaction, say(interaction.locale.value, "link.left"))


@on("getcode")
async def _give(interaction: Asked, subject: str) -> None:
    """Give a code for the other platform, or say with what the account is linked."""
    await acknowledge(interaction)
    asking = await ask(interaction)
    accounts, language = interaction.client.teller.accounts, asking.language
    known = await accounts.linked(asking.actor)
    if known is not None:
        undo = button("unlink", label=say(language, "link.unlink"))
        await show_panel(interaction, Panel(linked_line(known, language), rows=((undo,),)))
        return
    made = await accounts.code(asking.actor)
    how = say(language, "link.how", code=made.code)
    panel = Panel(
        say(language, "link.code", minutes=made.seconds // 60),
        (Entry(f"# {made.code}"), Entry(how)),
    )
    await show_panel(interaction, panel)


@on("unlink")
async def _unlink(interaction: Asked, subject: str) -> None:
    """Undo the link."""
    await interaction.response.defer()
    asking = await ask(interaction)
    was = await interaction.client.teller.accounts.unlink(asking.actor)
    key = "link.unlinked" if was else "link.none"
    await _say_instead(interaction, say(asking.language, key))


def linked_line(known: LinkedAccount, language: str) -> str:
    """Return the line that says with what an account is linked."""
    name = plain(known.name, most=100)
    return say(language, "link.linked", name=name, platform=known.platform.capitalize())


async def _say_instead(interaction: Asked, text: str) -> None:
    await show_panel(interaction, Panel(text), instead=True)
