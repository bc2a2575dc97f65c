"""The buttons under a page's message, drawn from its view."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.chat.page import PageView
from bot.chat.texts import say
from bot.telegram.data import button

Row = tuple[InlineKeyboardButton, ...]


def page_keyboard(view: PageView) -> InlineKeyboardMarkup | None:
    """Return what can be done with a page in its state; None for nothing."""
    rows: list[Row] = []
    if view.live:
        if view.job_id and view.phase != "paused":
            rows.append((button(say(view.language, "button.cancel"), "cancel", view.job_id),))
        return _keyboard(rows)
    if view.phase in ("failed", "cancelled") and view.job_id:
        rows.append((button(say(view.language, "button.again"), "again", view.job_id),))
    if view.page_id:
        rows.extend(_page_rows(view))
    return _keyboard(rows)


def _page_rows(view: PageView) -> list[Row]:
    language, page = view.language, view.page_id
    rows: list[Row] = [
        (
            button(say(language, "button.continue"), "continue", page),
            button(say(language, "button.branch"), "branch", page),
        ),
        (
            button(say(language, "button.retry"), "retry", page),
            button(say(language, "button.redraw"), "redraw", page),
            button(say(language, "button.more"), "more", page),
        ),
    ]
    if view.count > 1:
        rows.append(_pager(view))
    return rows


def _pager(view: PageView) -> Row:
    """Return the way to the page's siblings; an end of the row has no button."""
    page = view.page_id
    before = button("◀", "before", page)
    place = button(f"{view.place}/{view.count}", "place", page)
    after = button("▶", "after", page)
    row = (before, place, after)
    return row[int(view.place <= 1) : 3 - int(view.place >= view.count)]


def _keyboard(rows: list[Row]) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup(rows) if rows else None
