"""``python -m engine``."""

from __future__ import annotations

from engine.cli import end, main

if __name__ == "__main__":
    try:
        main()
    except SystemExit as left:
        end(left.code if isinstance(left.code, int) else 0)
    end(0)
