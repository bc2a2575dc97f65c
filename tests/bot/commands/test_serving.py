from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bot.chat import metrics
from bot.commands.serving import chosen_platforms
from bot.config import load_settings
from bot.errors import BadInputError, ConfigError
from bot.settings import Settings


def settings_with(tmp_path: Path, *tokens: str) -> Settings:
    config = tmp_path / "config.toml"
    config.write_text("")
    return load_settings(config, environ={f"{name}_TOKEN": "1:b" for name in tokens})


def test_every_platform_with_a_token_is_served(tmp_path: Path) -> None:
    both = settings_with(tmp_path, "DISCORD", "TELEGRAM")
    assert chosen_platforms(both, ()) == ("discord", "telegram")
    assert chosen_platforms(both, ["telegram"]) == ("telegram",)
    one = settings_with(tmp_path, "TELEGRAM")
    assert chosen_platforms(one, ()) == ("telegram",)


def test_a_missing_token_is_named_with_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="DISCORD_TOKEN or TELEGRAM_TOKEN"):
        chosen_platforms(settings_with(tmp_path), ())
    one = settings_with(tmp_path, "TELEGRAM")
    with pytest.raises(ConfigError, match="DISCORD_TOKEN_FILE"):
        chosen_platforms(one, ["discord"])


def test_an_unknown_platform_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match='no platform "irc"'):
        chosen_platforms(settings_with(tmp_path, "DISCORD"), ["irc"])


def test_a_port_that_is_taken_for_metrics_is_a_wrong_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"metrics\.listen"):
            metrics.listen(f"127.0.0.1:{taken.getsockname()[1]}")
