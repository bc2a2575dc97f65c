"""A hundred private chats and thirty groups on Telegram at once: how the bot process bears them.

The bot is the real process with its real library; Telegram is the tests' loopback server with
flood control as it is commonly met (a message a second and chat, twenty a minute and group, thirty
a second in all), the models are stood in for (``paper_engine``).
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Figure, figure
from benchmarks.house import peak_mib
from benchmarks.running import quantile, running_bot
from tests.bot.telegram.loopback import Limits, Loopback, Message, Person

CHATS, GROUPS = 100, 30
PAGES, PAGE_S, ALONE = 2, 0.05, 3
START_S, PATIENCE_S = 30.0, 120.0
LAG_MS, MEMORY_MB = 50.0, 200.0
_PAGE = re.compile(r"Page (\d+)/(\d+) ")


@dataclass
class Load:
    """What a load showed: waits (s) of one story alone, and of each story in the crowd."""

    alone: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    stories: int = 0
    lost: int = 0
    repeated: int = 0
    floods: int = 0
    ignored: int = 0
    calls: int = 0
    lag_p99_ms: float = 0.0
    peak_mib: float = 0.0

    @property
    def per_place(self) -> float:
        """Return the time (s) that each place in the queue took."""
        return max(self.waits) / len(self.waits)

    @property
    def least_per_place(self) -> float:
        """Return what Telegram's limit for a whole bot makes of it at the least, in seconds."""
        return self.calls / self.stories / Limits().overall


def measure_telegram_load(
    folder: Path, *, chats: int = CHATS, groups: int = GROUPS
) -> list[Figure]:
    """Let everybody wish for a story in the same moment, and measure how the bot bears it."""
    house = folder / "telegram"
    house.mkdir()
    load = asyncio.run(_measure(house, chats, groups))
    name = f"Telegram, {chats} private chats and {groups} groups at once"
    alone = f"alone {statistics.median(load.alone):.2f} s"
    return [
        figure(
            f"{name}: time per place in the queue", "s", [load.per_place],
            against="3 x Telegram's 30 calls a second", base=3 * load.least_per_place,
            note=f"{load.calls} calls for {load.stories} stories of {PAGES} pages",
        ),
        figure(
            f"{name}: wait for the last page", "s", load.waits, against="", base=0.0, note=alone
        ),
        figure(f"{name}: finals lost", "", [float(load.lost)], against="0", base=0.0),
        figure(f"{name}: finals repeated", "", [float(load.repeated)], against="0", base=0.0),
        figure(
            f"{name}: refused for flooding", "", [float(load.floods)], against="0", base=0.0,
            note=f"{load.ignored} of them asked again too early",
        ),
        figure(
            f"{name}: event loop lag, p99", "ms", [load.lag_p99_ms],
            against=f"{LAG_MS:g} ms", base=LAG_MS,
        ),
        figure(
            f"{name}: bot memory, peak", "MiB", [load.peak_mib],
            against=f"{MEMORY_MB:g} MB", base=MEMORY_MB * 1e6 / 2**20,
        ),
    ]  # fmt: skip


async def _measure(house: Path, chats: int, groups: int) -> Load:
    load, limits = Load(stories=chats + groups), Limits()
    async with Loopback(limits=limits) as telegram:
        environment = {
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_BASE_URL": telegram.url,
            "PAGEWRIGHT_TELEGRAM__CHOOSE_S": "0",
            "PAGEWRIGHT_LIMITS__PAGES": str(PAGES),
        }
        early = telegram.private("Early")
        crowd = [telegram.private(f"P{number}") for number in range(chats)]
        for number in range(groups):
            group = telegram.group(f"Group {number}")
            crowd.append(telegram.join(group, f"G{number}"))
        async with running_bot(house, "telegram", environment, page_s=PAGE_S) as bot:
            await telegram.world.until(lambda: bool(telegram.world.commands), seconds=START_S)
            for _ in range(ALONE):
                load.alone.append((await _tell([early]))[0])
            begun, before = len(telegram.calls), await bot.lags()
            load.waits = await _tell(crowd)
            load.lag_p99_ms = 1000 * quantile(before, await bot.lags(), 0.99)
            load.peak_mib = peak_mib(bot.process)
            load.calls = len(telegram.calls) - begun
        finals = Counter(page for person in crowd for page in _finals(person))
        load.lost = PAGES * load.stories - len(finals)
        load.repeated = sum(finals.values()) - len(finals)
        load.floods, load.ignored = len(limits.floods), len(limits.ignored)
    return load


async def _tell(people: list[Person]) -> list[float]:
    """Let people wish in the same moment; return the waits (s) for the last pages that came."""
    started = time.monotonic()
    asked = {person: person.say(f"/story a fox of {person.raw['first_name']}") for person in people}
    waits: list[float] = []
    while asked and time.monotonic() < started + PATIENCE_S:
        await asyncio.sleep(0.02 if len(people) == 1 else 0.1)
        now = time.monotonic()
        ended = [person for person, wish in asked.items() if _is_told(person, wish)]
        waits += [now - started for _ in ended]
        for person in ended:
            del asked[person]
    return waits


def _is_told(person: Person, wish: Message) -> bool:
    since = [m for m in reversed(person.chat.from_bot) if m.number > wish.number]
    return any(_final(message) == (PAGES, PAGES) for message in since)


def _final(message: Message) -> tuple[int, int] | None:
    """Return which page of how many a message shows in its last shape; None before that."""
    found = _PAGE.search(message.text)
    if found is None or not message.photo or "Continue" not in message.labels:
        return None
    return int(found[1]), int(found[2])


def _finals(person: Person) -> list[tuple[int, int, int]]:
    """Return chat, message and page of each time that a person was shown a page's last shape."""
    found = []
    for message in person.chat.from_bot:
        page = _final(message)
        drawn = [state for state in message.states if _is_last_shape(state.keyboard)]
        if page is not None:
            found += [(person.chat.id, message.number, page[0])] * len(drawn)
    return found


def _is_last_shape(keyboard: tuple[tuple[tuple[str, str], ...], ...]) -> bool:
    return any(label == "Continue" for row in keyboard for label, _ in row)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pw") as place:
        numbers = [int(argument) for argument in sys.argv[1:3]] or [CHATS, GROUPS]
        for line in measure_telegram_load(Path(place), chats=numbers[0], groups=numbers[1]):
            print(line)
        print((Path(place) / "telegram" / "bot.log").read_text()[-2000:])
