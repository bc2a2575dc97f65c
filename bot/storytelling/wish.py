"""What somebody wishes for, and the check that turns it into something the engine can tell."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import BadInputError, WordedError
from bot.settings import LimitSettings
from bot.storytelling.english import is_foreign
from bot.storytelling.letters import BLANKS
from bot.storytelling.moderation import BlockedWordError
from bot.storytelling.picture_input import too_large
from bot.storytelling.word_list import word_list

# Seeds fit into every platform's number option and stay easy to type again.
MAX_SEED = 2**32 - 1
# What the engine takes as things to avoid; a list of words, not a tale.
MAX_AVOID = 300
# Marks that turn the reading direction of what follows: able to make a text show as another one.
# The weak ones (U+200E, U+200F, U+061C) come with right-to-left keyboards and are only dropped.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners hold emoji and several scripts together; other invisible characters are dropped.
_JOINERS = frozenset("\u200c\u200d")
# Accents upon one letter; no script needs more, and a tower of them covers the lines around it.
_MOST_ACCENTS = 4
_LAST_LATIN = 0x024F


@dataclass(frozen=True)
class StoryWish:
    """A wish for a story; ``seed`` None draws one, ``dedup_key`` makes a repeat harmless.

    ``picture`` holds PNG, JPEG or WebP bytes that the first page's picture starts from.
    """

    idea: str
    style: str = ""
    avoid: str = ""
    pages: int = 4
    seed: int | None = None
    picture: bytes = b""
    community: str = "console"
    person: str = "console"
    dedup_key: str = ""
    mode: Literal["solo", "open"] = "solo"
    text_only: bool = False
    profile: str = ""


def check_wish(
    wish: StoryWish,
    limits: LimitSettings,
    *,
    profile: str = "starter",
    blocked_words: Iterable[str] = (),
) -> StoryWish:
    """Return the wish with its texts cleaned; raise ``BadInputError`` saying what to change.

    The style is checked by ``check_style`` where the engine's styles are known.
    """
    blocked = tuple(blocked_words)
    idea = clean_text("idea", wish.idea, most=limits.idea_length)
    if not idea:
        raise WordedError(
            "The idea is empty: say in a few words what the story is about.", "idea_empty"
        )
    avoid = clean_text("list of things to avoid", wish.avoid, most=MAX_AVOID)
    profile = wish.profile or profile
    check_words("idea", idea, profile=profile, blocked=blocked, told=True)
    check_pages(wish.pages, limits)
    check_seed(wish.seed)
    if len(wish.picture) > limits.picture_bytes:
        raise too_large(len(wish.picture), limits.picture_bytes)
    return replace(wish, idea=idea, avoid=avoid, style=wish.style.strip().lower())


def clean_text(name: str, text: str, *, most: int) -> str:
    """Return a text in NFC on one line without invisible characters; refuse what is unreadable.

    Joiners stay between the letters and emoji that need them, and accents up to four a letter.
    """
    for character in text:
        if _is_unreadable(character):
            code = f"U+{ord(character):04X}"
            if unicodedata.category(character) == "Cs":
                # What a command line makes of bytes that are no text.
                raise BadInputError(f"The {name} is not UTF-8 text: write it in that encoding.")
            raise WordedError(
                f"The {name} holds the control character {code}: take it out.",
                "control",
                code=code,
            )
    cleaned = " ".join(unicodedata.normalize("NFC", _visible(text)).split())
    if not any(_shows(c) for c in cleaned):
        return ""
    if len(cleaned) > most:
        raise WordedError(
            f"The {name} has {len(cleaned)} characters; the limit is {most}: shorten it.",
            "too_long",
            length=str(len(cleaned)),
            most=str(most),
        )
    return cleaned


def _visible(text: str) -> str:
    """Return a text in NFD without characters that show nothing or cover the lines around."""
    kept: list[str] = []
    accents = 0
    for character in unicodedata.normalize("NFD", text):
        if character in BLANKS:
            character = " "
        accents = accents + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        hidden = unicodedata.category(character) == "Cf" and character not in _JOINERS
        if hidden or accents > _MOST_ACCENTS or (character in _JOINERS and not _joins(kept)):
            continue
        kept.append(character)
    while kept and kept[-1] in _JOINERS:
        kept.pop()
    return "".join(kept)


def _joins(before: list[str]) -> bool:
    """Say whether a joiner has something in front of it: an emoji, or a letter beyond Latin."""
    last = before[-1] if before else " "
    if unicodedata.category(last) in ("Mn", "Mc", "Me", "Sk", "So"):
        return True
    return last.isalpha() and ord(last) > _LAST_LATIN


def _shows(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS"


def check_words(
    name: str, text: str, *, profile: str, blocked: Iterable[str], told: bool = False
) -> None:
    """Refuse blocked words, and for the starter models what is not in Latin letters.

    ``told``: the models are to tell it, so it must be English as well.
    """
    if entry := word_list(tuple(blocked)).find(text):
        raise BlockedWordError(name, entry)
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if profile == "starter" and text and (2 * latin <= len(letters) or (told and is_foreign(text))):
        raise WordedError(
            f"The starter models read English only: write the {name} in English words.",
            "english_only",
        )


def check_pages(pages: int, limits: LimitSettings) -> None:
    """Refuse a number of pages that is not from 1 to the limit."""
    if not 1 <= pages <= limits.pages:
        raise WordedError(
            f"{pages} pages cannot be told: ask for 1 to {limits.pages}.",
            "page_count",
            pages=str(pages),
            most=str(limits.pages),
        )


def check_seed(seed: int | None) -> None:
    """Refuse a seed that cannot be kept."""
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInputError(f"{seed} is no seed: use a whole number from 0 to {MAX_SEED}.")


def check_style(style: str, styles: Iterable[str]) -> None:
    """Refuse a style that the engine does not have, and name those it has."""
    known = tuple(styles)
    if style and known and style not in known:
        raise WordedError(
            f'There is no style "{style[:40]}": choose {_either(known)}.',
            "no_style",
            style=style[:40],
            styles=", ".join(known),
        )


def provisional_title(idea: str, *, most: int = 60) -> str:
    """Return the idea, shortened at a word, until the story has a title of its own."""
    if len(idea) <= most:
        return idea
    return idea[: most - 1].rsplit(" ", 1)[0].rstrip(",;:.- ") + "…"


def _is_unreadable(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind == "Cc" and character not in "\t\n\r") or kind == "Cs" or character in _BIDI


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
