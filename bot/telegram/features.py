"""All that the Telegram front-end offers."""

from __future__ import annotations

from bot.chat.exports import Exporter
from bot.telegram.about import About
from bot.telegram.choosing import Choosing
from bot.telegram.exporting import Exports
from bot.telegram.gallery import GalleryPhoto
from bot.telegram.more import More
from bot.telegram.pages import Pages
from bot.telegram.privacy import PrivacyDesk
from bot.telegram.reading import Reading
from bot.telegram.remembering import Remembering
from bot.telegram.routes import Command, Feature
from bot.telegram.settings import HouseSettings
from bot.telegram.show import Show
from bot.telegram.story import Stories
from bot.telegram.tools import Tools
from bot.telegram.waiting import Waiting


def all_features(tools: Tools, choosing: Choosing) -> tuple[Feature, ...]:
    """Return every feature, in the order of the menu of commands."""
    exporter = Exporter(tools.service)

    def commands() -> tuple[Command, ...]:
        offered = (route for feature in features for route in feature.routes())
        return tuple(route for route in offered if isinstance(route, Command))

    features: tuple[Feature, ...] = (
        Stories(tools, choosing),
        GalleryPhoto(tools),
        Show(tools),
        Waiting(tools),
        Exports(tools, exporter),
        Remembering(tools),
        Reading(tools),
        Pages(tools),
        More(tools),
        HouseSettings(tools),
        PrivacyDesk(tools, exporter),
        About(tools, commands),
    )
    return features
