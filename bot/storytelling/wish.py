"""What somebody wishes for, and the check that turns it into something the engine can tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import BadInputError
from bot.settings import LimitSettings

# Seeds fit into every platform's number option and stay easy to type again.
MAX_SEED = 2**32 - 1
# What the engine takes as things to avoid; a list of words, not a tale.
MAX_AVOID = 300
# Marks that turn the reading direction: invisible, and able to make a text show as another one.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners hold emoji and several scripts together; other invisible characters are dropped.
_JOINERS = frozenset("\u200c\u200d")


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
        raise BadInputError("The idea is empty: say in a few words what the story is about.")
    avoid = clean_text("list of things to avoid", wish.avoid, most=MAX_AVOID)
    check_words("idea", idea, profile=wish.profile or profile, blocked=blocked)
    check_pages(wish.pages, limits)
    check_seed(wish.seed)
    if len(wish.picture) > limits.picture_bytes:
        raise BadInputError(
            f"The picture has {len(wish.picture)} bytes; the limit is {limits.picture_bytes}:"
            " make it smaller."
        )
    return replace(wish, idea=idea, avoid=avoid, style=wish.style.strip().lower())


def clean_text(name: str, text: str, *, most: int) -> str:
    """Return a text in NFC on one line without invisible characters; refuse what is unreadable."""
    for character in text:
        if _is_unreadable(character):
            raise BadInputError(
                f"The {name} holds the control character U+{ord(character):04X}: take it out."
            )
    visible = (c for c in text if unicodedata.category(c) != "Cf" or c in _JOINERS)
    cleaned = " ".join(unicodedata.normalize("NFC", "".join(visible)).split())
    if not cleaned.strip("".join(_JOINERS) + " "):
        return ""
    if len(cleaned) > most:
        raise BadInputError(
            f"The {name} has {len(cleaned)} characters; the limit is {most}: shorten it."
        )
    return cleaned


def check_words(name: str, text: str, *, profile: str, blocked: Iterable[str]) -> None:
    """Refuse blocked words, and for the starter models what is not in Latin letters."""
    words = f" {_folded(text)} "
    for word in blocked:
        if f" {_folded(word)} " in words:
            raise BadInputError(f'The {name} holds the word "{word}", which is not allowed here.')
    letters = [c for c in text if c.isalpha()]
    latin = sum(unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if profile == "starter" and text and 2 * latin <= len(letters):
        raise BadInputError(
            f"The starter models read English only: write the {name} in English words."
        )


def check_pages(pages: int, limits: LimitSettings) -> None:
    """Refuse a number of pages that is not from 1 to the limit."""
    if not 1 <= pages <= limits.pages:
        raise BadInputError(f"{pages} pages cannot be told: ask for 1 to {limits.pages}.")


def check_seed(seed: int | None) -> None:
    """Refuse a seed that cannot be kept."""
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInputError(f"{seed} is no seed: use a whole number from 0 to {MAX_SEED}.")


def check_style(style: str, styles: Iterable[str]) -> None:
    """Refuse a style that the engine does not have, and name those it has."""
    known = tuple(styles)
    if style and known and style not in known:
        raise BadInputError(f'There is no style "{style[:40]}": choose {_either(known)}.')


def provisional_title(idea: str, *, most: int = 60) -> str:
    """Return the idea, shortened at a word, until the story has a title of its own."""
    if len(idea) <= most:
        return idea
    return idea[: most - 1].rsplit(" ", 1)[0].rstrip(",;:.- ") + "…"


def _is_unreadable(character: str) -> bool:
    kind = unicodedata.category(character)
    return (kind == "Cc" and character not in "\t\n\r") or kind == "Cs" or character in _BIDI


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", letters))


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
