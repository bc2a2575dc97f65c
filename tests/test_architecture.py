"""The map of the house, held to the house: all it names is there, no folder left out, no circle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PACKAGES = ("bot", "engine", "migrations", "benchmarks", "tests/soak")


FILES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for package in ("bot", "engine")
    for file in (ROOT / package).rglob("*.py")
}


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


def imports_of(file: Path) -> Iterator[str]:
    """Give the modules of the house that a file imports: on top, late, or for types alone."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom) and node.module:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from named & FILES.keys() or {node.module} & FILES.keys()


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: set(imports_of(file)) for module, file in FILES.items()}
    assert sum(map(len, graph.values())) > 1500
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle
