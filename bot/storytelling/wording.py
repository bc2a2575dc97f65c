"""Checks what people type: cleaned, short enough, and within their community's rules."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import BadInputError, WordedError
from bot.library.facts import MAX_FACT_LENGTH
from bot.storytelling.house_rules import HouseRules
from bot.storytelling.orders import PageAct, PageWish
from bot.storytelling.wish import (
    StoryWish,
    check_pages,
    check_seed,
    check_wish,
    check_words,
    clean_text,
)

MAX_PAGE_TEXT = 2000
MAX_TITLE = 200
MAX_REASON = 500


def worded_wish(wish: StoryWish, rules: HouseRules) -> StoryWish:
    """Return a wish that can be told here, in the community's own style where it names none."""
    wish = replace(wish, style=wish.style or rules.chosen.style)
    return check_wish(
        wish,
        rules.sizes,
        profile=rules.settings.engine.profile,
        blocked_words=rules.blocked_words,
    )


def worded_act(act: PageAct, asked: PageWish, rules: HouseRules) -> PageWish:
    """Return what is asked for at a page with its texts cleaned and its numbers checked."""
    sizes = rules.sizes
    check_seed(asked.seed)
    if act in ("continue", "branch"):
        check_pages(asked.pages, sizes)
    direction = worded("direction", asked.direction, rules, most=sizes.idea_length)
    text = worded("text", asked.text, rules, most=MAX_PAGE_TEXT) if act == "edit" else ""
    if act == "edit" and not text:
        raise WordedError("The text is empty: write what the page is to say.", "text_empty")
    return replace(asked, direction=direction, text=text)


def worded_fact(text: str, rules: HouseRules) -> str:
    """Return something to remember."""
    fact = worded("fact", text, rules, most=MAX_FACT_LENGTH)
    if not fact:
        raise WordedError(
            "There is nothing to remember: say what the story shall keep to.", "fact_empty"
        )
    return fact


def worded_title(text: str, rules: HouseRules) -> str:
    """Return a title."""
    title = worded("title", text, rules, most=MAX_TITLE, readable=False)
    if not title:
        raise BadInputError("The title is empty: write one.")
    return title


def worded_reason(text: str) -> str:
    """Return why something is reported, for moderators alone to read: any words may be in it."""
    return clean_text("reason", text, most=MAX_REASON)


def worded(name: str, text: str, rules: HouseRules, *, most: int, readable: bool = True) -> str:
    """Return a text cleaned; ``readable``: a model is to read it, so it must know the letters."""
    text = clean_text(name, text, most=most)
    profile = rules.settings.engine.profile if readable else ""
    told = name == "direction"
    check_words(name, text, profile=profile, blocked=rules.blocked_words, told=told)
    return text
