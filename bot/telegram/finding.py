"""Which story somebody means: by its id, by a reply to one of its pages, by words of its title."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton as Button
from telegram import InlineKeyboardMarkup

from bot.chat.texts import say
from bot.errors import BadInputError, WordedError
from bot.storytelling.titles import MOST, StoryTitle
from bot.telegram.asking import Asking
from bot.telegram.data import button
from bot.telegram.markup import cut, escape, story_linked
from bot.telegram.tools import Tools

ID_LENGTH = 8
_MOST_LABEL = 48


class Finder:
    """Finds the story that a command is about, or lets whoever asks choose one."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def story(self, asking: Asking, words: str, *, action: str) -> str:
        """Return the id of the story that is meant, "" where a list to choose from was sent.

        ``action`` is what the list's buttons do; their rest is the story's id. Raises
        ``BadInputError`` where no story fits.
        """
        if (named := await self.named(asking, words)) or not words:
            found = named or await self.replied(asking)
            return found or await self._choose(asking, await self._own(asking), action)
        return await self._choose(asking, await self._with_words(asking, words), action)

    async def named(self, asking: Asking, word: str) -> str:
        """Return the story with this very id that the asker may see, "" for none."""
        if len(word) != ID_LENGTH:
            return ""
        try:
            return (await self._tools.teller.views.details(word, asking.actor)).id
        except BadInputError:
            return ""

    async def replied(self, asking: Asking) -> str:
        """Return the story whose page the asker's message replies to, "" for none."""
        answered = asking.written.reply_to_message if asking.written else None
        if answered is None:
            return ""
        shown = await self._tools.desk.shown_at(asking.channel, str(answered.message_id))
        if shown is not None:
            return shown.story_id
        author, bot = answered.from_user, self._tools.bot
        return story_linked(answered, bot.username) if author and author.id == bot.id else ""

    async def of_page(self, page_id: str) -> str:
        """Return the story that a page belongs to; raise ``BadInputError`` where it is gone."""
        shown = await self._tools.teller.showing.of_id(page_id)
        if shown is None:
            raise WordedError("This page is gone.", "page_gone")
        return shown.story_id

    async def _own(self, asking: Asking) -> list[StoryTitle]:
        found = list(await self._tools.teller.titles.own(asking.actor))
        if not found:
            raise BadInputError(say(asking.language, "shelf.none_own"))
        return found

    async def _with_words(self, asking: Asking, words: str) -> list[StoryTitle]:
        """Return stories told here that hold the words, and one's own with such a title."""
        teller, place = self._tools.teller, asking.actor.community
        here = await teller.search(words, limit=MOST, community=place)
        titles = {story.id: StoryTitle(story.id, story.title) for story in here if story.pages}
        for story in await teller.titles.own(asking.actor, limit=100):
            if words.casefold() in story.title.casefold():
                titles.setdefault(story.id, story)
        if not titles:
            raise BadInputError(say(asking.language, "shelf.none_found", words=words[:80]))
        return list(titles.values())[:MOST]

    async def _choose(self, asking: Asking, found: list[StoryTitle], action: str) -> str:
        if len(found) == 1:
            return found[0].id
        rows = [[title_button(story, action, found)] for story in found]
        question = escape(say(asking.public, "shelf.which"))
        await self._tools.replies.say(asking, question, keyboard=InlineKeyboardMarkup(rows))
        return ""


def title_button(story: StoryTitle, action: str, among: Sequence[StoryTitle]) -> Button:
    """Return a story's button; its id tells it from others of the same title."""
    same = sum(other.title == story.title for other in among) > 1
    label = f"{short(story.title, _MOST_LABEL - 11)} · {story.id}" if same else short(story.title)
    return button(label, action, story.id)


def short(text: str, most: int = _MOST_LABEL) -> str:
    """Return a text as it fits on a button or a line, "…" where it was longer."""
    kept, more = cut(text, most)
    return f"{kept}…" if more else kept
