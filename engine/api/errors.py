"""Errors of the wire; a story that fails is an event, not one of these."""

from __future__ import annotations


class EngineGoneError(Exception):
    """The engine cannot be reached, or went away in the middle: one line, what and where."""


class AddressError(ValueError):
    """An engine address that cannot be used: one line, what is wrong and what to write."""
