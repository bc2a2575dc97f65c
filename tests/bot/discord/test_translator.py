"""Commands in five languages, by Discord's rules for names."""

from __future__ import annotations

from tests.bot.discord.loopback.rules import check_commands
from tests.bot.discord.stand import Stand

LOCALES = {"de", "es-ES", "es-419", "fr", "ja"}


async def test_commands_come_in_every_language_of_the_catalogues(stand: Stand) -> None:
    commands = stand.discord.commands
    check_commands(commands)
    assert len(commands) == 14
    for command in commands:
        assert set(command["name_localizations"]) == LOCALES
        for option in command["options"]:
            assert set(option["name_localizations"]) == LOCALES
            assert set(option["description_localizations"]) == LOCALES
    story = next(command for command in commands if command["name"] == "story")
    assert story["name_localizations"]["de"] == "geschichte"
    assert story["name_localizations"]["es-419"] == "historia"
    assert story["description_localizations"]["ja"] == "絵入りの物語を語ります"


async def test_commands_are_offered_where_they_belong(stand: Stand) -> None:
    by_name = {command["name"]: command for command in stand.discord.commands}
    assert by_name["settings"]["default_member_permissions"] == 1 << 5
    assert by_name["settings"]["contexts"] == [0]
    for name in ("gallery", "show", "export", "remember", "privacy", "about", "Report page"):
        assert by_name[name]["contexts"] == [0, 1]
        assert by_name[name]["integration_types"] == [0]


async def test_no_two_commands_share_a_name_in_any_language(stand: Stand) -> None:
    for locale in LOCALES:
        names = [c["name_localizations"][locale] for c in stand.discord.commands]
        assert len(names) == len(set(names))
