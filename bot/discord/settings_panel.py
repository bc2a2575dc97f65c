"""A server's settings as moderators see and change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import ui

from bot.chat.texts import LANGUAGES, say
from bot.discord.cares import FIELD, Care, button, care_id, form, menu, option
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel

if TYPE_CHECKING:
    from bot.storytelling.stewarding import Report

Kind = Literal["switch", "pictures", "language", "style", "channel", "role", "text"]
_TEXT_LENGTH = 4000
_TITLE_LENGTH, _REASON_LENGTH = 80, 300
MOST_REPORTS = 4
_NAMES = MappingProxyType({"de": "Deutsch", "en": "English", "es": "Español", "fr": "Français"})
_RED = discord.ButtonStyle.danger


@dataclass(frozen=True)
class Setting:
    """One of a community's settings: its key, how it is changed, and what it is called."""

    key: str
    kind: Kind
    name: str
    hint: str
    shown: Callable[[Any, str], str]


def _switch(value: Any, language: str) -> str:
    return say(language, "settings.on") if value else say(language, "settings.off")


def _pictures(value: Any, language: str) -> str:
    if value == "off":
        return say(language, "settings.pictures_off")
    if value == "block":
        return say(language, "settings.pictures_block")
    return say(language, "settings.pictures_spoiler")


def _words(value: Any, language: str) -> str:
    return say(language, "settings.words", count=len(value)) if value else _none(language)


def _number(value: Any, language: str) -> str:
    return f"{value:g}"


def _seconds(value: Any, language: str) -> str:
    return say(language, "settings.seconds", count=round(value)) if value else _none(language)


def _budget(value: Any, language: str) -> str:
    return _seconds(value, language) if value else say(language, "settings.unlimited")


def _text(value: Any, language: str) -> str:
    return plain(str(value), most=60) if value else _none(language)


def _style(value: Any, language: str) -> str:
    return _text(value, language) if value else say(language, "settings.own_style")


def _tongue(value: Any, language: str) -> str:
    if not value:
        return say(language, "settings.own_language")
    return _NAMES.get(value, "日本語" if value == "ja" else _text(value, language))


def _channel(value: Any, language: str) -> str:
    return f"<#{value}>" if value else _none(language)


def _role(value: Any, language: str) -> str:
    return f"<@&{value}>" if value else _none(language)


def _none(language: str) -> str:
    return say(language, "settings.none")


SETTINGS = (
    Setting("gallery", "switch", "settings.gallery", "settings.gallery_hint", _switch),
    Setting("language", "language", "settings.language", "settings.language_hint", _tongue),
    Setting("style", "style", "settings.style", "settings.style_hint", _style),
    Setting(
        "story_channel",
        "channel",
        "settings.story_channel",
        "settings.story_channel_hint",
        _channel,
    ),
    Setting("pages", "text", "settings.pages", "settings.pages_hint", _number),
    Setting("cooldown_s", "text", "settings.cooldown_s", "settings.cooldown_s_hint", _seconds),
    Setting(
        "daily_budget_s",
        "text",
        "settings.daily_budget_s",
        "settings.daily_budget_s_hint",
        _budget,
    ),
    Setting("nsfw", "switch", "settings.nsfw", "settings.nsfw_hint", _switch),
    Setting("pictures", "pictures", "settings.pictures", "settings.pictures_hint", _pictures),
    Setting(
        "blocked_words",
        "text",
        "settings.blocked_words",
        "settings.blocked_words_hint",
        _words,
    ),
    Setting(
        "moderators_role",
        "role",
        "settings.moderators_role",
        "settings.moderators_role_hint",
        _role,
    ),
)
BY_KEY = MappingProxyType({setting.key: setting for setting in SETTINGS})


def value_line(setting: Setting, chosen: object, language: str) -> str:
    """Return a setting's name and what it is at the moment."""
    value = setting.shown(getattr(chosen, setting.key), language)
    return say(language, "settings.line", name=say(language, setting.name), value=value)


def settings_panel(chosen: object, language: str, *, reports: int, note: str = "") -> Panel:
    """Return all settings with their values, and ways to change them."""
    lines = []
    for setting in SETTINGS:
        value = setting.shown(getattr(chosen, setting.key), language)
        lines.append(f"**{say(language, setting.name)}** · {value}")
    options = [
        option(say(language, s.name), s.key, description=say(language, s.hint)) for s in SETTINGS
    ]
    change = menu("setting", placeholder=say(language, "settings.choose"), options=options)
    more = (
        button("reports", label=say(language, "settings.reports", count=reports)),
        button("deleted", label=say(language, "settings.deleted")),
    )
    title = say(language, "settings.title")
    return Panel(title, (Entry("\n".join(lines)),), note=note, rows=((change,), more))


