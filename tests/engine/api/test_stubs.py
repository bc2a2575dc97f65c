from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_build_hook_generates_stubs_that_import_each_other_by_package(tmp_path: Path) -> None:
    (tmp_path / "engine/api").mkdir(parents=True)
    for name in ("setup.py", "engine/__init__.py", "engine/api/story_engine.proto"):
        shutil.copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "setup.py", "--quiet", "generate_stubs"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    made = {path.name for path in (tmp_path / "engine/api").glob("*_pb2*")}
    assert made == {"story_engine_pb2.py", "story_engine_pb2.pyi", "story_engine_pb2_grpc.py"}
    stubs = (tmp_path / "engine/api/story_engine_pb2_grpc.py").read_text()
    assert "from engine.api import story_engine_pb2" in stubs
