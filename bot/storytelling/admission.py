"""Lets a job into the queue, or says in one line why not and until when."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import BadInputError, WordedError
from bot.library import budgets, jobs
from bot.library.database import Connection
from bot.library.ids import now_ms as present_ms
from bot.library.library import is_dead
from bot.library.records import JobRecord
from bot.settings import LimitSettings
from bot.storytelling.estimates import measure

RefusalKind = Literal["person_queue", "community_queue", "cooldown", "budget"]


class RefusedError(BadInputError):
    """A wish that cannot be taken now; ``seconds`` until it can, None where nobody knows."""

    def __init__(self, kind: RefusalKind, message: str, *, seconds: float | None = None) -> None:
        super().__init__(message)
        self.kind: RefusalKind = kind
        self.seconds = seconds


@dataclass(frozen=True)
class Limits:
    """How much a person and a community may ask for; zero seconds mean no limit of that sort."""

    running_per_person: int = 1
    queued_per_person: int = 3
    queued_per_community: int = 10
    cooldown_s: float = 0.0
    daily_budget_s: float = 0.0

    @classmethod
    def from_settings(
        cls,
        settings: LimitSettings,
        *,
        queued_per_person: int | None = None,
        queued_per_community: int | None = None,
        cooldown_s: float | None = None,
        daily_budget_s: float | None = None,
    ) -> Limits:
        """Return ``config.toml``'s limits with what a community sets for itself."""
        per_person, per_community = queued_per_person, queued_per_community
        return cls(
            running_per_person=settings.running_per_person,
            queued_per_person=settings.queued_per_person if per_person is None else per_person,
            queued_per_community=(
                settings.queued_per_community if per_community is None else per_community
            ),
            cooldown_s=settings.cooldown_s if cooldown_s is None else cooldown_s,
            daily_budget_s=settings.daily_budget_s if daily_budget_s is None else daily_budget_s,
        )


@dataclass(frozen=True)
class _Size:
    kind: str
    text_only: int
    pages: int


async def admit(
    connection: Connection, job: JobRecord, *, limits: Limits, now_ms: int | None = None
) -> JobRecord:
    """Put a new job into the queue, in the caller's write transaction, and charge its estimate.

    Returns it as it was kept, or the job that came with the same dedup key before. Raises
    ``RefusedError`` where its person or community asks for too much; then nothing was written.
    """
    known = await jobs.by_dedup_key(connection, job.dedup_key) if job.dedup_key else None
    if known is not None:
        return known
    now = present_ms() if now_ms is None else now_ms
    charge = await _check(connection, job, limits, now)
    job = replace(job, state="queued", charged_ms=charge, charged_day=budgets.day_of(now))
    await jobs.insert(connection, job, now=now)
    await budgets.charge(connection, job.person_id, job.charged_day, charge)
    return job


async def readmit(
    connection: Connection, job: JobRecord, *, limits: Limits, now_ms: int | None = None
) -> JobRecord:
    """Put a job that failed or was cancelled back into the queue; finished pages stay.

    An unfinished one is returned as it is. Raises ``BadInputError`` for one that is done, and
    ``RefusedError`` as ``admit`` does, but that there is no cooldown before a further try.
    """
    if job.state == "done":
        raise WordedError(
            f"The story {job.story_id} is finished: continue it instead.", "told_already"
        )
    now = present_ms() if now_ms is None else now_ms
    if job.state in ("queued", "running"):
        return job
    charge = await _check(connection, job, replace(limits, cooldown_s=0.0), now)
    await jobs.ask_again(connection, job.id, charged_ms=charge, day=budgets.day_of(now))
    return await jobs.get(connection, job.id) or job


async def _check(connection: Connection, job: JobRecord, limits: Limits, now: int) -> int:
    """Return what the job is charged, in milliseconds, where it may be asked for."""
    await _check_person(connection, job.person_id, limits)
    await _check_community(connection, job.community_id, limits)
    await _check_cooldown(connection, job.person_id, limits, now)
    return await _check_budget(connection, job, limits, now)


async def _check_person(connection: Connection, person: str, limits: Limits) -> None:
    most = limits.running_per_person + limits.queued_per_person
    unfinished = await jobs.of_person(connection, person)
    # What a dead console left lying keeps nobody from a new story.
    lively = [job for job in unfinished if job.state == "queued" or not is_dead(job.lease_owner)]
    if len(lively) >= most:
        raise RefusedError(
            "person_queue",
            f"{len(lively)} of your stories are being told or waiting already: wait for one,"
            " or cancel it.",
        )


async def _check_community(connection: Connection, community: str, limits: Limits) -> None:
    waiting = await jobs.count_waiting(connection, community)
    # Every job waits for a moment, also where nobody is to wait for longer.
    if waiting >= max(1, limits.queued_per_community):
        raise RefusedError(
            "community_queue",
            f"{waiting} stories wait here already: try again when one of them is done.",
        )


async def _check_cooldown(connection: Connection, person: str, limits: Limits, now: int) -> None:
    last = await jobs.last_asked_ms(connection, person) if limits.cooldown_s else None
    left = limits.cooldown_s - (now - last) / 1000 if last is not None else 0.0
    if left > 0:
        raise RefusedError(
            "cooldown", f"Take a breath: the next wish is possible in {_span(left)}.", seconds=left
        )


async def _check_budget(connection: Connection, job: JobRecord, limits: Limits, now: int) -> int:
    size = _Size(job.kind, job.text_only, job.last_page - job.first_page + 1)
    charge = round(1000 * (await measure(connection)).seconds(size))
    budget = round(1000 * limits.daily_budget_s)
    used = await budgets.used_ms(connection, job.person_id, budgets.day_of(now)) if budget else 0
    if not budget or used + charge <= budget:
        return charge
    if charge > budget:
        raise RefusedError(
            "budget",
            f"This would take about {_span(charge / 1000)}, more than the"
            f" {_span(budget / 1000)} a day that everyone has here: ask for fewer pages.",
        )
    left = budgets.seconds_to_next_day(now)
    raise RefusedError(
        "budget",
        f"This would take about {_span(charge / 1000)}, but {_span(max(0, budget - used) / 1000)}"
        f" of your {_span(budget / 1000)} a day are left: a new day begins in {_span(left)}.",
        seconds=left,
    )


def _span(seconds: float) -> str:
    whole = math.ceil(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{math.ceil(whole / 60)} min" if whole < 7200 else f"{math.ceil(whole / 3600)} h"
