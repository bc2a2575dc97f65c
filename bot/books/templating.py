"""The books' templates, and the package's own files as they are."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(name: str, **values: object) -> str:
    """Fill a template; all that is not marked safe in it is escaped, for HTML and XML alike."""
    return _environment().get_template(name).render(**values)


def source(name: str) -> str:
    """Return one of the package's own files as it is, without reading it as a template."""
    environment: Any = _environment()
    text: str = environment.loader.get_source(environment, name)[0]
    return text


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("bot.books"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
