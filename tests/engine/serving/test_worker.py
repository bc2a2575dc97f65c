from __future__ import annotations

import logging

import pytest

from engine.errors import EngineError
from engine.serving.worker import explain


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (EngineError("busy", "Later.", retryable=True), "busy", True),
        (MemoryError(), "out_of_memory", False),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 GB"), "out_of_memory", False),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "out_of_memory", False),
        (ValueError("no such size\nsecond line"), "bad_input", False),
        (KeyError("surprise"), "internal", True),
    ],
)
def test_every_error_becomes_one_line_with_a_code(
    error: Exception, code: str, *, retryable: bool
) -> None:
    failed = explain(error)
    assert (failed.code, failed.retryable) == (code, retryable)
    assert len(failed.message.splitlines()) == 1


def test_what_nobody_foresaw_goes_to_the_log_with_its_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise ZeroDivisionError("surprise")
    except ZeroDivisionError as error:
        with caplog.at_level(logging.ERROR):
            failed = explain(error)
    assert "surprise" not in failed.message
    assert "ZeroDivisionError: surprise" in caplog.text
    assert "test_worker.py" in caplog.text
