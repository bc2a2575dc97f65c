"""The map of the house, held to the house: what it names is there, and no folder is left out."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PACKAGES = ("bot", "engine", "migrations", "benchmarks", "tests/soak")


def spelt_out(name: str) -> list[str]:
    """Return the paths that ``a/{b,c}.py`` stands for."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    return ["".join(chosen) for chosen in product(*choices)]


def named_paths() -> set[str]:
    """Return the paths from the root that the map names."""
    quoted = re.findall(r"`([\w./{},<>*-]+)`", MAP)
    paths = {path for name in quoted for path in spelt_out(name)}
    return {path for path in paths if path.startswith(PACKAGES) and "/" in path}


def test_every_path_on_the_map_is_there() -> None:
    patterns = {path: re.sub(r"<\w+>", "*", path).rstrip("/") for path in named_paths()}
    assert len(patterns) > 60
    assert [path for path, pattern in patterns.items() if not any(ROOT.glob(pattern))] == []


def test_every_package_is_on_the_map() -> None:
    folders = {
        str(file.parent.relative_to(ROOT))
        for package in PACKAGES
        for file in (ROOT / package).rglob("__init__.py")
    }
    assert sorted(folder for folder in folders if folder not in MAP) == []
