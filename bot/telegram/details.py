"""All about a story and one of its pages, as a message shows it."""

from __future__ import annotations

from bot.chat.texts import say
from bot.chat.told import picture_line
from bot.storytelling.views import PageDetails, StoryDetails
from bot.telegram.drawing import TEXT
from bot.telegram.markup import bold, cut, escape, italic, units

_MOST_LINE = 400


def details_html(story: StoryDetails, page_id: str, language: str) -> str:
    """Return a story's details, and those of one of its pages, as HTML of a single message.

    What a person typed is shortened before anything else, so that the rest always fits.
    """
    most = _MOST_LINE
    while True:
        html = _drawn(story, page_id, language, most)
        if units(html) <= TEXT or most < 20:
            return html
        most //= 2


def _drawn(story: StoryDetails, page_id: str, language: str, most: int) -> str:
    lines = [bold(_short(story.title, most)), *_story_lines(story, language, most)]
    page = next((page for page in story.pages if page.id == page_id), None)
    if page is not None:
        lines += ["", bold(say(language, "details.page", number=page.number))]
        lines += [escape(line) for line in _page_lines(story, page, language, most)]
    return "\n".join(lines)


def _story_lines(story: StoryDetails, language: str, most: int) -> list[str]:
    moment = story.created_at.replace("T", " ").removesuffix("Z")
    author = story.author or say(language, "gallery.somebody")
    key = "details.open" if story.mode == "open" else "details.solo"
    count, every = len(story.branch), len(story.pages)
    pages = "gallery.pages" if count == every else "details.pages"
    counted = say(language, pages, count=count, all=every)
    lines = [
        italic(say(language, "details.author", author=author, moment=f"{moment} UTC")),
        escape(say(language, "details.idea", idea=_short(story.idea, most))),
    ]
    if story.style:
        lines.append(escape(say(language, "details.style", style=story.style)))
    if story.avoid:
        lines.append(escape(say(language, "details.avoid", avoid=_short(story.avoid, most))))
    lines.append(
        escape(say(language, "details.seed", seed=story.seed, profile=story.profile or "–"))
    )
    lines.append(escape(counted))
    if story.loves:
        lines.append(escape(say(language, "details.loves", count=story.loves)))
    if story.facts:
        facts = "; ".join(_short(fact, most) for fact in story.facts)
        lines.append(escape(say(language, "details.facts", facts=_short(facts, 3 * most))))
    lines.append(escape(say(language, key)))
    if not story.listed:
        lines.append(escape(say(language, "details.hidden")))
    return [*lines, f"<code>{escape(story.id)}</code>"]


def _page_lines(story: StoryDetails, page: PageDetails, language: str, most: int) -> list[str]:
    siblings = story.children(page.parent_id)
    lines = []
    if len(siblings) > 1:
        place = siblings.index(page) + 1
        lines.append(say(language, "details.siblings", place=place, count=len(siblings)))
    if page.origin == "edited":
        lines.append(say(language, "details.edited"))
    else:
        lines.append(say(language, "details.page_seed", seed=page.seed))
    if page.prompt:
        lines.append(say(language, "details.prompt", prompt=_short(page.prompt, most)))
    if page.pictures:
        lines.append(picture_line(page, language))
    return lines


def _short(text: str, most: int) -> str:
    kept, more = cut(text, most)
    return f"{kept}…" if more else kept
