"""``/remember``: facts that a story keeps to."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.chat.texts import say
from bot.discord.asking import Asking, acknowledge, answer, ask, asking_of
from bot.discord.client import Asked, PagewrightClient
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel, show_panel
from bot.discord.suggesting import meant_story, suggest_stories
from bot.discord.translator import worded
from bot.errors import PagewrightError

_TITLE_LENGTH = 100
FACT_LENGTH = 200


class RememberCog(commands.Cog):
    """Adds, lists and removes facts."""

    remember = app_commands.Group(
        name=worded("discord.remember_name"),
        description=worded("discord.remember_about"),
    )

    def __init__(self, client: PagewrightClient) -> None:
        self.client = client

    @remember.command(
        name=worded("discord.remember_add_name"),
        description=worded("discord.remember_add_about"),
    )
    @app_commands.rename(story=worded("discord.which_name"), fact=worded("discord.fact_name"))
    @app_commands.describe(story=worded("discord.which_about"), fact=worded("discord.fact_about"))
    @app_commands.autocomplete(story=suggest_stories)
    async def add(
        self,
        interaction: Asked,
        story: app_commands.Range[str, 1, 200],
        fact: app_commands.Range[str, 1, FACT_LENGTH],
    ) -> None:
        """Let a story keep to something."""
        asking, story_id, title = await self._story(interaction, story)
        kept = await self.client.teller.acts.remember(story_id, fact, asking.actor)
        shown = plain(kept.text, most=FACT_LENGTH * 2)
        await answer(interaction, say(asking.language, "remember.added", title=title, fact=shown))

    @remember.command(
        name=worded("discord.remember_list_name"),
        description=worded("discord.remember_list_about"),
    )
    @app_commands.rename(story=worded("discord.which_name"))
    @app_commands.describe(story=worded("discord.which_about"))
    @app_commands.autocomplete(story=suggest_stories)
    async def list_(self, interaction: Asked, story: app_commands.Range[str, 1, 200]) -> None:
        """Show what a story keeps to."""
        asking, story_id, title = await self._story(interaction, story)
        facts = await self.client.teller.acts.facts(story_id, asking.actor)
        language = asking.language
        if not facts:
            await answer(interaction, say(language, "remember.empty", title=title))
            return
        lines = [
            say(language, "remember.line", place=place, fact=plain(fact.text, most=400))
            for place, fact in enumerate(facts, start=1)
        ]
        heading = say(language, "remember.title", title=title)
        await show_panel(interaction, Panel(heading, (Entry("\n".join(lines)),)))

    @remember.command(
        name=worded("discord.remember_forget_name"),
        description=worded("discord.remember_forget_about"),
    )
    @app_commands.rename(story=worded("discord.which_name"), fact=worded("discord.fact_name"))
    @app_commands.describe(
        story=worded("discord.which_about"), fact=worded("discord.fact_which_about")
    )
    @app_commands.autocomplete(story=suggest_stories)
    async def forget(
        self, interaction: Asked, story: app_commands.Range[str, 1, 200], fact: str
    ) -> None:
        """Let a story forget a fact."""
        asking, story_id, title = await self._story(interaction, story)
        await self.client.teller.acts.forget(story_id, fact.strip(), asking.actor)
        await answer(interaction, say(asking.language, "remember.forgotten", title=title))

    @forget.autocomplete("fact")
    async def _suggest_facts(
        self, interaction: Asked, typed: str
    ) -> list[app_commands.Choice[str]]:
        story = getattr(interaction.namespace, "story", "") or ""
        asking = asking_of(interaction)
        try:
            story_id = await self.client.teller.suggestions.meant(str(story), asking.actor)
            facts = await self.client.teller.acts.facts(story_id, asking.actor)
        except PagewrightError:
            return []
        letters = typed.strip().casefold()
        return [
            app_commands.Choice(name=f"{place}. {fact.text}"[:100], value=fact.id)
            for place, fact in enumerate(facts, start=1)
            if letters in f"{place}. {fact.text}".casefold()
        ][:25]

    async def _story(self, interaction: Asked, typed: str) -> tuple[Asking, str, str]:
        """Acknowledge, and return who asks about which story and its title."""
        await acknowledge(interaction)
        asking = await ask(interaction)
        story_id = await meant_story(interaction, typed, asking)
        details = await self.client.teller.views.details(story_id, asking.actor)
        return asking, story_id, plain(details.title, most=_TITLE_LENGTH)
