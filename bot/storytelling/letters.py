"""Reads a text as signs: which letters each of its characters may be meant to stand for.

Case, accents, full-width and ornamental letters, letters of other scripts that look alike, and
figures in a letter's place ("b4d", "ваd", "𝓫𝓪𝓭") all come out as the same letters. The tables hold
the pairs that are in use to slip past word lists, in the spirit of Unicode's confusables (UTS 39).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

ANY = "*"
Gap = Literal["", "inner", "space", "edge"]
"""What else a sign may be: part of a word only, a mark inside a word, a space, a word's edge."""

_LOOK_ALIKE = {
    "аɑɐᴀꓮᎪ": "a", "вьъʙɓꓐᏴᏏ": "b", "сᴄϲꓚᏟ": "c", "дԁᴅɖɗđꓓᎠ": "d", "еєэᴇəɘǝɛɜәꓰᎬ": "e",
    "ғꜰƒꓝ": "f", "ɢɡɠցꓖᏀ": "g", "нһңʜɥɦħհꓧᎻ": "h", "іɪıɨꓲᎥᏆ": "i", "јᴊյꓙᎫ": "j",
    "кқҝᴋκꓗᏦ": "k", "ʟɫɭłլꓡᏞ": "l", "мᴍɱꓟᎷ": "m", "пиɴɲŋɳոηπꓠ": "n", "оөᴏøɵօθφꓳ": "o",
    "рᴘƥρꓑᏢ": "p", "ԛզ": "q", "гґяʀɹɾɽꓣᎡᏒ": "r", "ѕꜱʂƨꓢᏚᏕ": "s", "тᴛʇŧƭʈτꓔᎢ": "t",
    "цᴜսυꓴ": "u", "ѵᴠνꓦᏙ": "v", "шщᴡʍωꓪᏔᏇ": "w", "хҳχꓫ": "x", "уүұʏʎƴγꓬ": "y",
    "ᴢʐƶζꓜᏃ": "z", "α": "a", "β": "b", "δ": "d", "ε": "e", "ι": "i", "λ": "la", "ο": "o",
    "σ": "so", "μ": "mu", "ӏ": "li", "ɔ": "co", "ɯ": "mw", "ʌ": "va", "ʋ": "uv", "ð": "do",
    "þ": "pb", "ξ": "e",
}  # fmt: skip
_LETTERS = {sign: letters for signs, letters in _LOOK_ALIKE.items() for sign in signs}
# Capitals that look like other letters than their small forms do.
_CAPITALS = {"Η": "h", "Ν": "n", "Ρ": "p", "Υ": "y", "Λ": "a", "Σ": "e", "Μ": "m", "И": "n"}
_PAIRS = {"æ": "ae", "œ": "oe", "ĳ": "ij"}
_FIGURES = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b",
    "9": "g",
}  # fmt: skip
_SYMBOLS = {
    "@": "a", "$": "s", "!": "il", "|": "il", "¡": "i", "€": "e", "£": "l", "¢": "c", "©": "c",
    "®": "r", "¥": "y", "+": "t", "†": "t", "×": "x", "∂": "d", "∩": "n", "∪": "u", "∀": "a",
    "∃": "e",
}  # fmt: skip
_APOSTROPHES = frozenset("'’‘ʼ`´′＇")
# What stands behind an apostrophe in plain English: "he'll" is not the word without it.
_CONTRACTED = frozenset(("s", "t", "d", "m", "ll", "re", "ve", "em", "all", "am", "er", "clock"))
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that show nothing."""
_UNSEEN = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_VOICED = frozenset("\u3099\u309a")  # these tell one Japanese letter from another
_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x312F), (0x31A0, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sign:
    """One visible character.

    ``letters`` it may stand for (``ANY``: all of them), the plainest first; ``sure`` where it is a
    letter beyond doubt; ``gap`` where it may also stand between letters or words; ``edge`` where a
    word may end in front of it and begin behind it; ``figure`` for a number; ``capital`` for a
    letter written large; ``unspaced`` where its script writes no spaces.
    """

    letters: str = ""
    sure: bool = False
    gap: Gap = ""
    edge: bool = False
    figure: bool = False
    capital: bool = False
    unspaced: bool = False

    @property
    def is_exclamation(self) -> bool:
        """Say whether it is "!" or "|", which mark a word's edge wherever they stand."""
        return self.letters == "il" and not self.sure


_SPACE = Sign(gap="space", edge=True)
_MARK = Sign(gap="inner", edge=True)
_APOSTROPHE = Sign(gap="inner", edge=True)
_CONTRACTION = Sign(gap="edge", edge=True)


def read_signs(text: str) -> list[Sign]:
    """Read a text as signs; invisible characters and accents leave none."""
    signs: list[Sign] = []
    for character in text:
        signs.extend(_read(character))
    return [_in_context(signs, place) for place in range(len(signs))]


