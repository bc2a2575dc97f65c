"""``/settings``: what holds in a group, its open reports and deleted stories; for administrators.

One message, drawn anew in place. Each press asks the storyteller whether whoever pressed may.
"""

from __future__ import annotations

from telegram import InlineKeyboardButton

from bot.chat.setting_words import value_text
from bot.chat.texts import say
from bot.errors import BadInputError, PagewrightError
from bot.storytelling.permissions import check
from bot.storytelling.stewarding import Outcome, Report
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import short, title_button
from bot.telegram.markup import bold, escape, italic
from bot.telegram.pieces import in_rows, keyboard, redraw
from bot.telegram.routes import Button, Command, Question, Route
from bot.telegram.setting_words import SETTINGS, choice_text, choices, is_chosen
from bot.telegram.tools import Tools

_MOST_REPORTS = 5
_MOST_WORDS = 1500
# What a question remembers of a setting: letters only.
_SUBJECTS = {key.replace("_", ""): key for key in SETTINGS}


class HouseSettings:
    """Shows and changes a place's settings; handles reports; restores stories."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("settings", "shelf.about_settings", self._settings, offered="admins"),
            Button("settings", self._settings),
            Button("setting", self._one),
            Button("setto", self._set),
            Button("setask", self._ask),
            Question("setting", self._written),
            Button("reports", self._reports),
            Button("dismiss", lambda asking, rest: self._handle(asking, rest, "dismissed")),
            Button("remove", lambda asking, rest: self._handle(asking, rest, "deleted")),
            Button("lookat", self._look),
            Button("deleted", self._deleted),
            Button("restore", self._restore),
        )

    async def _settings(self, asking: Asking, words: str = "") -> None:
        """Draw all settings with their values."""
        self._check(asking)
        stewards, language = self._tools.teller.stewards, asking.public
        chosen = await stewards.settings(asking.actor)
        reports = len(await stewards.open_reports(asking.actor))
        lines = [bold(say(language, "settings.title")), ""]
        keys = []
        for key, named in SETTINGS.items():
            name, value = say(language, named.name), value_text(key, getattr(chosen, key), language)
            lines.append(f"{escape(name)}: {bold(value)}")
            keys.append(button(short(name, 32), "setting", key))
        told = say(language, "settings.reports", count=reports)
        below = [
            button(f"⚑ {told}" if reports else say(language, "shelf.reports"), "reports"),
            button(say(language, "settings.deleted"), "deleted"),
        ]
        html = "\n".join([*lines, "", italic(say(language, "settings.choose"))])
        await redraw(self._tools, asking, html, keyboard([*in_rows(keys, 2), below]))

    async def _one(self, asking: Asking, key: str) -> None:
        """Draw one setting with what can be chosen."""
        self._check(asking)
        language, named = asking.public, SETTINGS.get(key)
        if named is None:
            raise BadInputError(say(asking.language, "telegram.old_button"))
        chosen = await self._tools.teller.stewards.settings(asking.actor)
        value = value_text(key, getattr(chosen, key), language)
        lines = [bold(say(language, named.name)), escape(say(language, named.hint)), ""]
        if key == "blocked_words" and chosen.blocked_words:
            listed = ", ".join(chosen.blocked_words)
            lines += [f"<tg-spoiler>{escape(short(listed, _MOST_WORDS))}</tg-spoiler>", ""]
        lines.append(escape(say(language, "shelf.now")) + " " + bold(value))
        offered = [
            button(
                f"{'✓ ' if is_chosen(chosen, key, value) else ''}"
                f"{short(choice_text(key, value, language), 28)}",
                "setto",
                f"{key}.{value}",
            )
            for value in choices(key, await self._styles(key))
        ]
        rows = in_rows(offered, 4 if key == "pages" else 2)
        if key not in ("nsfw", "gallery", "pictures", "pages", "language"):
            rows.append([button("✎ " + say(language, "settings.new_value"), "setask", key)])
        rows.append([button(say(language, "settings.reset"), "setto", f"{key}.")])
        rows.append([_back(language)])
        await redraw(self._tools, asking, "\n".join(lines), keyboard(rows))

    async def _set(self, asking: Asking, choice: str) -> None:
        key, _, value = choice.partition(".")
        await self._tools.teller.stewards.set_setting(key, value, asking.actor)
        await self._tools.replies.toast(asking, await self._changed(asking, key, asking.language))
        await self._one(asking, key)

    async def _ask(self, asking: Asking, key: str) -> None:
        """Ask for a value in words."""
        self._check(asking)
        named = SETTINGS.get(key)
        if named is None:
            raise BadInputError(say(asking.language, "telegram.old_button"))
        language = asking.public
        hint = say(language, named.hint)
        html = f"{bold(say(language, named.name))}\n{escape(hint)}"
        await self._tools.replies.question(
            asking, html, "setting", key.replace("_", ""), placeholder=hint
        )

    async def _written(self, asking: Asking, subject: str, words: str) -> None:
        key = _SUBJECTS.get(subject, "")
        await self._tools.teller.stewards.set_setting(key, words.strip(), asking.actor)
        text = await self._changed(asking, key, asking.public)
        back = _back(asking.public)
        await self._tools.replies.say(asking, escape(text), keyboard=keyboard([[back]]))

    async def _changed(self, asking: Asking, key: str, language: str) -> str:
        chosen = await self._tools.teller.stewards.settings(asking.actor)
        name = say(language, SETTINGS[key].name)
        value = value_text(key, getattr(chosen, key), language)
        return say(language, "settings.changed", name=name, value=value)

    async def _reports(self, asking: Asking, words: str = "") -> None:
        """Draw the oldest open reports, each with what can be done about it."""
        language = asking.public
        found = await self._tools.teller.stewards.open_reports(asking.actor)
        back = [_back(language)]
        if not found:
            text = escape(say(language, "settings.reports_none"))
            await redraw(self._tools, asking, text, keyboard([back]))
            return
        parts, rows = [bold(say(language, "settings.reports", count=len(found)))], []
        for place, report in enumerate(found[:_MOST_REPORTS], start=1):
            parts.append(_report_html(place, report, language))
            rows.append(_report_keys(place, report, language))
        await redraw(self._tools, asking, "\n\n".join(parts), keyboard([*rows, back]))

    async def _handle(self, asking: Asking, report_id: str, outcome: Outcome) -> None:
        await self._tools.teller.stewards.handle_report(report_id, outcome, asking.actor)
        key = "settings.report_deleted" if outcome == "deleted" else "settings.report_dismissed"
        await self._tools.replies.toast(asking, say(asking.language, key))
        await self._reports(asking)

    async def _look(self, asking: Asking, which: str) -> None:
        """Post the page that a report is about."""
        story_id, _, page_id = which.partition(".")
        await self._tools.desk.show(
            story_id,
            asking.channel,
            actor=asking.actor,
            language=asking.public,
            page=page_id or None,
        )

    async def _deleted(self, asking: Asking, words: str = "") -> None:
        """Draw what was deleted here and can be restored."""
        language = asking.public
        found = await self._tools.teller.titles.deleted(asking.actor)
        key = "settings.restore" if found else "settings.deleted_none"
        rows = [[title_button(story, "restore", found)] for story in found]
        rows.append([_back(language)])
        await redraw(self._tools, asking, escape(say(language, key)), keyboard(rows))

    async def _restore(self, asking: Asking, story_id: str) -> None:
        teller = self._tools.teller
        await teller.acts.restore(story_id, asking.actor)
        title = (await teller.views.details(story_id, asking.actor)).title
        text = say(asking.language, "settings.restored", title=title)
        await self._tools.replies.toast(asking, text)
        await self._deleted(asking)

    async def _styles(self, key: str) -> tuple[str, ...]:
        if key != "style":
            return ()
        try:
            return await self._tools.teller.styles()
        except PagewrightError:  # then it can still be written
            return ()

    def _check(self, asking: Asking) -> None:
        """Raise where whoever asks does not look after the place; say where settings are."""
        if asking.place.private:
            raise BadInputError(say(asking.language, "shelf.settings_in_groups"))
        check(asking.actor, "set_settings")


def _back(language: str) -> InlineKeyboardButton:
    return button("◀ " + say(language, "settings.back"), "settings")


def _report_keys(place: int, report: Report, language: str) -> list[InlineKeyboardButton]:
    look, close = say(language, "settings.report_look"), say(language, "settings.report_dismiss")
    remove = say(language, "settings.report_delete")
    return [
        button(f"{place} {look}", "lookat", f"{report.story_id}.{report.page_id}"),
        button(f"{place} {close}", "dismiss", report.id),
        button(f"{place} {remove}", "remove", report.id),
    ]


def _report_html(place: int, report: Report, language: str) -> str:
    moment = report.created_at.replace("T", " ").removesuffix("Z") + " UTC"
    story = say(language, "settings.report_story", title=short(report.title, 80), moment=moment)
    reason = say(language, "settings.report_no_reason")
    if report.reason:
        reason = say(language, "settings.report_reason", reason=short(report.reason, 300))
    return f"{place}. {bold(story)}\n{escape(reason)}"
