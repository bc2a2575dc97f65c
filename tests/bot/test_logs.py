from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import set_up_logging, without
from bot.settings import LogSettings

TELEGRAM = "123456789:AAE" + "x" * 32


@pytest.fixture(autouse=True)
def same_logging_afterwards() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def logged(settings: LogSettings, message: str, *, secrets: tuple[str, ...] = ()) -> str:
    stream = io.StringIO()
    set_up_logging(settings, secrets=secrets, stream=stream)
    try:
        raise ValueError(f"no such address /bot{TELEGRAM}/getMe")
    except ValueError:
        logging.getLogger("bot").warning(message, exc_info=True)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_token_gets_into_the_log_not_even_in_a_traceback(form: str) -> None:
    settings = LogSettings(format=form)  # type: ignore[arg-type]
    told = logged(settings, f"refused abc.def.ghi and {TELEGRAM}", secrets=("abc.def.ghi", ""))
    assert "abc.def.ghi" not in told
    assert TELEGRAM not in told
    assert "refused [token] and [token]" in told
    assert "ValueError" in told


def test_json_lines_can_be_read_one_by_one() -> None:
    (line,) = logged(LogSettings(format="json"), "a\nb").splitlines()
    read = json.loads(line)
    assert (read["level"], read["logger"], read["message"]) == ("warning", "bot", "a\nb")
    assert read["traceback"].startswith("Traceback")


def test_libraries_that_name_addresses_are_quiet_at_every_level() -> None:
    set_up_logging(LogSettings(level="debug"), stream=io.StringIO())
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("fontTools.subset").isEnabledFor(logging.INFO)
    assert logging.getLogger("bot").isEnabledFor(logging.DEBUG)


def test_ordinary_numbers_and_colons_stay() -> None:
    assert without("at 12345:30 it rained, 2026-11-21 10:00:00", ()) == (
        "at 12345:30 it rained, 2026-11-21 10:00:00"
    )
