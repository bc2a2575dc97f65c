"""Message catalogues: what the bots say, by key and language.

A catalogue is the TOML files of one folder, ``texts/<language>/<section>.toml``; a key is
``"section.name"``. A table with ``one`` and ``other`` is worded by the number ``count``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent / "texts"
DEFAULT = "en"
LANGUAGES = ("en", "de", "es", "fr", "ja")


def say(language: str, key: str, **values: object) -> str:
    """Return a message in a language ("de", "pt-BR", …), else in English.

    Raises ``KeyError`` for a key that no catalogue has, and for a value that is missing.
    """
    message = catalogue(nearest(language)).get(key) or catalogue(DEFAULT)[key]
    if not isinstance(message, str):
        message = message["one" if values.get("count") == 1 else "other"]
    return message.format_map(values)


def nearest(language: str) -> str:
    """Return the catalogue's language for a platform's language tag."""
    root = language.lower().replace("_", "-").partition("-")[0]
    return root if root in LANGUAGES else DEFAULT


@cache
def catalogue(language: str) -> Mapping[str, str | Mapping[str, str]]:
    """Return all messages of a language by their keys."""
    messages: dict[str, str | Mapping[str, str]] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        for name, message in tomllib.loads(path.read_text("utf-8")).items():
            messages[f"{path.stem}.{name}"] = message
    return MappingProxyType(messages)
