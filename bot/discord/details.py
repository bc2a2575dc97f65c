"""All about a story and one of its pages, as a private panel."""

from __future__ import annotations

import discord

from bot.chat.texts import say
from bot.chat.told import picture_line
from bot.discord.artwork import preview
from bot.discord.asking import Asking
from bot.discord.client import PagewrightClient
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel
from bot.storytelling.views import PageDetails, StoryDetails

_TITLE_LENGTH, _NAME_LENGTH, _TEXT_LENGTH, _PROMPT_LENGTH = 150, 60, 500, 300


async def details_panel(
    client: PagewrightClient, story_id: str, page_id: str, asking: Asking
) -> Panel:
    """Return what made a story and a page ("" for none): seeds, models, steps, scores, facts."""
    details = await client.teller.views.details(story_id, asking.actor)
    entries = [Entry("\n".join(_story_lines(details, asking.language)))]
    page = next((page for page in details.pages if page.id == page_id), None)
    if page is not None:
        entries.append(Entry("\n".join(_page_lines(details, page, asking.language))))
    title = plain(details.title, most=_TITLE_LENGTH)
    return Panel(title, tuple(entries), note=f"{details.id} · {page_id}".rstrip(" ·"))


async def page_panel(
    client: PagewrightClient, story_id: str, page_id: str, asking: Asking
) -> Panel:
    """Return one page to look at, the first of the story without an id."""
    shown = await client.teller.showing.page(story_id, asking.actor, page=page_id or 1)
    picture = preview(shown.picture).data if shown.picture else b""
    text = plain(shown.text, most=3000)
    entry = Entry(text, picture=picture, alt=shown.alt, hidden=shown.spoiler)
    number = say(asking.language, "details.page", number=shown.number)
    return Panel(plain(shown.title, most=_TITLE_LENGTH), (entry,), note=number)


def _story_lines(details: StoryDetails, language: str) -> list[str]:
    author = plain(details.author, most=_NAME_LENGTH) or say(language, "gallery.somebody")
    created = discord.utils.parse_time(details.created_at.replace("Z", "+00:00"))
    moment = discord.utils.format_dt(created, "f")
    count, every = len(details.branch), len(details.pages)
    lines = [
        say(language, "details.idea", idea=plain(details.idea, most=_TEXT_LENGTH)),
        say(language, "details.author", author=author, moment=moment),
    ]
    if details.style:
        lines.append(say(language, "details.style", style=plain(details.style, most=40)))
    if details.avoid:
        avoid = plain(details.avoid, most=_TEXT_LENGTH)
        lines.append(say(language, "details.avoid", avoid=avoid))
    profile = details.profile or "–"
    lines.append(say(language, "details.seed", seed=details.seed, profile=profile))
    pages = "gallery.pages" if count == every else "details.pages"
    lines.append(say(language, pages, count=count, all=every))
    is_open = details.mode == "open"
    lines.append(say(language, "details.open") if is_open else say(language, "details.solo"))
    if not details.listed:
        lines.append(say(language, "details.hidden"))
    if details.loves:
        loves = say(language, "details.loves", count=details.loves)
        lines.append(f"♥ {loves}")
    if details.facts:
        facts = "; ".join(plain(fact, most=200) for fact in details.facts)
        lines.append(say(language, "details.facts", facts=facts))
    return lines


def _page_lines(details: StoryDetails, page: PageDetails, language: str) -> list[str]:
    siblings = details.children(page.parent_id)
    heading = say(language, "details.page", number=page.number)
    lines = [f"**{heading}**"]
    if len(siblings) > 1:
        place = siblings.index(page) + 1
        lines.append(say(language, "details.siblings", place=place, count=len(siblings)))
    if page.origin == "edited":
        lines.append(say(language, "details.edited"))
    lines.append(say(language, "details.page_seed", seed=page.seed))
    if page.prompt:
        prompt = plain(page.prompt, most=_PROMPT_LENGTH)
        lines.append(say(language, "details.prompt", prompt=prompt))
    if page.pictures:
        lines.append(picture_line(page, language))
    return lines
