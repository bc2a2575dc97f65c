"""``/remember``: what a story keeps to; add to it, look at it, forget some of it."""

from __future__ import annotations

from bot.chat.texts import say
from bot.errors import BadInputError
from bot.storytelling.titles import StoryTitle
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.finding import Finder
from bot.telegram.markup import bold, escape
from bot.telegram.pieces import in_rows, keyboard, redraw
from bot.telegram.routes import Button, Command, Question, Route
from bot.telegram.tools import Tools


class Remembering:
    """Keeps a story's facts.

    ``/remember words`` adds to the story of the page that is replied to, else to one's newest;
    ``/remember`` alone lists, with buttons; "add", "list" and "forget 2" say it in words.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._finder = Finder(tools)

    def routes(self) -> tuple[Route, ...]:
        """Return what is answered."""
        return (
            Command("remember", "shelf.about_remember", self._remember),
            Button("facts", self._list),
            Button("factadd", self._ask),
            Button("factdrop", self._drop),
            Question("fact", self._add),
        )

    async def _remember(self, asking: Asking, words: str) -> None:
        first, _, rest = words.partition(" ")
        verb, rest = first.lower(), rest.strip()
        story = await self._finder.named(asking, first)
        if story:
            verb, _, rest = rest.partition(" ")
            words = f"{verb} {rest}".strip()
            verb = verb.lower()
        if not words or verb == "list":
            story = story or await self._finder.story(asking, "", action="facts")
            if story:
                await self._list(asking, story)
            return
        story = story or await self._finder.replied(asking) or await self._newest(asking)
        if verb == "forget":
            await self._forget(asking, story, rest)
        else:
            await self._add(asking, story, rest if verb == "add" else words)

    async def _newest(self, asking: Asking) -> str:
        own = await self._tools.teller.titles.own(asking.actor, limit=1)
        if not own:
            raise BadInputError(say(asking.language, "shelf.none_own"))
        return own[0].id

    async def _list(self, asking: Asking, story_id: str) -> None:
        teller, language = self._tools.teller, asking.public
        story = await self._story(asking, story_id)
        facts = await teller.acts.facts(story.id, asking.actor)
        if facts:
            lines = [bold(say(language, "remember.title", title=story.title))]
            lines += [
                escape(say(language, "remember.line", place=place, fact=fact.text))
                for place, fact in enumerate(facts, start=1)
            ]
        else:
            lines = [escape(say(language, "remember.empty", title=story.title))]
        drops = [
            button(f"✕ {place}", "factdrop", f"{story.id}.{fact.id}")
            for place, fact in enumerate(facts, start=1)
        ]
        add = button("+ " + say(language, "shelf.fact_add"), "factadd", story.id)
        await redraw(self._tools, asking, "\n".join(lines), keyboard([*in_rows(drops, 4), [add]]))

    async def _ask(self, asking: Asking, story_id: str) -> None:
        story = await self._story(asking, story_id)
        text = say(asking.public, "shelf.fact_ask", title=story.title)
        hint = say(asking.public, "shelf.fact_hint")
        await self._tools.replies.question(asking, escape(text), "fact", story.id, placeholder=hint)

    async def _add(self, asking: Asking, story_id: str, words: str) -> None:
        fact = await self._tools.teller.acts.remember(story_id, words, asking.actor)
        story = await self._story(asking, story_id)
        text = say(asking.public, "remember.added", title=story.title, fact=fact.text)
        await self._tools.replies.say(asking, escape(text))

    async def _forget(self, asking: Asking, story_id: str, fact: str) -> None:
        await self._tools.teller.acts.forget(story_id, fact, asking.actor)
        story = await self._story(asking, story_id)
        text = say(asking.public, "remember.forgotten", title=story.title)
        await self._tools.replies.say(asking, escape(text))

    async def _drop(self, asking: Asking, which: str) -> None:
        """Forget one, and draw the list anew."""
        story_id, _, fact_id = which.partition(".")
        await self._tools.teller.acts.forget(story_id, fact_id, asking.actor)
        story = await self._story(asking, story_id)
        text = say(asking.language, "remember.forgotten", title=story.title)
        await self._tools.replies.toast(asking, text)
        await self._list(asking, story_id)

    async def _story(self, asking: Asking, story_id: str) -> StoryTitle:
        details = await self._tools.teller.views.details(story_id, asking.actor)
        return StoryTitle(details.id, details.title)
