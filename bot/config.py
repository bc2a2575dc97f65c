"""Reads the settings from ``config.toml`` and the environment; a mistake is one clear line."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.errors import ConfigError
from bot.settings import SECRETS, Settings, table_types

PREFIX = "PAGEWRIGHT_"
CONFIG_VARIABLE = "PAGEWRIGHT_CONFIG"
# Names that other people's scripts set; the long form PAGEWRIGHT_<TABLE>__<KEY> wins.
PLAIN_VARIABLES = {
    "ENGINE_TOKEN": ("engine", "token"),
    "DISCORD_TOKEN": ("discord", "token"),
    "DISCORD_API_BASE_URL": ("discord", "api_base_url"),
    "DISCORD_GATEWAY_URL": ("discord", "gateway_url"),
    "TELEGRAM_TOKEN": ("telegram", "token"),
    "TELEGRAM_API_BASE_URL": ("telegram", "api_base_url"),
    "TELEGRAM_WEBHOOK_SECRET": ("telegram", "webhook_secret"),
}


def load_settings(
    config: Path | None = None, *, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read the settings: ``config``, else ``PAGEWRIGHT_CONFIG``, ``./config.toml`` or defaults.

    The environment wins over the file. Raises ``ConfigError`` naming place, key and remedy.
    """
    path = _find_config(config, environ)
    in_file = _read_file(path) if path else {}
    _validate(in_file, origin=f"{path}", strict=True)
    in_environment, names = _read_environment(environ)
    merged = {
        table: {**in_file.get(table, {}), **in_environment.get(table, {})}
        for table in table_types()
    }
    settings = _validate(merged, origin="environment", names=names)
    base = path.absolute().parent if path else default_base()
    return settings.placed(source=str(path or ""), base=base)


def default_base() -> Path:
    """Return the folder that relative paths start from when there is no configuration file."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "pagewright"


def _find_config(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    if named is None:
        return Path("config.toml") if Path("config.toml").is_file() else None
    if not named.is_file():
        raise ConfigError(
            f"There is no configuration file {named}: correct --config or {CONFIG_VARIABLE}."
        )
    return named


def _read_file(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    for table, key in SECRETS:
        if isinstance(data.get(table), dict) and key in data[table]:
            plain = f"{table}_{key}".upper()
            raise ConfigError(
                f"{path}: secrets do not belong into the file: remove {table}.{key}"
                f" and set {plain} or {plain}_FILE in the environment."
            )
    return data


def _read_environment(
    environ: Mapping[str, str],
) -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], str]]:
    values: dict[str, dict[str, str]] = {}
    names: dict[tuple[str, str], str] = {}
    for name, (table, key) in _variables(environ):
        value = environ[name]
        if name.endswith("_FILE") and (table, key) in SECRETS:
            value = _read_secret(name, value)
        values.setdefault(table, {})[key] = value
        names[table, key] = name
    return values, names


def _variables(environ: Mapping[str, str]) -> list[tuple[str, tuple[str, str]]]:
    """Return the variables that set keys, weakest first, so that later ones win."""
    plain = dict(PLAIN_VARIABLES)
    files = {f"{t}_{k}_FILE".upper(): (t, k) for t, k in SECRETS}
    long_files = {f"{PREFIX}{t}__{k}_FILE".upper(): (t, k) for t, k in SECRETS}
    found = [
        (name, plain_or_file[name])
        for plain_or_file in (files, plain, long_files)
        for name in plain_or_file
        if environ.get(name)
    ]
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name and name not in long_files:
            table, _, key = name.removeprefix(PREFIX).lower().partition("__")
            _check_known(table, key, name)
            found.append((name, (table, key)))
    return found


def _check_known(table: str, key: str, name: str) -> None:
    types = table_types()
    known = [f"{PREFIX}{t}__{k}".upper() for t, kind in types.items() for k in kind.model_fields]
    if table not in types or key not in types[table].model_fields:
        raise ConfigError(f"{name} in the environment sets no known key{_nearest(name, known)}")


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise ConfigError(f"{name} names {path}, which cannot be read: {reason}.") from None


def _validate(
    data: Mapping[str, Any],
    *,
    origin: str,
    strict: bool = False,
    names: Mapping[tuple[str, str], str] | None = None,
) -> Settings:
    try:
        if strict:
            # By way of JSON, so that strictness still takes an array for a tuple.
            return Settings.model_validate_json(json.dumps(data, default=str), strict=True)
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(_explain(dict(first), data, origin, names or {})) from None


def _explain(
    error: dict[str, Any],
    data: Mapping[str, Any],
    origin: str,
    names: Mapping[tuple[str, str], str],
) -> str:
    table, key = [*(str(part) for part in error["loc"]), "", ""][:2]
    types = table_types()
    if table not in types:
        return f"{origin}: unknown table [{table}]{_nearest(table, types)}"
    fields = types[table].model_fields
    if not key:
        return f"{origin}: {table} must be a table, written [{table}]."
    if key not in fields:
        return f"{origin}: unknown key {table}.{key}{_nearest(key, fields)}"
    name = names.get((table, key))
    where = name if name else f"{origin}: {table}.{key}"
    shown = "" if (table, key) in SECRETS else f" is {json.dumps(data[table][key], default=str)}"
    return f"{where}{shown}; allowed: {fields[key].description}."


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(known)}." if len(known) <= 12 else "."
