"""What people can ask of the bot in Discord, a module a matter; ``COGS`` are all there are.

A cog takes the client; its commands and context menus are in the tree when it is loaded. Its module
says by ``controls.on`` and ``on_form`` what its buttons, menus and forms ask for.
"""

from __future__ import annotations

from discord.ext import commands

from bot.discord.cogs.about import AboutCog
from bot.discord.cogs.chats import ChatsCog
from bot.discord.cogs.export import ExportCog
from bot.discord.cogs.gallery import GalleryCog
from bot.discord.cogs.menus import MenusCog
from bot.discord.cogs.pages import PagesCog
from bot.discord.cogs.privacy import PrivacyCog
from bot.discord.cogs.queue import QueueCog
from bot.discord.cogs.remember import RememberCog
from bot.discord.cogs.replies import RepliesCog
from bot.discord.cogs.settings import SettingsCog
from bot.discord.cogs.show import ShowCog
from bot.discord.cogs.story import StoryCog

COGS: tuple[type[commands.Cog], ...] = (
    PagesCog,
    StoryCog,
    QueueCog,
    RepliesCog,
    ChatsCog,
    GalleryCog,
    ShowCog,
    ExportCog,
    RememberCog,
    PrivacyCog,
    SettingsCog,
    AboutCog,
    MenusCog,
)
