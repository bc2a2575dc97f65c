"""The buttons under a page: what each asks for stands in its id, so that they survive any restart.

A button's id is ``st:1:<action>:<page or job id>``. Nothing of a view is kept in memory: discord.py
finds the class by the id's pattern, and what may be done is asked of the library at each press.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import discord

from bot.chat.page import PageView
from bot.chat.texts import say

if TYPE_CHECKING:
    from bot.discord.client import PagewrightClient

ACTIONS = (
    "continue",
    "retry",
    "redraw",
    "branch",
    "more",
    "cancel",
    "again",
    "before",
    "place",
    "after",
    "edit",
    "details",
    "love",
    "unlove",
    "export",
    "report",
    "open",
    "solo",
    "list",
    "hide",
    "delete",
    "reallydelete",
    "keep",
)
_TEMPLATE = rf"st:1:(?P<action>{'|'.join(ACTIONS)}):(?P<subject>[0-9a-z]{{1,40}})"
_GREY = discord.ButtonStyle.secondary


class PageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_TEMPLATE):
    """A button that asks for ``action`` at ``subject``, a page's id or a job's."""

    def __init__(
        self,
        action: str,
        subject: str,
        *,
        label: str | None = None,
        emoji: str | None = None,
        style: discord.ButtonStyle = _GREY,
        disabled: bool = False,
        row: int | None = None,
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=label,
                emoji=emoji,
                style=style,
                disabled=disabled,
                custom_id=f"st:1:{action}:{subject}",
            ),
            row=row,
        )
        self.action = action
        self.subject = subject

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Return the button that was pressed, whichever process drew it."""
        return cls(match["action"], match["subject"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button asks for."""
        client: PagewrightClient = interaction.client
        await client.presses.press(interaction, self.action, self.subject)


def rows_of(view: PageView) -> list[list[PageButton]]:
    """Return a page's rows of buttons as it is now, new ones for each drawing."""
    if view.phase in ("queued", "writing", "painting"):
        return [[_cancel(view)]] if view.job_id else []
    if view.phase == "paused":
        return []
    rows = [_acts(view), _pager(view)] if view.page_id else []
    if view.phase in ("failed", "cancelled") and view.job_id:
        rows.insert(0, [_again(view)])
    return [row for row in rows if row]


def _cancel(view: PageView) -> PageButton:
    return PageButton("cancel", view.job_id, label=say(view.language, "button.cancel"))


def _again(view: PageView) -> PageButton:
    label = say(view.language, "button.again")
    return PageButton("again", view.job_id, label=label, style=discord.ButtonStyle.primary)


def _acts(view: PageView) -> list[PageButton]:
    page, language = view.page_id, view.language
    primary = discord.ButtonStyle.primary
    return [
        PageButton("continue", page, label=say(language, "button.continue"), style=primary),
        PageButton("retry", page, label=say(language, "button.retry")),
        PageButton("redraw", page, label=say(language, "button.redraw")),
        PageButton("branch", page, label=say(language, "button.branch")),
        PageButton("more", page, label=say(language, "button.more")),
    ]


def _pager(view: PageView) -> list[PageButton]:
    """Return ◀ place/count ▶ where a page has siblings."""
    if view.count < 2:
        return []
    page = view.page_id
    return [
        PageButton("before", page, emoji="◀", disabled=view.place <= 1),
        PageButton("place", page, label=f"{view.place}/{view.count}", disabled=True),
        PageButton("after", page, emoji="▶", disabled=view.place >= view.count),
    ]
