"""A community's own settings: typed, within the limits of whoever runs the bot."""

from __future__ import annotations

import difflib
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.errors import BadInputError, WordedError
from bot.library.database import Connection, fetch_all
from bot.library.ids import now_ms
from bot.library.people import know_community
from bot.settings import Settings

MAX_BLOCKED_WORDS = 500
Word = Annotated[str, Field(min_length=1, max_length=60)]
# A platform's id, as text: "" for none.
PlatformId = Annotated[str, Field(pattern=r"^(-?\d{1,20})?$")]


def _split_commas(value: object) -> object:
    if isinstance(value, str):
        value = value.replace("\n", ",").split(",")
    if isinstance(value, list | tuple):
        words = (word.strip() if isinstance(word, str) else word for word in value)
        return tuple(dict.fromkeys(word for word in words if word != ""))
    return value


def _strip(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class CommunitySettings(BaseModel):
    """What a server or chat has chosen; each default comes from ``config.toml`` or stands here."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    nsfw: bool = Field(False, description="on or off")
    pictures: Annotated[Literal["off", "spoiler", "block"], BeforeValidator(_strip)] = Field(
        "spoiler", description="off (show all), spoiler (hide doubtful ones) or block (drop them)"
    )
    blocked_words: Annotated[tuple[Word, ...], BeforeValidator(_split_commas)] = Field(
        (),
        max_length=MAX_BLOCKED_WORDS,
        description=f"up to {MAX_BLOCKED_WORDS} words of 60 characters, separated by commas",
    )
    pages: int = Field(8, ge=1, le=8, description="most pages in one wish, 1 to 8")
    cooldown_s: float = Field(
        0.0, ge=0, le=86_400, description="seconds of rest between two wishes, 0 to 86400"
    )
    daily_budget_s: float = Field(
        0.0, ge=0, le=86_400, description="model seconds a person has a day, up to 86400, 0: any"
    )
    style: Annotated[str, BeforeValidator(_strip)] = Field(
        "", max_length=40, description="a style's name, empty for the models' own"
    )
    language: Annotated[str, BeforeValidator(_strip)] = Field(
        "", pattern=r"^([a-z]{2,3}(-[a-z0-9]{2,8})*)?$", description="a code such as en or pt-br"
    )
    gallery: bool = Field(True, description="on or off")
    story_channel: PlatformId = Field("", description="a channel's id, empty for none")
    moderators_role: PlatformId = Field("", description="a role's id, empty for none")


def defaults_from(settings: Settings) -> CommunitySettings:
    """Return what holds where a community has chosen nothing."""
    limits = settings.limits
    return CommunitySettings(
        pictures=settings.moderation.pictures,
        pages=limits.pages,
        cooldown_s=limits.cooldown_s,
        daily_budget_s=limits.daily_budget_s,
    )


async def load(
    connection: Connection, community: str, defaults: CommunitySettings
) -> CommunitySettings:
    """Return a community's settings; a key it has not set, or no longer may, has its default."""
    rows = await fetch_all(
        connection, "SELECT key, value FROM settings WHERE community_id = ?", (community,)
    )
    values = defaults.model_dump()
    for key, value in rows:
        try:
            values[key] = _validated(key, json.loads(value), defaults)
        except BadInputError:  # chosen when the limits were wider: the default is always allowed
            continue
    return CommunitySettings(**values)


async def save(
    connection: Connection,
    community: str,
    key: str,
    value: object,
    *,
    defaults: CommunitySettings,
) -> CommunitySettings:
    """Set one key, typed or as text, and return all settings.

    Raises ``BadInputError`` for an unknown key or a value outside its kind or the bot's limits.
    """
    await know_community(connection, community)
    kept = json.dumps(_validated(key, value, defaults), ensure_ascii=False)
    await connection.execute(
        "INSERT INTO settings (community_id, key, value, updated_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (community_id, key) DO UPDATE SET value = excluded.value,"
        " updated_at = excluded.updated_at",
        (community, key, kept, now_ms()),
    )
    return await load(connection, community, defaults)


async def reset(
    connection: Connection, community: str, key: str, *, defaults: CommunitySettings
) -> CommunitySettings:
    """Let a key follow ``config.toml`` again and return all settings."""
    _check_key(key)
    await connection.execute(
        "DELETE FROM settings WHERE community_id = ? AND key = ?", (community, key)
    )
    return await load(connection, community, defaults)


def _check_key(key: str) -> None:
    known = CommunitySettings.model_fields
    if key not in known:
        close = difflib.get_close_matches(key, known, n=1)
        hint = f'did you mean "{close[0]}"?' if close else f"there are {', '.join(known)}."
        raise BadInputError(f'There is no setting "{key[:40]}"; {hint}')


def _validated(key: str, value: object, defaults: CommunitySettings) -> Any:
    _check_key(key)
    try:
        checked = getattr(CommunitySettings.model_validate({key: value}), key)
    except ValidationError:
        allowed = CommunitySettings.model_fields[key].description
        shown = _shown(value)
        message = f"{key} cannot be {shown}; allowed: {allowed}."
        raise WordedError(message, "setting_value", setting=key, value=shown.strip('"')) from None
    _refuse_beyond(key, checked, defaults)
    return checked


def _refuse_beyond(key: str, value: Any, defaults: CommunitySettings) -> None:
    """Raise ``BadInputError`` where a community would take more than the bot gives."""
    bound = getattr(defaults, key)
    if key == "pages" and value > bound:
        kind, limit = "setting_most", f"at most {bound}"
    elif key == "cooldown_s" and value < bound:
        kind, limit = "setting_least", f"at least {bound:g}"
    elif key == "daily_budget_s" and bound and not 0 < value <= bound:
        kind, limit = "setting_between", f"above 0, at most {bound:g}"
    else:
        return
    raise WordedError(
        f"{key} cannot be {value:g}: whoever runs this bot allows {limit}.",
        kind,
        setting=key,
        value=f"{value:g}",
        limit=f"{bound:g}",
    )


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