@lru_cache(maxsize=4096)
def _read(character: str) -> tuple[Sign, ...]:
    if character in BLANKS or character.isspace():
        return (_SPACE,)
    emblem = _emblem(character)
    plain = unicodedata.normalize("NFKD", emblem or character)
    found = (_read_plain(c) for c in plain if not _is_unseen(c))
    return tuple(sign for signs in found for sign in signs)


def _is_unseen(character: str) -> bool:
    kind = unicodedata.category(character)
    accent = unicodedata.combining(character) and character not in _VOICED
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return kind in ("Cf", "Me") or bool(accent) or selector or character in _UNSEEN


def _emblem(character: str) -> str:
    """Return the letter in a flag's half or in a dark circle or square, else ""."""
    code = ord(character)
    for first in (0x1F1E6, 0x1F150, 0x1F170):
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    return ""


def _read_plain(character: str) -> tuple[Sign, ...]:
    if character in _APOSTROPHES:
        return (_APOSTROPHE,)
    if character == "*":
        return (Sign(letters=ANY, gap="inner", edge=True),)
    if character in _SYMBOLS:
        return (Sign(letters=_SYMBOLS[character], gap="inner", edge=True),)
    figure = unicodedata.digit(character, -1)
    if figure >= 0:
        letters = f"{figure}{_FIGURES[str(figure)]}"
        return (Sign(letters=letters, gap="edge", edge=True, figure=True),)
    if character.isspace():
        return (_SPACE,)
    if unicodedata.category(character)[0] not in "LM":
        return (_MARK,)
    return _read_letter(character)


def _read_letter(character: str) -> tuple[Sign, ...]:
    small = character.casefold()
    small = _PAIRS.get(small, small)
    unspaced = any(first <= ord(character) <= last for first, last in _UNSPACED)
    capital = character.isupper()
    alike = [_LETTERS.get(c, c) for c in small]
    if character in _CAPITALS and len(alike) == 1:
        alike[0] = "".join(dict.fromkeys(alike[0] + _CAPITALS[character]))
    return tuple(Sign(x, sure=True, capital=capital, unspaced=unspaced) for x in alike)


def _in_context(signs: list[Sign], place: int) -> Sign:
    """Return a sign with what its neighbours make of it."""
    sign = signs[place]
    before = signs[place - 1] if place else None
    after = signs[place + 1] if place + 1 < len(signs) else None
    if sign is _APOSTROPHE:
        return _CONTRACTION if _is_contraction(signs, place) else sign
    if sign.letters == ANY:
        return sign if _is_masked(signs, place) else _MARK
    flanked = before is not None and after is not None and before.sure and after.sure
    if sign.figure and before and after and before.figure and after.figure:
        return replace(sign, edge=False, gap="")  # the inside of a number
    if sign.letters and not sign.sure:
        return replace(sign, edge=sign.is_exclamation or not flanked)
    if sign.letters == "i" and sign.capital and _follows_small(signs, place):
        return replace(sign, letters="il")
    if sign.letters == "l" and _among_consonants(before, after):
        return replace(sign, letters="li")
    if sign.letters == "v" and flanked and _among_consonants(before, after):
        return replace(sign, letters="vu")
    return sign


def _follows_small(signs: list[Sign], place: int) -> bool:
    """Say whether a capital I stands behind a small letter, where a small L was to be expected."""
    first = place - 1
    while first >= max(0, place - 3) and signs[first].capital and signs[first].letters == "i":
        first -= 1
    return first >= 0 and signs[first].sure and not signs[first].capital


def _among_consonants(before: Sign | None, after: Sign | None) -> bool:
    """Say whether a letter has others beside it, and no vowel among them."""
    beside = [sign for sign in (before, after) if sign and sign.sure]
    return bool(beside) and not any(set(sign.letters) & set("aeiouy") for sign in beside)


def _is_masked(signs: list[Sign], place: int) -> bool:
    """Say whether an asterisk stands inside a word, for a letter that was left out."""
    first = last = place
    # A row of them is read from either end, but no further than any word goes.
    while first > 0 and place - first < 8 and signs[first].letters == ANY:
        first -= 1
    while last + 1 < len(signs) and last - place < 8 and signs[last].letters == ANY:
        last += 1
    return signs[first].sure and signs[last].sure


def _is_contraction(signs: list[Sign], place: int) -> bool:
    """Say whether what follows an apostrophe is the end of a contracted word."""
    begun = place
    while begun > 0 and place - begun < 12 and signs[begun - 1].sure:
        begun -= 1
    if begun == place or (begun > 0 and signs[begun - 1] is _APOSTROPHE):
        return False
    tail = ""
    for sign in signs[place + 1 : place + 7]:
        if not sign.sure:
            break
        tail += sign.letters[0]
    return tail in _CONTRACTED
