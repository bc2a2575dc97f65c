"""Where a screen of the gallery begins, as a short text that fits into a button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bot.errors import WordedError

Sort = Literal["newest", "loved", "random", "best"]
# A story's place in an order, and how many numbers say it; the last one is always its serial.
KEY_LENGTHS: dict[Sort, int] = {"newest": 1, "loved": 2, "random": 2, "best": 2}
_LETTERS: dict[str, Sort] = {"n": "newest", "l": "loved", "r": "random", "b": "best"}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEXT = re.compile(r"([nlrb])([az])((?:[0-9a-z]{1,13}\.){1,3})([0-9a-z])")
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Cursor:
    """A screen's edge: the stories ``after`` (or before) the one with ``key`` in an order.

    ``start`` is where a random order begins, 0 in the others.
    """

    sort: Sort
    key: tuple[int, ...]
    after: bool = True
    start: int = 0

    def encode(self) -> str:
        """Return the cursor as at most 39 letters, digits and dots."""
        letter = next(letter for letter, sort in _LETTERS.items() if sort == self.sort)
        numbers = (*self.key, self.start) if self.sort == "random" else self.key
        body = "".join(f"{_in_base_36(number)}." for number in numbers)
        text = f"{letter}{'a' if self.after else 'z'}{body}"
        return text + _check_digit(text)


def decode(text: str) -> Cursor:
    """Return the cursor that was encoded; raise ``BadInputError`` for anything else."""
    found = _TEXT.fullmatch(text)
    if not found or _check_digit(text[:-1]) != text[-1]:
        raise _nonsense()
    sort = _LETTERS[found[1]]
    numbers = [int(digits, 36) for digits in found[3].split(".") if digits]
    start = numbers.pop() if sort == "random" else 0
    if len(numbers) != KEY_LENGTHS[sort] or max(*numbers, start) > _LARGEST:
        raise _nonsense()
    return Cursor(sort, tuple(numbers), after=found[2] == "a", start=start)


def _nonsense() -> WordedError:
    return WordedError("This is no place in the gallery: open the gallery again.", "gallery_place")


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


def _check_digit(text: str) -> str:
    # Two exchanged or mistyped characters change it: 37 is prime and above 36.
    total = sum(place * ord(char) for place, char in enumerate(text, start=1))
    return _DIGITS[total % 37 % 36]
