"""``/queue`` and ``/stop``: one's own stories that wait or are being told."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import acknowledge, answer, ask
from bot.discord.client import Asked, PagewrightClient
from bot.discord.escaping import plain
from bot.discord.queue_view import queue_view
from bot.discord.translator import worded


class QueueCog(commands.Cog):
    """Shows and stops what somebody asked for."""

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @app_commands.command(
        name=worded("discord.queue_name"), description=worded("discord.queue_about")
    )
    async def queue(self, interaction: Asked) -> None:
        """Show one's own jobs with a way to stop each."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        lines = await self.client.teller.views.queue(asking.actor)
        renderer = self.client.service.settings.discord.renderer
        await answer(interaction, **queue_view(lines, asking.language, renderer=renderer))

    @app_commands.command(
        name=worded("discord.stop_name"), description=worded("discord.stop_about")
    )
    async def stop(self, interaction: Asked) -> None:
        """Stop one's newest job."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        teller = self.client.teller
        for line in reversed(await teller.views.queue(asking.actor)):
            if await teller.cancel_job(line.job_id, asking.actor):
                title = plain(line.title, most=100)
                await answer(interaction, say(asking.language, "action.stopped", title=title))
                return
        await answer(interaction, say(asking.language, "action.nothing_to_stop"))