def setting_panel(
    setting: Setting, chosen: object, language: str, *, styles: list[str]
) -> Panel | ui.Modal:
    """Return how one setting is changed: a menu, or a form where anything may be typed."""
    if setting.kind == "text":
        return _text_form(setting, chosen, language)
    back = (
        button("setdefault", setting.key, label=say(language, "settings.reset")),
        button("settings", label=say(language, "settings.back")),
    )
    hint = Entry(say(language, setting.hint))
    rows = ((_menu_of(setting, chosen, language, styles),), back)
    return Panel(value_line(setting, chosen, language), (hint,), rows=rows)


def _menu_of(setting: Setting, chosen: object, language: str, styles: list[str]) -> Care:
    custom_id, placeholder = care_id("set", setting.key), say(language, "settings.new_value")
    if setting.kind == "channel":
        kinds = [discord.ChannelType.text]
        return Care(
            ui.ChannelSelect(custom_id=custom_id, placeholder=placeholder, channel_types=kinds)
        )
    if setting.kind == "role":
        return Care(ui.RoleSelect(custom_id=custom_id, placeholder=placeholder))
    present = getattr(chosen, setting.key)
    options = [
        option(setting.shown(value, language), text, default=value == present)
        for text, value in _values(setting, styles)
    ]
    return menu("set", setting.key, placeholder=placeholder, options=options)


def _values(setting: Setting, styles: list[str]) -> list[tuple[str, object]]:
    """Return what may be chosen: as text, and as it is kept."""
    if setting.kind == "switch":
        return [("on", True), ("off", False)]
    if setting.kind == "pictures":
        return [("off", "off"), ("spoiler", "spoiler"), ("block", "block")]
    names = LANGUAGES if setting.kind == "language" else styles
    return [(name, name) for name in names[:25]]


def _text_form(setting: Setting, chosen: object, language: str) -> ui.Modal:
    value = getattr(chosen, setting.key)
    text = ", ".join(value) if isinstance(value, tuple) else f"{value:g}"
    long = setting.key == "blocked_words"
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        # A list that is too long for the form is not shown cut: saving it would lose the rest.
        default=text if len(text) <= _TEXT_LENGTH else None,
        required=False,
        max_length=_TEXT_LENGTH if long else 20,
    )
    hint = say(language, setting.hint)
    label = ui.Label(text=say(language, setting.name)[:45], description=hint[:100], component=field)
    empty = say(language, "settings.empty_resets")
    note: ui.TextDisplay[Any] = ui.TextDisplay(f"-# {empty}")
    title = say(language, "settings.new_value")
    return form("set", setting.key, title=title, parts=[label, note])


def reports_panel(reports: tuple[Report, ...], language: str) -> Panel:
    """Return the oldest open reports, each with its ways to handle it."""
    count = len(reports)
    back = (button("settings", label=say(language, "settings.back")),)
    if not reports:
        none = Entry(say(language, "settings.reports_none"))
        return Panel(say(language, "settings.reports", count=0), (none,), rows=(back,))
    shown = reports[:MOST_REPORTS]
    entries = tuple(_report_entry(place, r, language) for place, r in enumerate(shown, start=1))
    rows = tuple(_report_buttons(place, r, language) for place, r in enumerate(shown, start=1))
    return Panel(say(language, "settings.reports", count=count), entries, rows=(*rows, back))


def _report_entry(place: int, report: Report, language: str) -> Entry:
    title = plain(report.title, most=_TITLE_LENGTH)
    moment = discord.utils.format_dt(_moment(report.created_at), "d")
    line = say(language, "settings.report_story", title=title, moment=moment)
    reason = say(language, "settings.report_no_reason")
    if report.reason:
        said = plain(report.reason, most=_REASON_LENGTH)
        reason = say(language, "settings.report_reason", reason=said)
    return Entry(f"**{place}.** {line}\n{reason}")


def _report_buttons(place: int, report: Report, language: str) -> tuple[Care, ...]:
    about = f"{report.story_id}|{report.page_id}"
    look = say(language, "settings.report_look")
    dismiss = say(language, "settings.report_dismiss")
    delete = say(language, "settings.report_delete")
    return (
        button("look", about, label=f"{place}. {look}"),
        button("dismiss", report.id, label=f"{place}. {dismiss}"),
        button("judge", report.id, label=f"{place}. {delete}", style=_RED),
    )


def _moment(text: str) -> Any:
    return discord.utils.parse_time(text.replace("Z", "+00:00"))
