"""The whole pack by one command: each recipe in a process of its own, beside others where it can.

Small networks leave most of a large GPU idle, and each recipe waits now and then for a CPU: so what
does not wait for another's result runs beside it. Where it stands is kept in ``runs/all.json``; a
run that was stopped goes on with the same command.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.machine import usable_cores
from engine.profiles import record_sums
from engine.training.common import STOP, TrainOptions, write_text

STATE = "all.json"
# A recipe that was told to stop writes its checkpoint and its weights first.
STOPPING_SECONDS = 60.0
_BESIDE = 4  # recipes at work together, as a rule


@dataclass(frozen=True)
class Part:
    """A recipe's ``share`` of the whole time, and the recipes whose results it needs."""

    name: str
    share: float
    after: tuple[str, ...] = ()


# The longest chain is data, vqgan, codes, draft: 0.86 of the time; loading takes the rest.
PARTS = (
    Part("data", 0.2),
    Part("vqgan", 0.2, ("data",)),
    Part("judge", 0.2, ("data",)),
    Part("layout", 0.06, ("data",)),
    Part("story", 0.4, ("data",)),
    Part("codes", 0.04, ("vqgan",)),
    Part("clip", 0.3, ("vqgan",)),
    Part("draft", 0.42, ("codes",)),
    Part("decoder", 0.28, ("codes", "clip")),
)
MINUTES = {"gpu": 25.0, "cpu": 360.0}


def train(options: TrainOptions) -> None:
    """Train all recipes within a budget in minutes; raises ``EngineError`` where one failed.

    On a CPU they take their turns. Told to stop, each recipe keeps what it has.
    """
    _Run(options).run()


class _Run:
    """One run: what is done, what is at work, what has failed."""

    def __init__(self, options: TrainOptions) -> None:
        self.options = options
        self.minutes = options.minutes or MINUTES[options.preset]
        self.beside = len(PARTS) if options.device.type == "cuda" else 1
        self.path = options.runs / STATE
        self.done: list[str] = []
        self.failed: list[str] = []
        self.working: dict[str, subprocess.Popen[bytes]] = {}
        if options.resume and self.path.exists():
            self.done = list(json.loads(self.path.read_text("utf-8"))["done"])

    def run(self) -> None:
        """Start what can be started, until all is done, nothing can go on, or it has to stop."""
        self.options.runs.mkdir(parents=True, exist_ok=True)
        try:
            while not STOP.is_set():
                for part in list(self._ready())[: self.beside - len(self.working)]:
                    self._start(part)
                if not self.working:
                    break
                time.sleep(0.2)
                self._look()
        except KeyboardInterrupt:
            STOP.set()
        finally:
            self._stop_all()
        self._conclude()

    def _ready(self) -> Iterator[Part]:
        """Yield what has all that it needs and was not begun."""
        for part in PARTS:
            begun = part.name in (*self.done, *self.failed, *self.working)
            if not begun and set(part.after) <= set(self.done):
                yield part

    def _start(self, part: Part) -> None:
        log = self.options.runs / f"{part.name}.out"
        print(f"{part.name}: begins, {part.share * self.minutes:.1f} min; {log}", flush=True)
        cores = usable_cores()
        threads = cores if self.beside == 1 else max(1, cores // _BESIDE)
        with log.open("ab") as out:
            # In a group of its own: what stops this process tells it in good order.
            self.working[part.name] = subprocess.Popen(  # noqa: S603
                self._command(part), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                start_new_session=True, env=os.environ | {"OMP_NUM_THREADS": str(threads)},
            )  # fmt: skip

    def _command(self, part: Part) -> Sequence[str]:
        options = self.options
        places = {"--out": options.out, "--runs": options.runs, "--data": options.data}
        if options.corpus is not None:
            places["--corpus"] = options.corpus
        numbers = {
            "--preset": options.preset, "--seed": options.seed,
            "--minutes": part.share * self.minutes,
        }  # fmt: skip
        pairs = [(k, str(v)) for k, v in {**places, **numbers}.items()]
        # Going on is what --fresh is not: its choice was made when the first recipe began.
        fresh = [] if options.resume else ["--fresh"]
        words = [word for pair in pairs for word in pair]
        return [sys.executable, "-m", "engine", "train", part.name, *words, *fresh]

    def _look(self) -> None:
        """Take note of what has ended."""
        for name, process in list(self.working.items()):
            code = process.poll()
            if code is None:
                continue
            del self.working[name]
            if STOP.is_set():
                continue
            (self.failed if code else self.done).append(name)
            print(f"{name}: {f'failed with {code}' if code else 'done'}", flush=True)
            write_text(self.path, json.dumps({"done": self.done}) + "\n")

    def _stop_all(self) -> None:
        """Stop what is still at work, and wait until it has put away what it did."""
        for process in self.working.values():
            process.terminate()
        deadline = time.monotonic() + STOPPING_SECONDS
        for process in self.working.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                # With whoever works for it.
                os.killpg(process.pid, signal.SIGKILL)
        self.working.clear()

    def _conclude(self) -> None:
        """Record the files' sums, or say what is missing."""
        if STOP.is_set():
            raise EngineError("stopped", "stopped; the same command goes on from here")
        if self.failed:
            raise EngineError("failed", _told(self.options.runs, self.failed))
        record_sums(self.options.out)


def _told(runs: Path, failed: Sequence[str]) -> str:
    """Return one line that tells which recipes failed, and where they say why."""
    log = runs / f"{failed[0]}.out"
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    own = [line for line in lines if line.startswith("pagewright engine: ")]
    why = (own or lines or ["nothing"])[-1].removeprefix("pagewright engine: ")
    return f"{', '.join(failed)} failed; the end of {log}: {why}"
