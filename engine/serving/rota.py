"""Turns between the jobs of one thread: a slice of one, then of the next."""

from __future__ import annotations

from collections.abc import Callable, Generator

from engine.api.events import PaintState, StoryDone, StoryEvent
from engine.serving.fair_queue import FairQueue
from engine.serving.job import Job

# So many events a stopped job may still make; only its state is passed on.
AFTER_STOP = 64

Slices = Generator[StoryEvent | None, None, None]


class Task:
    """A job's generator; ``tell`` takes its events, ``end`` what it ended with (None: well)."""

    def __init__(
        self,
        job: Job,
        slices: Slices,
        *,
        tell: Callable[[StoryEvent], None],
        end: Callable[[Exception | None], None],
    ) -> None:
        self.job = job
        self.slices = slices
        self.tell = tell
        self.end = end
        self.left = AFTER_STOP

    @property
    def community(self) -> str:
        """Where it was asked for."""
        return self.job.community

    @property
    def person(self) -> str:
        """Who asked."""
        return self.job.person


class Rota:
    """Runs tasks by turns, fair to communities and people.

    A generator gives way with each event. One that yields None has nothing to do until ``wake``:
    its pictures are at work elsewhere.
    """

    def __init__(self) -> None:
        self._ready: FairQueue[Task] = FairQueue()
        self._waiting: list[Task] = []

    @property
    def idle(self) -> bool:
        """Whether no task can do anything until ``wake``."""
        return not len(self._ready)

    @property
    def busy(self) -> bool:
        """Whether there are tasks at all."""
        return bool(len(self._ready) or self._waiting)

    def add(self, task: Task) -> None:
        """Let a task take part."""
        self._ready.put(task)

    def wake(self) -> None:
        """Let all tasks that wait look again."""
        for task in self._waiting:
            self._ready.put(task)
        self._waiting.clear()

    def turn(self) -> None:
        """Run one slice of the task whose turn it is."""
        task = self._ready.take()
        if task is None:
            return
        self._ready.done(task)
        try:
            going_on = self._slice(task)
        except Exception as error:
            task.end(error)
        else:
            if not going_on:
                task.end(None)

    def _slice(self, task: Task) -> bool:
        """Run to the next event; False at the end."""
        for event in task.slices:
            if event is None:
                self._waiting.append(task)
                return True
            if not task.job.stopped.is_set():
                task.tell(event)
            else:
                task.left -= 1
                if isinstance(event, PaintState):
                    task.tell(event)
            if isinstance(event, StoryDone) or not task.left:
                break
            self._ready.put(task)
            return True
        task.slices.close()
        return False
