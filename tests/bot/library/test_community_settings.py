from __future__ import annotations

import pytest

from bot.errors import BadInputError
from bot.library import community_settings
from bot.library.community_settings import CommunitySettings, load, reset, save
from bot.library.database import Connection, fetch_all
from bot.library.people import know_community
from bot.settings import LimitSettings, ModerationSettings, Settings

HERE = "discord:1"
DEFAULTS = CommunitySettings(pages=6, cooldown_s=10, daily_budget_s=600)


def test_defaults_come_from_the_bots_settings() -> None:
    settings = Settings(
        limits=LimitSettings(pages=5, cooldown_s=3, daily_budget_s=60),
        moderation=ModerationSettings(pictures="block"),
    )
    assert community_settings.defaults_from(settings) == CommunitySettings(
        pages=5, cooldown_s=3, daily_budget_s=60, pictures="block"
    )


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("nsfw", "on", True),
        ("nsfw", False, False),
        ("gallery", "no", False),
        ("pictures", " Block ", "block"),
        ("blocked_words", "Ox,  cow ,Ox,\nhen pen,", ("Ox", "cow", "hen pen")),
        ("blocked_words", ["a"], ("a",)),
        ("blocked_words", "", ()),
        ("pages", "4", 4),
        ("cooldown_s", "30", 30.0),
        ("daily_budget_s", 600, 600.0),
        ("style", " Ink ", "ink"),
        ("language", "pt-BR", "pt-br"),
        ("story_channel", "123456789012345678", "123456789012345678"),
        ("story_channel", "-100123", "-100123"),
        ("moderators_role", "", ""),
    ],
)
async def test_a_key_is_kept_as_its_kind(
    connection: Connection, key: str, value: object, kept: object
) -> None:
    changed = await save(connection, HERE, key, value, defaults=DEFAULTS)
    assert getattr(changed, key) == kept
    assert await load(connection, HERE, DEFAULTS) == DEFAULTS.model_copy(update={key: kept})
    assert await load(connection, "elsewhere", DEFAULTS) == DEFAULTS
    assert await reset(connection, HERE, key, defaults=DEFAULTS) == DEFAULTS


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("nsfw", "perhaps", 'nsfw cannot be "perhaps"; allowed: on or off'),
        ("pictures", "hide", "spoiler"),
        ("pages", 0, "1 to 8"),
        ("pages", "many", "1 to 8"),
        ("pages", 7, "whoever runs this bot allows at most 6"),
        ("cooldown_s", 5, "allows at least 10"),
        ("cooldown_s", "nan", "0 to 86400"),
        ("daily_budget_s", 601, "allows above 0, at most 600"),
        ("daily_budget_s", 0, "allows above 0, at most 600"),
        ("blocked_words", "x" * 61, "60 characters"),
        ("blocked_words", [f"word{n}" for n in range(501)], "up to 500 words"),
        ("blocked_words", 7, "separated by commas"),
        ("story_channel", "general", "a channel's id"),
        ("language", "<b>", "a code such as"),
        ("style", "x" * 41, "a style's name"),
        ("page", 3, 'no setting "page"; did you mean "pages"?'),
        ("colour", "red", "there are nsfw, pictures"),
    ],
)
async def test_a_bad_value_is_one_line_and_changes_nothing(
    connection: Connection, key: str, value: object, says: str
) -> None:
    with pytest.raises(BadInputError) as caught:
        await save(connection, HERE, key, value, defaults=DEFAULTS)
    assert says in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 300
    assert await fetch_all(connection, "SELECT key FROM settings") == []


async def test_what_is_no_longer_allowed_falls_back(connection: Connection) -> None:
    await save(connection, HERE, "pages", 6, defaults=DEFAULTS)
    await save(connection, HERE, "nsfw", True, defaults=DEFAULTS)
    stricter = DEFAULTS.model_copy(update={"pages": 2})
    loaded = await load(connection, HERE, stricter)
    assert (loaded.pages, loaded.nsfw) == (2, True)


async def test_a_key_of_another_version_is_no_obstacle(connection: Connection) -> None:
    await know_community(connection, HERE)
    rows = [(HERE, "telepathy", "true"), (HERE, "nsfw", '"perhaps"')]
    await connection.executemany("INSERT INTO settings VALUES (?, ?, ?, 1)", rows)
    assert await load(connection, HERE, DEFAULTS) == DEFAULTS


def test_every_key_says_what_it_takes() -> None:
    assert all(field.description for field in CommunitySettings.model_fields.values())
