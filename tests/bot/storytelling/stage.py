"""A library with a bot and an engine on it, real processes that can be killed and begun again."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from bot.library.database import fetch_all
from bot.library.library import Library
from tests.bot.storytelling import plain_engine, worker_bot
from tests.bot.storytelling.queued import submit, submit_for

# Forked from a process that has imported everything already.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.bot.storytelling.plain_engine", "tests.bot.storytelling.worker_bot"]
)

FIRST_SEED = 1000


@dataclass
class Stage:
    """A library with an engine's address; what runs on it, and what was asked for."""

    folder: Path
    ideas: tuple[str, ...] = ("a fox", "an owl", "two bears")
    running: dict[str, BaseProcess] = field(default_factory=dict)
    asked: int = 0
    followed_up: set[str] = field(default_factory=set)

    @property
    def path(self) -> Path:
        return self.folder / "library.db"

    @property
    def address(self) -> str:
        return f"unix:{self.folder / 'engine.sock'}"

    def start_engine(self, *, die_after: int = 0, delay_s: float = 0.0, seed: int = 0) -> None:
        self._start("engine", plain_engine.run, self.address, delay_s, seed, die_after)

    def start_bot(self, *, die_after: int = 0, die_at_statement: int = 0) -> None:
        self._start("bot", worker_bot.run, self.path, self.address, die_after, die_at_statement, 2)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.join()

    def kill_all(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def wait_for_death(self, name: str, *, seconds: float = 120.0) -> int | None:
        process = self.running.pop(name)
        process.join(seconds)
        code = process.exitcode
        process.kill()
        process.join()
        return code

    def _start(self, name: str, target: object, *arguments: object) -> None:
        process = PROCESSES.Process(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        process.start()
        self.running[name] = process

    async def ask(self, library: Library, stories: int) -> None:
        """Wish for stories, and for another picture or telling of pages of finished ones."""
        for _ in range(stories):
            person, place = f"person {self.asked % 3}", f"place {self.asked % 2}"
            idea, seed = self.ideas[self.asked % len(self.ideas)], FIRST_SEED + self.asked
            await submit(library, person=person, community=place, idea=idea, pages=2, seed=seed)
            self.asked += 1
        for story_id, seed, first, second in await finished(library):
            number = seed - FIRST_SEED
            if story_id not in self.followed_up and number % 3:
                self.followed_up.add(story_id)
                more = {"first_page": 2, "last_page": 2, "base_page_id": first, "seed": number}
                kind = "redraw" if number % 3 == 1 else "retry"
                target = {"target_page_id": second} if kind == "redraw" else {}
                await submit_for(library, story_id, kind=kind, **more, **target)


async def finished(library: Library) -> list[tuple[str, int, str, str]]:
    """Return story, seed and the ids of both pages of each finished telling."""
    async with library.database.read() as connection:
        rows = await fetch_all(
            connection,
            "SELECT s.id, j.seed, p.id, q.id FROM jobs j JOIN stories s ON s.id = j.story_id"
            " JOIN pages p ON p.job_id = j.id AND p.number = 1"
            " JOIN pages q ON q.job_id = j.id AND q.number = 2"
            " WHERE j.state = 'done' AND j.kind = 'tell' ORDER BY s.serial",
        )
    return [tuple(row) for row in rows]


def count_unfinished(path: Path) -> int:
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        query = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"
        return int(connection.execute(query).fetchone()[0])


def all_made(path: Path) -> list[tuple[object, ...]]:
    """Return everything that was made, but for ids and moments."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT t.seed, s.idea, s.title, j.kind, j.state, p.number, p.text, p.prompt, p.seed,"
            " p.chosen, i.image, i.alt, i.latents, i.layout_json, i.seed, i.clip_score, i.thumbnail"
            " FROM pictures i JOIN pages p ON p.id = i.page_id JOIN jobs j ON j.id = i.job_id"
            " JOIN stories s ON s.id = p.story_id"
            " JOIN jobs t ON t.story_id = s.id AND t.kind = 'tell'"
            " ORDER BY t.seed, j.serial, p.number"
        ).fetchall()
