"""``film``: what lies between pictures, decoded from their latents, as an MP4."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from bot.commands.painted_files import read_latents_of
from bot.commands.session import Options, open_client, open_shelf, read_settings, say
from bot.commands.time_lapse import FilmFile, check_film
from bot.console.reading import shown
from bot.console.telling import EXIT_OF_CODE
from bot.engine_process import EngineProcess
from bot.errors import EXIT_INTERRUPTED, BadInputError, PagewrightError, UnavailableError
from bot.settings import Settings
from engine.api.errors import EngineGoneError
from engine.api.events import Failed, FilmFrame, FilmRequest, Latents, Queued

_ENDINGS = (".png", ".json")


@dataclass(frozen=True)
class FilmWish:
    """What ``film`` was asked for: pictures in order, ``frames`` from one to the next.

    Each picture stands for ``hold`` more frames. A picture is a PNG of ``illustrate``, a
    ``--latents`` file, or a story, whose pages are meant.
    """

    pictures: tuple[str, ...]
    out: Path
    frames: int
    hold: int = 0
    loop: bool = True


def film(options: Options, wish: FilmWish, *, events: bool) -> int:
    """Write the film; return the exit code."""
    settings = read_settings(options)
    check_film(wish.out)
    for name in wish.pictures:
        _check_ending(name)
    try:
        latents = asyncio.run(_collect(wish.pictures, settings))
        return asyncio.run(_film(settings, wish, latents, events=events))
    except KeyboardInterrupt:
        say("interrupted")
        return EXIT_INTERRUPTED


def _check_ending(name: str) -> None:
    if Path(name).is_file() and not name.lower().endswith(_ENDINGS):
        raise BadInputError(
            f"{name} is neither a picture of illustrate (.png) nor a file of --latents (.json)."
        )


async def _collect(pictures: tuple[str, ...], settings: Settings) -> tuple[Latents, ...]:
    """Return the latents of all pictures, in order; raises ``BadInputError``."""
    found: list[Latents] = []
    for name in pictures:
        if name.lower().endswith(_ENDINGS):
            found.append(_of_file(Path(name), settings.engine.profile))
        else:
            found += await _of_story(name, settings)
    if len(found) < 2:
        raise BadInputError("A film needs at least two pictures.")
    return tuple(found)


def _of_file(path: Path, profile: str) -> Latents:
    latents, painted_by = read_latents_of(path)
    if painted_by != profile:
        raise BadInputError(
            f'{path} was painted by the profile "{painted_by[:40]}", the engine runs "{profile}".'
        )
    return latents


async def _of_story(name: str, settings: Settings) -> list[Latents]:
    async with open_shelf(settings) as teller:
        book = await teller.book(name)
    if book.profile != settings.engine.profile:
        raise BadInputError(
            f'The story {book.id} was painted by the profile "{book.profile}", the engine runs'
            f' "{settings.engine.profile}".'
        )
    latents = [page.latents for page in book.pages if page.latents is not None]
    if not latents:
        raise BadInputError(f"The story {book.id} has no pictures yet.")
    return latents


async def _film(
    settings: Settings, wish: FilmWish, latents: tuple[Latents, ...], *, events: bool
) -> int:
    request = FilmRequest(
        job_id=secrets.token_hex(8), pages=latents, frames=wish.frames, loop=wish.loop,
        community="console", person="console",
    )  # fmt: skip
    async with open_client(settings) as client:
        await EngineProcess(settings, client, notify=_notice).ensure()
        with FilmFile(wish.out, title="Pictures that flow into each other") as file:
            try:
                async with aclosing(client.film(request)) as stream:
                    async for event in stream:
                        if isinstance(event, Failed):
                            _refuse(event)
                        if isinstance(event, FilmFrame):
                            stands = 1 + (0 if event.index % wish.frames else wish.hold)
                            file.add(event.image, frames=stands)
                        _tell(event, events=events)
            except EngineGoneError as error:
                raise UnavailableError(str(error)) from None
            file.keep()
    line = json.dumps({"event": "done", "file": str(wish.out)}) if events else None
    print(line or f"Your film: {shown(wish.out)}")
    return 0


def _tell(event: object, *, events: bool) -> None:
    if not events:
        return
    if isinstance(event, FilmFrame):
        print(json.dumps({"event": "frame", "index": event.index}), flush=True)
    elif isinstance(event, Queued):
        print(json.dumps({"event": "queued", "position": event.position}), flush=True)


def _refuse(failed: Failed) -> None:
    error = PagewrightError(failed.message)
    error.exit_code = EXIT_OF_CODE.get(failed.code, 1)
    raise error


def _notice(text: str) -> None:
    if text:
        sys.stderr.write(f"{text}\n")
