"""Build hook: generates the gRPC stubs of the engine's protocol beside their proto file."""

from __future__ import annotations

from pathlib import Path

from setuptools import Command, setup
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError

ROOT = Path(__file__).resolve().parent
PROTO = "engine/api/story_engine.proto"


def generate_stubs() -> None:
    """Write ``story_engine_pb2.py``, its ``.pyi`` and ``story_engine_pb2_grpc.py``."""
    # Imported late: reading the project's metadata needs no compiler.
    from grpc_tools import protoc

    # The proto's path from the root makes the stubs import each other as `from engine.api import`.
    arguments = [f"--proto_path={ROOT}"]
    arguments += [f"--{kind}={ROOT}" for kind in ("python_out", "pyi_out", "grpc_python_out")]
    if protoc.main(["protoc", *arguments, str(ROOT / PROTO)]) != 0:
        raise ExecError(f"protoc could not compile {PROTO}; its own message stands above")


class GenerateStubs(Command):
    """Generate the stubs alone: ``python setup.py generate_stubs``."""

    description = "generate the gRPC stubs from engine/api/story_engine.proto"
    user_options: list[tuple[str, str | None, str]] = []  # noqa: RUF012

    def initialize_options(self) -> None:
        """Nothing to set."""

    def finalize_options(self) -> None:
        """Nothing to check."""

    def run(self) -> None:
        """Generate."""
        generate_stubs()


class BuildWithStubs(build_py):
    """Build Python modules, the generated ones among them, in wheels and editable installs."""

    def run(self) -> None:
        """Generate the stubs before modules are collected."""
        generate_stubs()
        super().run()


setup(cmdclass={"build_py": BuildWithStubs, "generate_stubs": GenerateStubs})
