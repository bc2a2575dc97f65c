"""Texts of people and models as Discord shows them: no markup, no mentions, within the limits."""

from __future__ import annotations

import discord

_ELLIPSIS = "…"


def plain(text: str, *, most: int) -> str:
    """Return a text in which nothing is markup, a mention or a link, at most ``most`` long."""
    if len(text) > most:
        text = shortened(text, most=most)
    escaped = _escaped(text)
    while len(escaped) > most:
        # What escaping adds is taken off the text's end, never in the middle of an escape.
        text = shortened(text, most=max(1, len(text) - max(1, (len(escaped) - most) // 2)))
        escaped = _escaped(text)
    return escaped


def shortened(text: str, *, most: int) -> str:
    """Return a text cut at a word where it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    at_word = head.rsplit(None, 1)[0] if len(head.split()) > 1 else head
    return (at_word if len(at_word) > most // 2 else head).rstrip() + _ELLIPSIS


def _escaped(text: str) -> str:
    text = discord.utils.escape_markdown(text, ignore_links=False)
    # <@1>, <#1>, <:name:1>, <t:1:R>, </command:1>: all that Discord reads begins so.
    text = text.replace("<", "\\<")
    # A joiner between word and slashes keeps links from being links, and shows nothing.
    text = text.replace("://", ":\u2060//")
    return text.replace("@everyone", "@\u2060everyone").replace("@here", "@\u2060here")
