"""Commands in people's own languages: names and descriptions from the message catalogues."""

from __future__ import annotations

from discord import Locale, app_commands
from discord.app_commands import locale_str

from bot.chat.texts import DEFAULT, LANGUAGES, nearest, say


def worded(key: str) -> locale_str:
    """Return a command's name or description that Discord shows in each reader's language.

    In code it stands as ``name=worded("discord.gallery_name")``; its English wording is what
    Discord sends back.
    """
    return locale_str(say(DEFAULT, key), key=key)


def language_of(locale: Locale) -> str:
    """Return the catalogue's language for one of Discord's locales, "" for none but English."""
    root = locale.value.partition("-")[0].lower()
    return nearest(root) if root in LANGUAGES and root != DEFAULT else ""


class CatalogueTranslator(app_commands.Translator):
    """Looks a command's texts up by the keys that ``worded`` gave them."""

    async def translate(
        self,
        string: locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the wording in a locale, None for the English one."""
        language = language_of(locale)
        key = string.extras.get("key")
        return say(language, key) if language and key else None
