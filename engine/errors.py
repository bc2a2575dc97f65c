"""Errors the engine can explain in one line; they cross the wire as ``failed`` events."""

from __future__ import annotations


class EngineError(Exception):
    """Something the engine cannot do: ``code`` for machines, ``message`` for people (one line)."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


class ModelFileError(EngineError):
    """A weight file that is missing, damaged or of another shape than the model."""

    def __init__(self, message: str) -> None:
        super().__init__("model_file", message)
