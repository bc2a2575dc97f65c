from __future__ import annotations

import pytest

from bot.library.ids import ALPHABET, iso, new_id, read_id


def test_ids_are_short_readable_and_different() -> None:
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(len(i) == 8 and set(i) <= set(ALPHABET) and read_id(i) == i for i in ids)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(" 0K3Z ", "0k3z"), ("oil0", "0110"), ("u", ""), ("", ""), ("123456789", ""), ("a-b", "")],
)
def test_ids_are_read_as_people_type_them(typed: str, meant: str) -> None:
    assert read_id(typed) == meant


def test_moments_are_written_in_utc() -> None:
    assert iso(1_700_000_000_123) == "2023-11-14T22:13:20Z"
