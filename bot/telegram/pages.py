"""The buttons under a page: go on, tell or paint anew, branch, leaf through versions, stop."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from bot.chat.texts import say
from bot.errors import BadInputError
from bot.storytelling.orders import PageWish
from bot.storytelling.permissions import Actor
from bot.storytelling.showing import ShownPage
from bot.storytelling.updates import StoryOpened
from bot.telegram.asking import Asking
from bot.telegram.markup import escape
from bot.telegram.routes import Button, Route
from bot.telegram.tools import Tools

Submit = Callable[[PageWish, Actor], Awaitable[StoryOpened]]
# A finger that trembles asks once.
_TWICE_S = 2.0
_MOST_KNOWN = 1000


class Pages:
    """Answers the buttons of pages; what may be done is asked of the storyteller each time."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._lately: dict[tuple[str, str, str], float] = {}

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered here."""
        return (
            Button("continue", self._on_continue),
            Button("branch", self._on_branch),
            Button("retry", self._on_retry),
            Button("redraw", self._on_redraw),
            Button("before", lambda asking, page: self._turn(asking, page, -1)),
            Button("after", lambda asking, page: self._turn(asking, page, 1)),
            Button("place", self._on_place),
            Button("cancel", self._on_cancel),
            Button("again", self._on_again),
        )

    async def _on_continue(self, asking: Asking, page_id: str) -> None:
        """Go on at once; whoever has a wish for it replies to the page instead."""
        page = await self._page(asking, page_id)
        wish = PageWish(page.story_id, page_id, dedup_key=asking.key)
        submit = self._tools.teller.submit_continuation
        if not self._again_so_soon(asking, "continue", page_id):
            opened = await submit(wish, asking.actor)
            await self._tools.replies.toast(asking, say(asking.language, "telegram.goes_on"))
            await self._begin(asking, opened)

    async def _on_branch(self, asking: Asking, page_id: str) -> None:
        """Ask where the other way leads."""
        page = await self._page(asking, page_id)
        # Told now, not after they have written an answer.
        wish = PageWish(page.story_id, page_id)
        await self._tools.teller.check("branch", wish, asking.actor)
        await self._tools.replies.toast(asking)
        text = say(asking.public, "telegram.ask_branch", number=page.number)
        hint = say(asking.public, "action.direction")
        await self._tools.replies.question(
            asking, escape(text), "branch", page_id, placeholder=hint
        )

    async def _on_retry(self, asking: Asking, page_id: str) -> None:
        await self._in_place(asking, page_id, "retry", self._tools.teller.submit_retry)

    async def _on_redraw(self, asking: Asking, page_id: str) -> None:
        await self._in_place(asking, page_id, "redraw", self._tools.teller.submit_redraw)

    async def _in_place(self, asking: Asking, page_id: str, act: str, submit: Submit) -> None:
        """Do what changes the page's own message."""
        page = await self._page(asking, page_id)
        if self._again_so_soon(asking, act, page_id):
            return
        opened = await submit(PageWish(page.story_id, page_id, dedup_key=asking.key), asking.actor)
        await self._tools.replies.toast(asking)
        await self._begin(asking, opened, in_place=True)

    async def _turn(self, asking: Asking, page_id: str, step: int) -> None:
        page = await self._page(asking, page_id)
        spot = await self._tools.teller.acts.choose(
            page.story_id, asking.actor, page=page_id, step=step
        )
        await self._tools.replies.toast(asking)
        await self._tools.desk.turn(
            asking.channel,
            str(asking.message),
            spot.page_id,
            actor=asking.actor,
            language=asking.public,
        )

    async def _on_place(self, asking: Asking, page_id: str) -> None:
        page = await self._page(asking, page_id)
        text = say(asking.language, "page.versions", place=page.place, count=page.count)
        await self._tools.replies.toast(asking, text)

    async def _on_cancel(self, asking: Asking, job_id: str) -> None:
        stopped = await self._tools.teller.cancel_job(job_id, asking.actor)
        key = "page.cancelled" if stopped else "action.ended"
        await self._tools.replies.toast(asking, say(asking.language, key))

    async def _on_again(self, asking: Asking, job_id: str) -> None:
        commission = await self._tools.teller.posts.commission(job_id)
        if commission is None:
            raise BadInputError(say(asking.language, "action.no_page"))
        opened = await self._tools.teller.submit_again(
            commission.story_id, asking.actor, job_id=job_id
        )
        await self._tools.replies.toast(asking)
        await self._begin(asking, opened, in_place=True)

    async def _begin(self, asking: Asking, opened: StoryOpened, *, in_place: bool = False) -> None:
        if opened.duplicate:
            return
        pressed = str(asking.message)
        await self._tools.desk.begin(
            opened,
            asking.channel,
            language=asking.public,
            message=pressed if in_place else "",
            reply_to="" if in_place else pressed,
        )

    async def _page(self, asking: Asking, page_id: str) -> ShownPage:
        return await page_pressed(self._tools, asking, page_id)

    def _again_so_soon(self, asking: Asking, act: str, page_id: str) -> bool:
        """Tell whether the same was pressed a moment ago."""
        now, key = time.monotonic(), (asking.actor.person, act, page_id)
        soon = now - self._lately.get(key, float("-inf")) < _TWICE_S
        if len(self._lately) >= _MOST_KNOWN:
            self._lately.clear()
        self._lately[key] = now
        return soon


async def page_pressed(tools: Tools, asking: Asking, page_id: str) -> ShownPage:
    """Return the page that a button is about; raise ``BadInputError`` where it is gone."""
    page = await tools.teller.showing.of_id(page_id)
    if page is None:
        raise BadInputError(say(asking.language, "action.no_page"))
    return page
