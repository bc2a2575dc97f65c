"""Layouts as JSON, to be kept with a page and given back for the next one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from engine.errors import EngineError
from engine.image.layout import Figure, Layout


def layout_to_json(layout: Layout) -> str:
    """Write a layout; reading it back gives an equal one."""
    return json.dumps(asdict(layout), ensure_ascii=False, separators=(",", ":"))


def layout_from_json(text: str) -> Layout | None:
    """Read a layout, None from ""; raises ``EngineError("bad_input")`` for anything else."""
    if not text:
        return None
    try:
        fields: dict[str, Any] = json.loads(text)
        figures = tuple(Figure(**figure) for figure in fields.pop("figures", ()))
        return Layout(**fields, figures=figures)
    except (ValueError, TypeError, AttributeError):
        raise EngineError("bad_input", "A known page's layout cannot be read.") from None
