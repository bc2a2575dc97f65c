"""Settings: each table of ``config.toml`` with its keys, what is allowed and what holds unsaid.

``bot/config.py`` reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
)

from engine.api.address import short_socket_path

SECRETS = (
    ("engine", "token"),
    ("discord", "token"),
    ("telegram", "token"),
    ("telegram", "webhook_secret"),
)
"""Keys that never stand in the file, only in the environment or in files it names."""


def _split_commas(value: object, info: ValidationInfo) -> object:
    # Only the environment has no lists; in the file a string in a list's place is a mistake.
    if isinstance(value, str) and info.mode == "python":
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


# An account's number; quotes around it are no mistake.
UserId = Annotated[int, Field(gt=0, lt=2**63)]


class Table(BaseModel):
    """One table of ``config.toml``; a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class DatabaseSettings(Table):
    """Where the library is kept."""

    path: str = Field("data/pagewright.db", min_length=1, description="SQLite file")
    busy_timeout_s: float = Field(
        5.0, ge=0, le=600, description="longest wait for another process's lock, 0 to 600"
    )


class EngineSettings(Table):
    """Where the engine is reached and how one is started."""

    address: str = Field(
        "unix:data/engine.sock",
        pattern=r"^(unix:.+|[^:/\s]+:\d{1,5}|\[[0-9A-Fa-f:]+\]:\d{1,5})$",
        description="`unix:PATH` or `HOST:PORT`",
    )
    token: SecretStr = Field(
        SecretStr(""), description="shared with an engine elsewhere; environment only"
    )
    tls_ca: str = Field(
        "", description="file of the certificates that an engine elsewhere may have, or `system`"
    )
    tls_cert: str = Field("", description="certificate of an engine that others reach, PEM file")
    tls_key: str = Field("", description="key of that certificate, PEM file")
    profile: Literal["starter", "classic", "studio"] = Field(
        "starter", description="models: `starter` (embedded), `classic` or `studio`"
    )
    models: str = Field(
        "data/models", min_length=1, description="folder of the profiles that are pulled"
    )
    threads: int = Field(0, ge=0, le=1024, description="CPU threads, 0 to 1024; 0: one a core")
    batch: int = Field(
        0, ge=0, le=64, description="stories at work together, 0 to 64; 0: what the machine bears"
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="where models compute: `auto` (a GPU where there is one), `cpu`, `cuda`"
    )
    compile: bool = Field(
        False, description="have torch.compile speed pictures up on a GPU: true or false"
    )
    start: bool = Field(True, description="start an engine when none answers: true or false")
    start_timeout_s: float = Field(
        60.0, gt=0, le=3600, description="longest wait for a starting engine, up to 3600"
    )
    preview_seconds: float = Field(
        2.0, ge=0, le=60, description="shortest time between previews of a page, 0 to 60"
    )


class DiscordSettings(Table):
    """The Discord front-end."""

    token: SecretStr = Field(SecretStr(""), description="bot token; environment only")
    api_base_url: str = Field(
        "", pattern=r"^(https?://\S+[^/\s])?$", description="another REST root, no slash at the end"
    )
    gateway_url: str = Field(
        "", pattern=r"^(wss?://\S+)?$", description="another gateway, `ws://…` or `wss://…`"
    )
    edit_interval_s: float = Field(
        3.0, ge=0.1, le=600, description="shortest time between live edits, 0.1 to 600"
    )
    renderer: Literal["layout", "embed"] = Field(
        "layout", description="how pages are drawn: `layout` (components) or `embed`"
    )
    message_content: bool = Field(
        False, description="ask for the message content intent: true or false"
    )


class TelegramSettings(Table):
    """The Telegram front-end."""

    token: SecretStr = Field(SecretStr(""), description="bot token; environment only")
    api_base_url: str = Field(
        "", pattern=r"^(https?://\S+[^/\s])?$", description="root of another Bot API server"
    )
    edit_interval_s: float = Field(
        1.5, ge=0.1, le=600, description="shortest time between live edits, 0.1 to 600"
    )
    caption_above: bool = Field(
        False, description="a page's words above its picture: true or false"
    )
    drafts: bool = Field(True, description="stream prose as drafts in private chats: true or false")
    choose_s: float = Field(
        4.0, ge=0, le=60, description="time to choose style and pages, 0 to 60; 0: no choice"
    )
    owners: Annotated[tuple[UserId, ...], BeforeValidator(_split_commas)] = Field(
        (),
        max_length=100,
        description="user ids of those who run the bot, who may what a group's administrators may"
        " (in the environment: separated by commas)",
    )
    webhook_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+/\S+)?$",
        description="address that Telegram calls, `https://HOST/PATH`",
    )
    webhook_listen: str = Field(
        "127.0.0.1:8443",
        pattern=r"^\S+:\d{1,5}$",
        description="`HOST:PORT` where webhook calls arrive",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="what Telegram's calls must carry; environment only"
    )


