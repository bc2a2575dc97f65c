"""A server's settings as moderators see and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import discord
from discord import ui

from bot.chat.setting_words import NAMES, PICTURES, value_text
from bot.chat.texts import LANGUAGES, say
from bot.discord.controls import FIELD, Control, button, form, id_of, menu, option
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel
from bot.storytelling.stewarding import Report

Kind = Literal["switch", "pictures", "language", "style", "channel", "role", "text"]
_TEXT_LENGTH = 4000
_TITLE_LENGTH, _REASON_LENGTH = 80, 300
MOST_REPORTS = 4
_RED = discord.ButtonStyle.danger


# In the order in which they are shown.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "gallery": "switch",
        "language": "language",
        "style": "style",
        "story_channel": "channel",
        "pages": "text",
        "cooldown_s": "text",
        "daily_budget_s": "text",
        "nsfw": "switch",
        "pictures": "pictures",
        "blocked_words": "text",
        "moderators_role": "role",
    }
)


def shown(key: str, value: Any, language: str) -> str:
    """Return a setting's value as it stands in a message."""
    if value and key == "story_channel":
        return f"<#{value}>"
    if value and key == "moderators_role":
        return f"<@&{value}>"
    return plain(value_text(key, value, language), most=60)


def settings_panel(chosen: object, language: str, *, reports: int, note: str = "") -> Panel:
    """Return all settings with their values, and ways to change them."""
    lines, options = [], []
    for key in KINDS:
        name, hint = say(language, NAMES[key].name), say(language, NAMES[key].hint)
        lines.append(f"**{name}** · {shown(key, getattr(chosen, key), language)}")
        options.append(option(name, key, description=hint))
    change = menu("setting", placeholder=say(language, "settings.choose"), options=options)
    more = (
        button("reports", label=say(language, "settings.reports", count=reports)),
        button("deleted", label=say(language, "settings.deleted")),
    )
    title = say(language, "settings.title")
    return Panel(title, (Entry("\n".join(lines)),), note=note, rows=((change,), more))


def setting_panel(
    key: str, chosen: object, language: str, *, styles: list[str]
) -> Panel | ui.Modal:
    """Return how one setting is changed: a menu, or a form where anything may be typed."""
    if KINDS[key] == "text":
        return _text_form(key, chosen, language)
    name, present = say(language, NAMES[key].name), getattr(chosen, key)
    line = say(language, "settings.line", name=name, value=shown(key, present, language))
    back = (
        button("setdefault", key, label=say(language, "settings.reset")),
        button("settings", label=say(language, "settings.back")),
    )
    hint = Entry(say(language, NAMES[key].hint))
    rows = ((_menu_of(key, present, language, styles),), back)
    return Panel(line, (hint,), rows=rows)


def _menu_of(key: str, present: object, language: str, styles: list[str]) -> Control:
    custom_id, placeholder = id_of("set", key), say(language, "settings.new_value")
    kind = KINDS[key]
    if kind == "channel":
        kinds = [discord.ChannelType.text]
        return Control(
            ui.ChannelSelect(custom_id=custom_id, placeholder=placeholder, channel_types=kinds)
        )
    if kind == "role":
        return Control(ui.RoleSelect(custom_id=custom_id, placeholder=placeholder))
    options = [
        option(shown(key, value, language), text, default=value == present)
        for text, value in _values(kind, styles)
    ]
    return menu("set", key, placeholder=placeholder, options=options)


def _values(kind: Kind, styles: list[str]) -> list[tuple[str, object]]:
    """Return what may be chosen: as text, and as it is kept."""
    if kind == "switch":
        return [("on", True), ("off", False)]
    names: Mapping[Kind, Sequence[str]] = {"pictures": tuple(PICTURES), "language": LANGUAGES}
    return [(name, name) for name in names.get(kind, styles)[:25]]


def _text_form(key: str, chosen: object, language: str) -> ui.Modal:
    value = getattr(chosen, key)
    text = ", ".join(value) if isinstance(value, tuple) else f"{value:g}"
    long = key == "blocked_words"
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=FIELD,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        # A list that is too long for the form is not shown cut: saving it would lose the rest.
        default=text if len(text) <= _TEXT_LENGTH else None,
        required=False,
        max_length=_TEXT_LENGTH if long else 20,
    )
    name, hint = say(language, NAMES[key].name), say(language, NAMES[key].hint)
    label = ui.Label(text=name[:45], description=hint[:100], component=field)
    empty = say(language, "settings.empty_resets")
    note: ui.TextDisplay[Any] = ui.TextDisplay(f"-# {empty}")
    title = say(language, "settings.new_value")
    return form("set", key, title=title, parts=[label, note])


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


def _report_buttons(place: int, report: Report, language: str) -> tuple[Control, ...]:
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
