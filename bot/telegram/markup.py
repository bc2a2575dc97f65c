"""Telegram's HTML: everything escaped, lengths as Telegram counts them, notes to ourselves."""

from __future__ import annotations

import re
from html import escape as _escape
from typing import NamedTuple

from telegram import Message, MessageEntity
from telegram.helpers import create_deep_linked_url

# A character without width, so that a link may be there without being seen.
_UNSEEN = "\u200b"
_NOTE = re.compile(r"[?&]start=a-(?P<action>[a-z]+)-(?P<subject>[A-Za-z0-9-]*)$")
STORY_LINK = "s_"


class Note(NamedTuple):
    """What one of our own messages is about: an action and the page (or other thing) it means."""

    action: str
    subject: str


def escape(text: object) -> str:
    """Return a text as HTML that shows it as it is."""
    return _escape(str(text), quote=True)


def bold(text: object) -> str:
    """Return a text in bold, as HTML."""
    return f"<b>{escape(text)}</b>" if text else ""


def italic(text: object) -> str:
    """Return a text in italics, as HTML."""
    return f"<i>{escape(text)}</i>" if text else ""


def link(text: object, url: str) -> str:
    """Return a text that leads to an address, as HTML."""
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def mention(name: str, user: int) -> str:
    """Return a person's name that Telegram tells them of, as HTML."""
    return link(name or user, f"tg://user?id={user}")


def units(text: str) -> int:
    """Return a text's length as Telegram counts it: in UTF-16 units, without the HTML around."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> tuple[str, str]:
    """Return a text's beginning of at most ``most`` UTF-16 units, and the rest.

    It is cut behind a sentence, else between words, else between characters; what is cut begins
    with neither.
    """
    if units(text) <= most:
        return text, ""
    longest = _longest(text, most)
    place = _last(r"[.!?…。！？][\"'”’»」』)]*\s", text[: longest + 1], at_least=longest // 2)
    place = place or _last(r"\s", text[: longest + 1], at_least=longest // 2) or longest
    return text[:place].rstrip(), text[place:].lstrip()


def _longest(text: str, most: int) -> int:
    """Return how many characters fit into ``most`` units."""
    used = 0
    for place, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > most:
            return place
    return len(text)


def _last(pattern: str, text: str, *, at_least: int) -> int:
    """Return where the last hit ends, 0 where there is none behind ``at_least``."""
    ends = [found.end() for found in re.finditer(pattern, text)]
    return ends[-1] if ends and ends[-1] > at_least else 0


def story_url(username: str, story_id: str) -> str:
    """Return the link that shows a story in a private chat with the bot."""
    return create_deep_linked_url(username, f"{STORY_LINK}{story_id}")


def story_linked(message: Message, username: str) -> str:
    """Return the one story that a message of ours links to, "" for none or several."""
    begun = story_url(username, "")
    urls = [entity.url or "" for entity in (*message.entities, *message.caption_entities)]
    found = {url.removeprefix(begun) for url in urls if url.startswith(begun)}
    return found.pop() if len(found) == 1 else ""


def note(username: str, action: str, subject: str) -> str:
    """Return HTML that nobody sees and that ``read_note`` finds in a message: it needs no memory.

    So what a reply to the message is about is still known after a restart.
    """
    url = create_deep_linked_url(username, f"a-{action}-{subject}")
    return f'<a href="{escape(url)}">{_UNSEEN}</a>'


def read_note(message: Message, username: str) -> Note | None:
    """Return the note in a message of ours; None in all others, whoever wrote such a link."""
    author = message.from_user
    if author is None or not author.is_bot or author.username != username:
        return None
    if message.forward_origin is not None:
        return None
    for entity in (*message.entities, *message.caption_entities):
        if entity.type == MessageEntity.TEXT_LINK and (found := _NOTE.search(entity.url or "")):
            return Note(found["action"], found["subject"])
    return None
