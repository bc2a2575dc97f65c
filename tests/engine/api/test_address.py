from __future__ import annotations

from pathlib import Path

import pytest

from engine.api.address import default_address, parse_address
from engine.api.errors import AddressError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("unix:/run/p/engine.sock", "unix:/run/p/engine.sock"),
        ("unix:///run/p/engine.sock", "unix:/run/p/engine.sock"),
        (" localhost:50051 ", "localhost:50051"),
        ("[::1]:50051", "[::1]:50051"),
    ],
)
def test_addresses_are_read(text: str, target: str) -> None:
    assert parse_address(text).target == target


def test_a_relative_socket_is_of_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_address("unix:engine.sock").socket == tmp_path / "engine.sock"


@pytest.mark.parametrize(
    "text",
    ["", "foo", "unix:", ":1", "host:", "host:0", "host:65536", "host:x", "unix:/" + "x" * 107],
)
def test_what_is_no_address_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(AddressError) as error:
        parse_address(text)
    assert len(str(error.value).splitlines()) == 1


def test_the_default_is_a_socket_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert default_address() == "unix:/run/user/1/pagewright/engine.sock"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert parse_address(default_address()).socket is not None
