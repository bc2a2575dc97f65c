"""``illustrate``: paint one picture from prompts."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from bot.commands.session import Options, open_client, read_settings, say
from bot.commands.stories import read_picture
from bot.console.folder import check_free_space, check_writable, put_whole, slug
from bot.console.painting import PaintingView, choose_painting_view
from bot.engine_process import EngineProcess
from bot.errors import EXIT_INTERRUPTED, BadInputError, PagewrightError, UnavailableError
from bot.settings import LimitSettings, Settings
from bot.storytelling.wish import MAX_SEED, check_seed, check_words, clean_text
from engine.api.errors import EngineGoneError
from engine.api.events import (
    Failed,
    IllustrateRequest,
    PageDone,
    StoryEvent,
    WeightedPrompt,
)

PICTURES = Path("pictures")
_WEIGHTED = re.compile(r"(?s)(.*?)\s*:\s*([+-]?\d+(?:\.\d+)?)")
_SIZE = re.compile(r"(\d{1,5})[xX×](\d{1,5})")
_LARGEST_WEIGHT = 100.0


@dataclass(frozen=True)
class PictureWish:
    """What ``illustrate`` was asked for, as typed."""

    prompts: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    size: str = ""
    steps: int = 0
    cuts: int = 0
    seed: int | None = None
    style: str = ""
    init: Path | None = None
    out: Path | None = None


def illustrate(options: Options, wish: PictureWish, *, events: bool) -> int:
    """Paint one picture and keep it as a PNG; return the exit code."""
    settings = read_settings(options)
    view = choose_painting_view(events=events)
    try:
        request = read_request(wish, settings)
        out = wish.out or PICTURES / f"{slug(request.prompts[0].text)}-{request.seed}.png"
        _check_file(out)
        return asyncio.run(_paint(settings, request, out, view))
    except PagewrightError as error:
        view.failed(f"exit_{error.exit_code}", error.message)
        raise
    except KeyboardInterrupt:
        view.failed("interrupted", "Interrupted.")
        say("interrupted")
        return EXIT_INTERRUPTED


def read_request(wish: PictureWish, settings: Settings) -> IllustrateRequest:
    """Return the request a wish means; raises ``BadInputError``."""
    check_seed(wish.seed)
    width, height = read_size(wish.size)
    return IllustrateRequest(
        job_id=secrets.token_hex(8),
        prompts=_read_prompts("prompt", wish.prompts, settings),
        exclude=_read_prompts("prompt to exclude", wish.exclude, settings),
        extra=_read_prompts("extra prompt", wish.extra, settings),
        width=width,
        height=height,
        steps=wish.steps,
        cuts=wish.cuts,
        seed=secrets.randbelow(MAX_SEED) + 1 if wish.seed is None else wish.seed,
        picture=read_picture(wish.init, limit=settings.limits.picture_bytes),
        style=wish.style.strip().lower(),
        community="console",
        person="console",
        preview_seconds=settings.engine.preview_seconds,
    )


def read_prompt(text: str, limits: LimitSettings, *, name: str = "prompt") -> WeightedPrompt:
    """Return a prompt with its weight: ``a fox:2`` weighs 2, without a number 1."""
    found = _WEIGHTED.fullmatch(text.strip())
    words, weight = (found[1], float(found[2])) if found else (text, 1.0)
    words = clean_text(name, words, most=limits.idea_length)
    if not words:
        raise BadInputError(f"A {name} is empty: say in a few words what to paint.")
    if abs(weight) > _LARGEST_WEIGHT:
        raise BadInputError(f"The weight {weight:g} is too large: use -100 to 100.")
    return WeightedPrompt(words, weight)


def read_size(text: str) -> tuple[int, int]:
    """Return width and height of ``WxH`` in pixels; zeros for none."""
    if not text:
        return 0, 0
    found = _SIZE.fullmatch(text.strip())
    if not found or not all(16 <= int(side) <= 4096 for side in found.groups()):
        raise BadInputError(f'"{text[:40]}" is no size: write it like 128x128, in pixels.')
    return int(found[1]), int(found[2])


def _read_prompts(
    name: str, texts: tuple[str, ...], settings: Settings
) -> tuple[WeightedPrompt, ...]:
    prompts = tuple(read_prompt(text, settings.limits, name=name) for text in texts)
    profile, blocked = settings.engine.profile, settings.moderation.blocked_words
    for prompt in prompts:
        check_words(name, prompt.text, profile=profile, blocked=blocked)
    return prompts


def _check_file(out: Path) -> None:
    if out.suffix.lower() != ".png":
        raise BadInputError(f"{out} is no name for a picture: end it with .png.")
    if out.exists() and not out.is_file():
        raise BadInputError(f"{out} is not a file: choose another name.")
    check_writable(out)
    check_free_space(out)


async def _paint(
    settings: Settings, request: IllustrateRequest, out: Path, view: PaintingView
) -> int:
    async with open_client(settings) as client:
        process = EngineProcess(settings, client, notify=view.notice)
        await process.ensure()
        try:
            painted = await _follow(client.illustrate(request), view)
        except EngineGoneError as error:
            raise UnavailableError(str(error)) from None
    if isinstance(painted, Failed):
        return _refuse(painted)
    put_whole(out, painted.image)
    # The seed asked for paints it again; the picture's own follows from it.
    view.done(replace(painted, seed=request.seed), out)
    return 0


async def _follow(
    events: AsyncGenerator[StoryEvent, None], view: PaintingView
) -> PageDone | Failed:
    painted: PageDone | None = None
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Failed):
                return event
            if isinstance(event, PageDone):
                painted = event
            view.show(event)
    return painted or Failed("internal", "The engine ended without a picture.")


def _refuse(failed: Failed) -> int:
    from bot.console.telling import EXIT_OF_CODE

    error = PagewrightError(failed.message)
    error.exit_code = EXIT_OF_CODE.get(failed.code, 1)
    if failed.code == "cancelled":
        error.exit_code = EXIT_INTERRUPTED
    raise error
