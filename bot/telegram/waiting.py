"""``/queue`` and ``/stop``: one's own stories that wait or are being told."""

from __future__ import annotations

from telegram import InlineKeyboardMarkup

from bot.chat.lines import duration
from bot.chat.texts import say
from bot.storytelling.views import QueueLine
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import short
from bot.telegram.markup import bold, escape
from bot.telegram.pieces import Rows, keyboard, redraw
from bot.telegram.routes import Button, Command, Route
from bot.telegram.tools import Tools


class Waiting:
    """Lists jobs and stops them."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("queue", "shelf.about_queue", self._queue),
            Command("stop", "shelf.about_stop", self._stop),
            Button("qstop", self._stop_one),
            Button("queue", self._again),
        )

    async def _queue(self, asking: Asking, words: str = "") -> None:
        lines = await self._tools.teller.views.queue(asking.actor)
        language = asking.public
        if not lines:
            await redraw(self._tools, asking, escape(say(language, "action.queue_empty")))
            return
        html = "\n".join(
            [bold(say(language, "action.queue")), *(_line(x, language) for x in lines)]
        )
        await redraw(self._tools, asking, html, _keys(lines, asking))

    async def _again(self, asking: Asking, person: str) -> None:
        """Draw the list anew, for the one whose it is."""
        if person == _key(asking):
            await self._queue(asking)

    async def _stop_one(self, asking: Asking, job_id: str) -> None:
        if not await self._tools.teller.cancel_job(job_id, asking.actor):
            await self._tools.replies.toast(asking, say(asking.language, "action.ended"))
        await self._queue(asking)

    async def _stop(self, asking: Asking, words: str) -> None:
        """Stop the job of the page that is replied to, else the asker's newest one."""
        teller, found = self._tools.teller, ""
        lines = await teller.views.queue(asking.actor)
        answered = asking.written.reply_to_message if asking.written else None
        if answered is not None:
            shown = await self._tools.desk.shown_at(asking.channel, str(answered.message_id))
            found = shown.job_id if shown and shown.live else ""
        job_id = found or (lines[-1].job_id if lines else "")
        if not job_id or not await teller.cancel_job(job_id, asking.actor):
            text = say(asking.public, "action.nothing_to_stop")
        elif (line := next((x for x in lines if x.job_id == job_id), None)) is not None:
            text = say(asking.public, "action.stopped", title=line.title)
        else:
            text = say(asking.public, "page.cancelled")
        await self._tools.replies.say(asking, escape(text))


def _line(line: QueueLine, language: str) -> str:
    wait, title = duration(language, line.seconds_left), short(line.title, 60)
    if not line.position:
        return escape(say(language, "action.queue_at_work", title=title, wait=wait))
    text = say(language, "action.queue_waiting", position=line.position, title=title, wait=wait)
    return escape(text)


def _keys(lines: tuple[QueueLine, ...], asking: Asking) -> InlineKeyboardMarkup | None:
    rows: Rows = [[button(f"✕ {short(line.title, 40)}", "qstop", line.job_id)] for line in lines]
    again = button("↻ " + say(asking.public, "shelf.refresh"), "queue", _key(asking))
    return keyboard([*rows, [again]])


def _key(asking: Asking) -> str:
    """Return what tells whose list a message is."""
    return asking.actor.person.partition(":")[2]
