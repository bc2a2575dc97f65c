from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import bot
from bot.chat.texts import DEFAULT, LANGUAGES, catalogue, nearest, say

CODE = Path(bot.__file__).parent
# The name of a library's logger looks like a key as well.
KEY = re.compile(r'(?<!getLogger\()"([a-z_]+\.[a-z0-9_]+)"')
Message = str | Mapping[str, str]


def wordings(message: Message) -> Iterator[str]:
    yield from [message] if isinstance(message, str) else message.values()


def values(message: Message) -> set[str]:
    parts = [part for text in wordings(message) for part in string.Formatter().parse(text)]
    return {name for _, name, _, _ in parts if name is not None}


def keys_in_code() -> set[str]:
    sections = {key.partition(".")[0] for key in catalogue(DEFAULT)}
    folders = [CODE / name for name in ("chat", "discord", "telegram")]
    found = {
        key
        for folder in folders
        for path in folder.rglob("*.py")
        for key in KEY.findall(path.read_text("utf-8"))
    }
    return {key for key in found if key.partition(".")[0] in sections}


def test_every_message_that_the_code_names_is_in_the_catalogue() -> None:
    assert keys_in_code() - set(catalogue(DEFAULT)) == set()


def test_every_message_of_the_catalogue_is_named_in_the_code() -> None:
    assert set(catalogue(DEFAULT)) - keys_in_code() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_message_with_the_same_values(language: str) -> None:
    english, theirs = catalogue(DEFAULT), catalogue(language)
    assert set(theirs) == set(english)
    for key, message in english.items():
        assert values(theirs[key]) == values(message), key
        assert isinstance(theirs[key], str) == isinstance(message, str), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_neither_empty_nor_padded(language: str) -> None:
    for key, message in catalogue(language).items():
        for text in wordings(message):
            assert text.strip() == text != "", key


def test_a_message_is_worded_by_number_and_nearest_language() -> None:
    assert say("en", "job.minutes", count=1) == "about a minute"
    assert say("en-GB", "job.minutes", count=3) == "about 3 minutes"
    assert say("pt-BR", "button.cancel") == "Cancel"
    assert say("de_AT", "button.cancel") == "Abbrechen"
    assert nearest("") == "en"


def test_an_unknown_message_or_a_missing_value_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("en", "page.nothing")
    with pytest.raises(KeyError):
        say("en", "page.by")
