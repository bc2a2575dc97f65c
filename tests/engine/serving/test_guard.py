"""An engine that others reach over a network: TLS, and a token with each call."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.api.client import EngineClient
from engine.api.errors import AddressError, EngineGoneError
from engine.api.events import StoryDone, TellRequest
from engine.api.security import Security, read_security
from engine.serving.guard import TOKEN_VARIABLE, read_guard
from tests.ports import free_port

TOKEN = "a token that nobody guesses"  # noqa: S105


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a certificate of 127.0.0.1 that signs itself, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="module")
def address(certificate: tuple[Path, Path]) -> Iterator[str]:
    """Run a guarded engine without models."""
    address = f"127.0.0.1:{free_port()}"
    cert, key = map(str, certificate)
    command = [sys.executable, "-m", "tests.engine.serving.paced_engine", address]
    with subprocess.Popen([*command, "--tls", cert, key, TOKEN]) as engine:
        yield address
        engine.terminate()


def client_for(address: str, certificate: tuple[Path, Path], token: str) -> EngineClient:
    return EngineClient(address, security=Security(token, certificate[0].read_bytes()))


async def test_who_has_the_token_is_served(address: str, certificate: tuple[Path, Path]) -> None:
    client = client_for(address, certificate, TOKEN)
    try:
        assert await client.wait_healthy(60)
        events = [e async for e in client.tell(TellRequest(job_id="a", idea="a fox", pages=1))]
        assert isinstance(events[-1], StoryDone)
        assert (await client.status()).device == "none"
    finally:
        await client.close()


@pytest.mark.parametrize("token", ["", "another token altogether"])
async def test_who_has_another_token_is_refused(
    address: str, certificate: tuple[Path, Path], token: str
) -> None:
    known, stranger = (client_for(address, certificate, t) for t in (TOKEN, token))
    try:
        assert await known.wait_healthy(60)
        assert not await stranger.healthy(5)
        with pytest.raises(EngineGoneError, match="another token"):
            await stranger.status()
        with pytest.raises(EngineGoneError, match="another token"):
            [e async for e in stranger.tell(TellRequest(job_id="b", idea="a fox", pages=1))]
    finally:
        await known.close()
        await stranger.close()


async def test_who_speaks_without_tls_or_trusts_others_gets_nothing(
    address: str, certificate: tuple[Path, Path]
) -> None:
    known = client_for(address, certificate, TOKEN)
    plain, wary = EngineClient(address), EngineClient(address, security=Security(TOKEN))
    try:
        assert await known.wait_healthy(60)
        assert not await plain.healthy(2)
        assert not await wary.healthy(2)
    finally:
        for client in (known, plain, wary):
            await client.close()


def test_half_of_what_a_guard_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (TOKEN_VARIABLE, f"{TOKEN_VARIABLE}_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert read_guard(None, None) is None
    file = tmp_path / "file.pem"
    file.write_text("x")
    with pytest.raises(AddressError, match="token"):
        read_guard(file, file)
    monkeypatch.setenv(TOKEN_VARIABLE, "short")
    with pytest.raises(AddressError, match="16 characters"):
        read_guard(file, file)
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with pytest.raises(AddressError, match="--tls-cert"):
        read_guard(None, None)
    with pytest.raises(AddressError, match="cannot be read"):
        read_guard(tmp_path / "missing.pem", file)
    guard = read_guard(file, file)
    assert guard is not None
    assert TOKEN not in repr(guard)


def test_a_token_never_travels_without_tls(tmp_path: Path) -> None:
    assert read_security("", "") is None
    assert read_security("system", TOKEN) == Security(TOKEN)
    assert TOKEN not in repr(read_security("system", TOKEN))
    with pytest.raises(AddressError, match="needs TLS"):
        read_security("", TOKEN)
    with pytest.raises(AddressError, match="cannot be read"):
        read_security(str(tmp_path / "missing.pem"), TOKEN)
