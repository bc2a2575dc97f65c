from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from bot.config import load_settings
from bot.errors import EXIT_CONFIG, ConfigError
from bot.settings import Settings
from engine.api.address import short_socket_path


def load(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ=environ)


def refusal(tmp_path: Path, text: str = "", **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, **environ)
    assert caught.value.exit_code == EXIT_CONFIG
    assert "\n" not in caught.value.message
    return caught.value.message


def test_without_a_file_built_in_values_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    settings = load_settings(environ={})
    assert settings.source == ""
    assert settings.database_path == tmp_path / "share/pagewright/data/pagewright.db"


def test_the_file_is_named_by_option_then_environment_then_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, pages in (("here", 1), ("variable", 2), ("option", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text(f"[limits]\npages = {pages}")
    monkeypatch.chdir(tmp_path / "here")
    variable = {"PAGEWRIGHT_CONFIG": str(tmp_path / "variable" / "config.toml")}
    assert load_settings(environ={}).limits.pages == 1
    assert load_settings(environ=variable).limits.pages == 2
    option = tmp_path / "option" / "config.toml"
    assert load_settings(option, environ=variable).limits.pages == 3
    with pytest.raises(ConfigError, match="no configuration file nowhere"):
        load_settings(Path("nowhere"), environ={})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[engine]\nthreads = 2\n[limits]\npages = 3\n[moderation]\nblocked_words = ["a", "b"]',
        PAGEWRIGHT_ENGINE__THREADS="5",
        PAGEWRIGHT_ENGINE__START="false",
        PAGEWRIGHT_MODERATION__BLOCKED_WORDS="darn, heck",
    )
    assert (settings.engine.threads, settings.engine.start, settings.limits.pages) == (5, False, 3)
    assert settings.moderation.blocked_words == ("darn", "heck")


def test_plain_names_set_keys_and_the_long_ones_win(tmp_path: Path) -> None:
    api, gateway = "http://127.0.0.1:8/api/v10", "ws://127.0.0.1:8/gateway"
    environ = {
        "DISCORD_TOKEN": "plain",
        "DISCORD_API_BASE_URL": api,
        "DISCORD_GATEWAY_URL": gateway,
        "TELEGRAM_API_BASE_URL": "http://127.0.0.1:9",
        "TELEGRAM_TOKEN": "1:plain",
        "PAGEWRIGHT_TELEGRAM__TOKEN": "1:long",
    }
    settings = load(tmp_path, **environ)
    assert (settings.discord.api_base_url, settings.discord.gateway_url) == (api, gateway)
    assert settings.telegram.api_base_url == "http://127.0.0.1:9"
    assert settings.discord.token.get_secret_value() == "plain"
    assert settings.telegram.token.get_secret_value() == "1:long"
    assert "plain" not in repr(settings)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from file\n")
    settings = load(
        tmp_path,
        DISCORD_TOKEN_FILE=str(tmp_path / "token"),
        PAGEWRIGHT_TELEGRAM__TOKEN_FILE=str(tmp_path / "token"),
    )
    assert settings.discord.token.get_secret_value() == "from file"
    assert settings.telegram.token.get_secret_value() == "from file"
    missing = {"DISCORD_TOKEN_FILE": "nowhere"}
    assert "DISCORD_TOKEN_FILE names nowhere" in refusal(tmp_path, **missing)


def test_secrets_are_refused_in_the_file_and_not_repeated(tmp_path: Path) -> None:
    message = refusal(tmp_path, '[discord]\ntoken = "abc123"')
    assert "secrets do not belong" in message
    assert "DISCORD_TOKEN_FILE" in message
    assert "abc123" not in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[engine]\nthread = 1", 'unknown key engine.thread; did you mean "threads"?'),
        ("[engin]\nthreads = 1", 'unknown table [engin]; did you mean "engine"?'),
        ("[weather]\nrain = 1", "unknown table [weather]; known: database, engine,"),
        ("[engine]\nthreads = 'x'", 'engine.threads is "x"; allowed: CPU threads, 0 to 1024'),
        ("[engine]\nthreads = '4'", 'engine.threads is "4"; allowed:'),
        ("[engine]\nthreads = true", "engine.threads is true; allowed:"),
        ("[engine]\nthreads = -1", "engine.threads is -1; allowed:"),
        ("[limits]\npages = 99", "limits.pages is 99; allowed: most pages in one wish, 1 to 8"),
        ("[engine]\nprofile = 'big'", 'engine.profile is "big"; allowed: models: `starter`'),
        ("[engine]\naddress = 'engine.sock'", "allowed: `unix:PATH` or `HOST:PORT`"),
        ("[moderation]\nblocked_words = 'a'", "moderation.blocked_words"),
        ("[log]\nlevel = 2024-01-01", 'log.level is "2024-01-01"; allowed:'),
        ("engine = 5", "engine must be a table, written [engine]"),
        ("threads = 5", "unknown table [threads]"),
        ("[engine\n", "is not valid TOML"),
        ("[engine]\nthreads = 1\nthreads = 2", "is not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    message = refusal(tmp_path, text)
    assert told in message
    assert message.startswith(str(tmp_path / "config.toml"))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PAGEWRIGHT_ENGINE__THREADS", "x", 'PAGEWRIGHT_ENGINE__THREADS is "x"; allowed:'),
        ("PAGEWRIGHT_ENGINE__THRED", "1", 'did you mean "PAGEWRIGHT_ENGINE__THREADS"?'),
        ("PAGEWRIGHT_WEATHER__RAIN", "1", "sets no known key"),
        ("PAGEWRIGHT_ENGINE__START", "maybe", "start an engine when none answers"),
    ],
)
def test_a_mistake_in_the_environment_is_one_line(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    assert told in refusal(tmp_path, **{name: value})


def test_bytes_that_are_no_text_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe[engine]")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load_settings(path, environ={})


def test_a_long_socket_path_has_a_short_stand_in_that_can_be_bound(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    address = load(deep).engine_address
    path = Path(address.removeprefix("unix:"))
    assert len(os.fsencode(path)) < 104
    assert address == load(deep).engine_address
    other = tmp_path / ("keep" * 30) / "engine.sock"
    assert short_socket_path(other) != path
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(path))
    finally:
        path.unlink()
        path.parent.rmdir()
    assert load(tmp_path).engine_address == f"unix:{tmp_path}/data/engine.sock"


def test_an_engine_elsewhere_keeps_its_address(tmp_path: Path) -> None:
    text = '[engine]\naddress = "gpu.lan:50051"'
    assert load(tmp_path, text).engine_address == "gpu.lan:50051"
