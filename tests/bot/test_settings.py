from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bot.config import PLAIN_VARIABLES, load_settings
from bot.settings import SECRETS, Settings, table_types

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config.toml"
DOCUMENTATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")


def keys() -> list[tuple[str, str]]:
    return [(table, key) for table, kind in table_types().items() for key in kind.model_fields]


def test_the_file_in_the_repository_says_the_built_in_values() -> None:
    settings = load_settings(CONFIG, environ={})
    assert settings.model_dump() == Settings().model_dump()
    assert settings.database_path == ROOT / "data" / "pagewright.db"


def test_the_file_holds_every_key_with_a_comment() -> None:
    data = tomllib.loads(CONFIG.read_text("utf-8"))
    assert [(t, k) for t, values in data.items() for k in values] == [
        pair for pair in keys() if pair not in SECRETS
    ]
    lines = CONFIG.read_text("utf-8").splitlines()
    assert all("#" in line for line in lines if re.match(r"\w+ =", line))


def test_the_documentation_has_a_row_for_every_key_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", DOCUMENTATION, re.MULTILINE))
    assert list(rows) == [f"{table}.{key}" for table, key in keys()]
    for table, key in keys():
        field = table_types()[table].model_fields[key]
        assert field.description
        assert field.description in rows[f"{table}.{key}"]
        if (table, key) not in SECRETS:
            default = getattr(getattr(Settings(), table), key)
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert f"`{shown}`" in rows[f"{table}.{key}"] or default in ("", ())
    for name in PLAIN_VARIABLES:
        assert f"`{name}`" in DOCUMENTATION
