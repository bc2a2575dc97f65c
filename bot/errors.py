"""Errors a user can cause or meet, each with its exit code and one clear line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNAVAILABLE = 69
EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130


class PagewrightError(Exception):
    """Something that went wrong, said in one line: what, where, what to do."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInputError(PagewrightError):
    """A wish, option or file that cannot be used."""

    exit_code = EXIT_USAGE


class WordedError(BadInputError):
    """A refusal that chats word in a person's own language; ``message`` words it in English.

    ``kind`` is what it is about, ``values`` what its wording names.
    """

    def __init__(self, message: str, kind: str, **values: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.values: Mapping[str, str] = MappingProxyType(values)


class UnavailableError(PagewrightError):
    """Something Pagewright depends on is down: the engine, a platform, the disk."""

    exit_code = EXIT_UNAVAILABLE


class ConfigError(PagewrightError):
    """A wrong key or value in the configuration, or a database this code cannot use."""

    exit_code = EXIT_CONFIG
