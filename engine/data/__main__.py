"""Render scenes from the command line: ``python -m engine.data OUT --count 24000 --seed 1``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.data.dataset import render_dataset
from engine.data.sheet import contact_sheet
from engine.data.sprites import FontMissingError


def _report(ready: int, count: int) -> None:
    print(f"{ready} of {count} scenes", flush=True)


def main() -> int:
    """Render a data set and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.data", description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the data set, or the sheet's file")
    parser.add_argument("--sheet", action="store_true", help="render a contact sheet instead")
    parser.add_argument("--count", type=int, default=24_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=128, help="pixels of a side")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    try:
        if args.sheet:
            contact_sheet(args.seed).save(args.out, quality=88)
            return 0
        render_dataset(args.out, args.count, args.seed, args.processes, size=args.size,
                       progress=_report)
    except (FontMissingError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