class LimitSettings(Table):
    """How much one may ask for."""

    pages: int = Field(8, ge=1, le=8, description="most pages in one wish, 1 to 8")
    idea_length: int = Field(
        500, ge=1, le=500, description="most characters of an idea or direction, 1 to 500"
    )
    picture_bytes: int = Field(
        10_000_000, ge=0, le=50_000_000, description="largest picture to start from, in bytes"
    )
    running_per_person: int = Field(1, ge=1, le=100, description="stories at work, 1 to 100")
    queued_per_person: int = Field(3, ge=0, le=1000, description="stories waiting, 0 to 1000")
    queued_per_community: int = Field(
        10, ge=0, le=100_000, description="stories waiting in one server or chat, 0 to 100000"
    )
    running: int = Field(
        4, ge=1, le=1000, description="stories given to the engine at a time, 1 to 1000"
    )
    cooldown_s: float = Field(
        0.0, ge=0, le=86_400, description="rest between two wishes of a person, 0 to 86400"
    )
    daily_budget_s: float = Field(
        0.0, ge=0, le=86_400, description="model seconds a person has a day, 0: without limit"
    )
    keep_deleted_days: int = Field(
        30, ge=0, le=3650, description="days until a deleted story is gone for good, 0 to 3650"
    )


class ModerationSettings(Table):
    """What is refused."""

    blocked_words: Annotated[tuple[str, ...], BeforeValidator(_split_commas)] = Field(
        (),
        description="words no text may hold, `word*` for all that begin so"
        " (in the environment: separated by commas)",
    )
    pictures: Literal["off", "spoiler", "block"] = Field(
        "spoiler", description="flagged pictures: `off`, `spoiler` or `block`"
    )
    unwanted_in_pictures: Annotated[tuple[str, ...], BeforeValidator(_split_commas)] = Field(
        (),
        max_length=32,
        description="up to 32 things that flag a picture, in a few words each"
        " (in the environment: separated by commas)",
    )
    picture_threshold: float = Field(
        0.5, gt=0, lt=1, description="certainty that flags a picture, between 0 and 1"
    )


class MetricsSettings(Table):
    """Figures for a monitoring system."""

    listen: str = Field(
        "", pattern=r"^(\S+:\d{1,5})?$", description="`HOST:PORT` for Prometheus, empty for none"
    )


class LogSettings(Table):
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="`debug`, `info`, `warning` or `error`"
    )
    format: Literal["text", "json"] = Field("text", description="`text` or `json`")


class Settings(Table):
    """All settings; ``source`` is the file they came from, empty for the built-in ones."""

    database: DatabaseSettings = DatabaseSettings()
    engine: EngineSettings = EngineSettings()
    discord: DiscordSettings = DiscordSettings()
    telegram: TelegramSettings = TelegramSettings()
    limits: LimitSettings = LimitSettings()
    moderation: ModerationSettings = ModerationSettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    _source: str = ""
    _base: Path = Path()

    @property
    def source(self) -> str:
        """Return the configuration file's path, or "" for built-in defaults."""
        return self._source

    @property
    def database_path(self) -> Path:
        """Return the database's absolute path."""
        return self._absolute(self.database.path)

    @property
    def models_folder(self) -> Path:
        """Return the absolute folder of the profiles that are pulled."""
        return self._absolute(self.engine.models)

    @property
    def engine_address(self) -> str:
        """Return the engine's address with an absolute socket path short enough to bind."""
        kind, _, path = self.engine.address.partition(":")
        if kind != "unix":
            return self.engine.address
        return f"unix:{short_socket_path(self._absolute(path))}"

    @property
    def engine_security(self) -> tuple[str, str]:
        """Return the file of trusted certificates, "system" or "", and the engine's token."""
        trusted = self.engine.tls_ca
        if trusted not in ("", "system"):
            trusted = str(self._absolute(trusted))
        return trusted, self.engine.token.get_secret_value()

    def engine_guard(self) -> list[str]:
        """Return the options with which an engine is started that others reach."""
        files = {"--tls-cert": self.engine.tls_cert, "--tls-key": self.engine.tls_key}
        given = {name: str(self._absolute(file)) for name, file in files.items() if file}
        return [word for pair in given.items() for word in pair]

    def placed(self, *, source: str, base: Path) -> Settings:
        """Return these settings with relative paths meant from ``base``."""
        copy = self.model_copy()
        copy._source, copy._base = source, base
        return copy

    def _absolute(self, path: str) -> Path:
        return (self._base / Path(path).expanduser()).absolute()


def table_types() -> dict[str, type[Table]]:
    """Return each table's name and type, in the order of ``config.toml``."""
    types: dict[str, Any] = {
        name: field.annotation for name, field in Settings.model_fields.items()
    }
    return types
