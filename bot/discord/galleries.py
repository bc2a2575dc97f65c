"""A screen of the gallery as people leaf through it; where they are stands in the buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.chat.texts import say
from bot.chat.told import gallery_line
from bot.discord.asking import PLATFORM, Asking
from bot.discord.client import PagewrightClient
from bot.discord.controls import ID_LENGTH, button, id_of, menu, option
from bot.discord.escaping import plain
from bot.discord.panels import Entry, Panel, Rows
from bot.storytelling.gallery import Browse, GalleryEntry, GalleryScreen

TITLE_LENGTH, NAME_LENGTH, WORDS_LENGTH, STYLE_LENGTH = 120, 60, 32, 40


@dataclass(frozen=True)
class Leafing:
    """What somebody leafs through: a filter, and the cursor of a screen, "" for the first.

    ``author`` is a person's number in Discord.
    """

    cursor: str = ""
    author: str = ""
    style: str = ""
    words: str = ""

    def subject(self) -> str:
        """Return it as the end of a button's id; words that do not fit are left out."""
        kept = self.words
        while True:
            text = "|".join((self.cursor, self.author, self.style.replace("|", ""), kept))
            if len(id_of("gallery", text)) <= ID_LENGTH or not kept:
                return text
            kept = kept.rpartition(" ")[0]

    @classmethod
    def read(cls, subject: str) -> Leafing:
        """Return what a button's id says."""
        parts = [*subject.split("|", 3), "", "", "", ""]
        return cls(*parts[:4])

    def browse(self) -> Browse:
        """Return it as the gallery is asked."""
        author = f"{PLATFORM}:{self.author}" if self.author else ""
        return Browse(words=self.words, author=author, style=self.style, cursor=self.cursor)


async def gallery_panel(
    client: PagewrightClient, leafing: Leafing, asking: Asking, *, browse: Browse | None = None
) -> Panel:
    """Return a screen with its buttons; ``browse`` where the order is chosen anew."""
    gallery = client.teller.gallery
    screen = await gallery.browse(browse or leafing.browse(), asking.actor)
    language = asking.language
    if not screen.entries:
        key = "gallery.none_found" if _filtered(leafing) else "gallery.empty"
        return Panel(say(language, "gallery.title"), (Entry(say(language, key)),))
    sheet = b""
    if client.service.settings.discord.renderer == "embed":
        sheet = await gallery.contact_sheet(screen)
    words = plain(leafing.words, most=WORDS_LENGTH * 2)
    style = plain(leafing.style, most=STYLE_LENGTH)
    titles = ", ".join(f"{entry.number}. {entry.title}" for entry in screen.entries)
    return Panel(
        title=say(language, "gallery.title"),
        entries=tuple(_entry(entry, language) for entry in screen.entries),
        note=gallery_line(screen.sort, language, words=words, style=style),
        rows=_rows(leafing, screen, language),
        sheet=sheet,
        sheet_alt=say(language, "gallery.sheet_alt", titles=titles),
    )


def _entry(entry: GalleryEntry, language: str) -> Entry:
    title = plain(entry.title, most=TITLE_LENGTH)
    author = plain(entry.author, most=NAME_LENGTH) or say(language, "gallery.somebody")
    about = [
        say(language, "gallery.author", author=author),
        say(language, "gallery.pages", count=entry.pages),
        *([plain(entry.style, most=STYLE_LENGTH)] if entry.style else []),
        *([f"♥ {entry.loves}"] if entry.loves else []),
    ]
    alt = entry.alt or say(language, "gallery.cover_alt", title=entry.title)
    text = f"**{entry.number}. {title}**\n{' · '.join(about)}"
    return Entry(text, picture=entry.thumbnail, alt=alt, hidden=entry.spoiler)


def _rows(leafing: Leafing, screen: GalleryScreen, language: str) -> Rows:
    options = [
        option(f"{entry.number}. {entry.title}", entry.story_id, description=entry.author)
        for entry in screen.entries
    ]
    opening = menu("post", placeholder=say(language, "gallery.open"), options=options)
    before, after = (
        replace(leafing, cursor=cursor).subject() for cursor in (screen.before, screen.after)
    )
    steps = [
        button(
            "gallery",
            f"{before}" if screen.before else "-",
            label=say(language, "gallery.back"),
            emoji="◀",
            disabled=not screen.before,
        ),
        button(
            "gallery",
            f"{after}" if screen.after else "+",
            label=say(language, "gallery.further"),
            emoji="▶",
            disabled=not screen.after,
        ),
    ]
    if screen.sort == "random":
        again = replace(leafing, cursor="").subject()
        steps.append(button("shuffle", again, label=say(language, "gallery.shuffle"), emoji="🔀"))
    if not (screen.before or screen.after or screen.sort == "random"):
        return ((opening,),)
    return (opening,), tuple(steps)


def _filtered(leafing: Leafing) -> bool:
    return bool(leafing.words or leafing.author or leafing.style)
