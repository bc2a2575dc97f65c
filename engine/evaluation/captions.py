"""The captions that pictures are measured with: prompts written by hand."""

from __future__ import annotations

from pathlib import Path

CAPTIONS = Path(__file__).with_name("captions.txt")


def load_captions() -> tuple[str, ...]:
    """Return the captions written by hand, one hundred of them."""
    lines = CAPTIONS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
