"""``bot``: the service that people talk to on Discord and Telegram."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot.commands.session import Options, open_client, read_settings
from bot.errors import BadInputError, ConfigError, PagewrightError

if TYPE_CHECKING:
    from bot.chat.service import FrontEnd, Service
    from bot.settings import Settings

log = logging.getLogger(__name__)

PLATFORMS = ("discord", "telegram")
# Leaving takes ten seconds at most: first the messages, then the jobs.
GOODBYE_S, HANDOVER_S = 5.0, 3.0
PURGE_EVERY_S = 3600.0


def run_bot(options: Options, only: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl+C; the platforms are those whose token is set, or ``only``."""
    settings = read_settings(options)
    platforms = chosen_platforms(settings, only)
    _set_up(settings)
    asyncio.run(_serve(settings, platforms))
    return 0


def chosen_platforms(settings: Settings, only: Sequence[str]) -> tuple[str, ...]:
    """Return the platforms to serve; raise where one is unknown or has no token."""
    for name in only:
        if name not in PLATFORMS:
            raise BadInputError(f'There is no platform "{name[:40]}": use discord or telegram.')
    with_token = [name for name in PLATFORMS if _token(settings, name)]
    for name in only:
        if name not in with_token:
            variable = f"{name.upper()}_TOKEN"
            raise ConfigError(f"There is no token for {name}: set {variable} or {variable}_FILE.")
    if not with_token:
        raise ConfigError(
            "There is no token: set DISCORD_TOKEN or TELEGRAM_TOKEN in the environment"
            " (docs/discord.md and docs/telegram.md tell where it comes from)."
        )
    return tuple(name for name in with_token if not only or name in only)


def _token(settings: Settings, platform: str) -> str:
    token: str = getattr(settings, platform).token.get_secret_value()
    return token


def _set_up(settings: Settings) -> None:
    from bot.chat import metrics
    from bot.logs import set_up_logging
    from bot.memory import share_arenas

    share_arenas()
    secrets = [_token(settings, name) for name in PLATFORMS]
    secrets.append(settings.telegram.webhook_secret.get_secret_value())
    set_up_logging(settings.log, secrets=secrets)
    if settings.metrics.listen:
        metrics.listen(settings.metrics.listen)


async def _serve(settings: Settings, platforms: tuple[str, ...]) -> None:
    """Run the front-ends until a signal comes, or one of them cannot go on."""
    stopped = asyncio.Event()
    _on_signals(stopped)
    async with open_service(settings, platforms) as service:
        fronts = [make_front_end(name, service) for name in platforms]
        chores = [asyncio.create_task(chore) for chore in _chores(service)]
        running = [asyncio.create_task(front.run(), name=front.name) for front in fronts]
        waiting = asyncio.create_task(stopped.wait())
        try:
            await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            log.info("leaving: stories that are not done go on at the next start")
            await asyncio.gather(
                *(front.stop(GOODBYE_S) for front in fronts), return_exceptions=True
            )
            await service.dispatcher.stop(HANDOVER_S)
            for task in (*chores, waiting):
                task.cancel()
            await _ended(running)


@asynccontextmanager
async def open_service(settings: Settings, platforms: tuple[str, ...]) -> AsyncIterator[Service]:
    """Open the library, the engine's client and the queue, which is worked on from now on."""
    from bot.chat.service import Service
    from bot.engine_process import EngineProcess
    from bot.library.library import open_library
    from bot.storytelling.dispatcher import Dispatcher
    from bot.storytelling.tell import Storyteller

    timeout = settings.database.busy_timeout_s
    async with (
        open_client(settings) as client,
        open_library(settings.database_path, busy_timeout_s=timeout) as library,
    ):
        process = EngineProcess(settings, client, notify=_notice)
        communities = f"{platforms[0]}:*" if len(platforms) == 1 else "*"
        dispatcher = Dispatcher(library, client, settings, process.ensure, communities=communities)
        teller = Storyteller(
            library, client, settings, ensure_engine=process.ensure, dispatcher=dispatcher
        )
        async with dispatcher:
            yield Service(teller, dispatcher, settings, client, process.ensure)


def make_front_end(name: str, service: Service) -> FrontEnd:
    """Return a platform's front-end."""
    if name == "discord":
        from bot.discord.front import DiscordFrontEnd

        return DiscordFrontEnd(service)
    from bot.telegram.front import TelegramFrontEnd

    return TelegramFrontEnd(service)


def _chores(service: Service) -> list[Coroutine[None, None, None]]:
    from bot.chat import metrics

    return [
        _warm_up(service),
        _purge_now_and_then(service),
        metrics.watch_loop(lambda: len(service.dispatcher.at_work)),
    ]


async def _warm_up(service: Service) -> None:
    """Have an engine ready before the first wish; that it is away is no reason to stay away."""
    try:
        await service.ensure_engine()
    except PagewrightError as error:
        log.warning("%s", error.message)


async def _purge_now_and_then(service: Service) -> None:
    while True:
        try:
            if gone := await service.teller.stewards.purge_deleted():
                log.info("%d deleted stories are gone for good", gone)
        except PagewrightError as error:
            log.warning("%s", error.message)
        await asyncio.sleep(PURGE_EVERY_S)


async def _ended(running: list[asyncio.Task[None]]) -> None:
    """Wait for front-ends that were told to stop; raise what made one end by itself."""
    done, late = await asyncio.wait(running, timeout=1.0)
    for task in late:
        task.cancel()
    for task in done:
        with suppress(asyncio.CancelledError):
            task.result()


def _on_signals(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)


def _notice(text: str) -> None:
    if text:
        log.info("%s", text)
