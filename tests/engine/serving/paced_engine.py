"""A real engine process around a studio without models: ``python -m … ADDRESS [options]``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from engine.api.address import parse_address
from engine.errors import ModelFileError
from engine.serving.guard import Guard
from engine.serving.server import ServeOptions, serve
from tests.engine.serving.paced import PacedStudio


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("--pages", type=int, default=10_000)
    parser.add_argument("--previews", type=int, default=2)
    parser.add_argument("--load-seconds", type=float, default=0.0)
    parser.add_argument("--idle-exit", type=float, default=0.0)
    parser.add_argument("--damaged", action="store_true")
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--tls", nargs=3, metavar=("CERT", "KEY", "TOKEN"))
    arguments = parser.parse_args()

    def load() -> PacedStudio:
        time.sleep(arguments.load_seconds)
        if arguments.damaged:
            raise ModelFileError("story.safetensors is damaged: restore it.")
        studio = PacedStudio(pages=arguments.pages, previews=arguments.previews)
        if arguments.deaf:
            studio.page = lambda number: time.sleep(600)  # type: ignore[assignment, return-value]
        return studio

    options = ServeOptions(
        address=parse_address(arguments.address),
        profile="paced",
        styles=("storybook",),
        idle_exit=arguments.idle_exit,
        guard=arguments.tls and guard(*arguments.tls),
    )
    return serve(options, load)


def guard(certificate: str, key: str, token: str) -> Guard:
    return Guard(Path(certificate).read_bytes(), Path(key).read_bytes(), token)


if __name__ == "__main__":
    raise SystemExit(main())
