"""The buttons under a page, as it is now."""

from __future__ import annotations

import discord

from bot.chat.page import PageView
from bot.chat.texts import say
from bot.discord.controls import Control, button

_PRIMARY = discord.ButtonStyle.primary


def rows_of(view: PageView) -> list[list[Control]]:
    """Return a page's rows of buttons as it is now, new ones for each drawing."""
    if view.phase in ("queued", "writing", "painting"):
        return [[_cancel(view)]] if view.job_id else []
    if view.phase == "paused":
        return []
    rows = [_acts(view), _pager(view)] if view.page_id else []
    if view.phase in ("failed", "cancelled") and view.job_id:
        rows.insert(0, [_again(view)])
    return [row for row in rows if row]


def _cancel(view: PageView) -> Control:
    return button("cancel", view.job_id, label=say(view.language, "button.cancel"))


def _again(view: PageView) -> Control:
    label = say(view.language, "button.again")
    return button("again", view.job_id, label=label, style=_PRIMARY)


def _acts(view: PageView) -> list[Control]:
    page, language = view.page_id, view.language
    return [
        button("continue", page, label=say(language, "button.continue"), style=_PRIMARY),
        button("retry", page, label=say(language, "button.retry")),
        button("redraw", page, label=say(language, "button.redraw")),
        button("branch", page, label=say(language, "button.branch")),
        button("more", page, label=say(language, "button.more")),
    ]


def _pager(view: PageView) -> list[Control]:
    """Return ◀ place/count ▶ where a page has siblings."""
    if view.count < 2:
        return []
    page = view.page_id
    return [
        button("before", page, emoji="◀", disabled=view.place <= 1),
        button("place", page, label=f"{view.place}/{view.count}", disabled=True),
        button("after", page, emoji="▶", disabled=view.place >= view.count),
    ]
