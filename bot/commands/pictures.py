"""``illustrate``: paint one picture from prompts, and keep what comes of it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.commands.painted_files import (
    KeptState,
    latents_from_json,
    latents_to_json,
    pack_state,
    read_settings_of,
    read_state_of,
    with_settings,
)
from bot.commands.picture_wish import (
    PictureWish,
    find_files,
    read_files,
    read_prompt,
    read_request,
    read_size,
    wish_from_settings,
    wish_to_settings,
)
from bot.commands.session import Options, open_client, read_settings, say
from bot.commands.time_lapse import TimeLapse, check_film
from bot.console.folder import check_free_space, check_writable, put_whole, slug
from bot.console.painting import PaintingView, choose_painting_view
from bot.engine_process import EngineProcess
from bot.errors import EXIT_INTERRUPTED, BadInputError, PagewrightError, UnavailableError
from bot.settings import Settings
from bot.storytelling.moderation import rules_from
from engine.api.client import EngineClient
from engine.api.errors import EngineGoneError
from engine.api.events import (
    Failed,
    FilmFrame,
    IllustrateRequest,
    Latents,
    PageDone,
    PaintState,
    Preview,
    StoryEvent,
)

__all__ = ["Outputs", "PictureWish", "illustrate", "read_prompt", "read_size"]

PICTURES = Path("pictures")
NEVER = 86_400.0  # seconds


@dataclass(frozen=True)
class Outputs:
    """What else is wanted beside the picture, each in a file of its own; None is not.

    ``preview_steps`` asks for previews at steps, ``previews`` is the folder that keeps them.
    """

    out: Path | None = None
    crops: Path | None = None
    latents: Path | None = None
    film: Path | None = None
    state: Path | None = None
    previews: Path | None = None
    preview_steps: int = 0
    preview_seconds: float | None = None

    def check(self) -> None:
        """Refuse places that cannot be written to before anything is painted."""
        endings = ((self.out, ".png"), (self.crops, ".webp"), (self.latents, ".json"))
        for path, ending in (*endings, (self.film, ".mp4"), (self.state, "")):
            if path is not None:
                _check_file(path, ending)
        if self.previews is not None:
            if self.previews.exists() and not self.previews.is_dir():
                raise BadInputError(f"{self.previews} is not a folder: choose another name.")
            check_writable(self.previews)
        if self.film is not None:
            check_film()


@dataclass(frozen=True)
class _Beginning:
    """What a picture goes on from, or is to be like."""

    wish: PictureWish = field(default_factory=PictureWish)
    files: Mapping[str, bytes] | None = None
    state: bytes = b""
    latents: Latents | None = None


@dataclass
class _Painted:
    """What came of it."""

    page: PageDone | None = None
    failed: Failed | None = None
    state: PaintState | None = None
    previews: list[Path] = field(default_factory=list)


def illustrate(
    options: Options,
    wish: PictureWish,
    outputs: Outputs,
    *,
    like: Path | None = None,
    resume: Path | None = None,
    events: bool,
) -> int:
    """Paint one picture and keep it as a PNG; return the exit code."""
    settings = read_settings(options)
    view = choose_painting_view(events=events)
    try:
        begun = _begin(like, resume, wish, settings)
        wish = wish.over(begun.wish)
        files = (
            read_files(wish, settings.limits.picture_bytes) if begun.files is None else begun.files
        )
        request = read_request(wish, files, settings, latents=begun.latents)
        wish = replace(wish, seed=request.seed)
        outputs = _placed(outputs, request)
        outputs.check()
        request = _with_outputs(request, outputs, begun.state)
        job = _Job(settings, wish, files, request, outputs, view)
        return asyncio.run(job.run())
    except PagewrightError as error:
        view.failed(f"exit_{error.exit_code}", error.message)
        raise
    except KeyboardInterrupt:
        view.failed("interrupted", "Interrupted.")
        say("interrupted")
        return EXIT_INTERRUPTED


def _begin(
    like: Path | None, resume: Path | None, wish: PictureWish, settings: Settings
) -> _Beginning:
    if like is not None and resume is not None:
        raise BadInputError("--like begins a picture anew, --resume goes on with one: give one.")
    if like is not None:
        found = read_settings_of(like)
        _check_profile(found, like, settings)
        return _Beginning(find_files(wish_from_settings(found, like), found, like))
    if resume is None:
        return _Beginning()
    kept = read_state_of(resume)
    _check_profile(kept.settings, resume, settings)
    changes = replace(wish, steps=0, stop_at=0)
    if changes != PictureWish():
        raise BadInputError(
            "--resume goes on with a picture as it was begun: give no more than --steps,"
            " --stop-at and where to put what."
        )
    begun = wish_from_settings(kept.settings, resume)
    # Where it stopped before it is not to stop again.
    start = kept.settings.get("start")
    latents = latents_from_json(start, resume) if start else None
    return _Beginning(replace(begun, stop_at=0), kept.files, kept.state, latents)


def _check_profile(found: Mapping[str, Any], path: Path, settings: Settings) -> None:
    painted_by = str(found.get("profile", ""))
    if painted_by != settings.engine.profile:
        raise BadInputError(
            f'{path} was painted by the profile "{painted_by[:40]}", the engine runs'
            f' "{settings.engine.profile}": change engine.profile.'
        )


def _placed(outputs: Outputs, request: IllustrateRequest) -> Outputs:
    title = request.prompts[0].text if request.prompts else "picture"
    return replace(outputs, out=outputs.out or PICTURES / f"{slug(title)}-{request.seed}.png")


def _with_outputs(request: IllustrateRequest, outputs: Outputs, state: bytes) -> IllustrateRequest:
    seconds = outputs.preview_seconds
    if seconds is None:
        # Whoever asks for steps wants no others between them.
        seconds = NEVER if outputs.preview_steps else request.preview_seconds
    return replace(
        request,
        preview_seconds=seconds,
        preview_steps=outputs.preview_steps,
        show_crops=outputs.crops is not None,
        time_lapse=outputs.film is not None,
        keep_state=outputs.state is not None,
        state=state,
    )


def _check_file(path: Path, ending: str) -> None:
    if ending and path.suffix.lower() != ending:
        kind = "a picture" if ending == ".png" else "such a file"
        raise BadInputError(f"{path} is no name for {kind}: end it with {ending}.")
    if path.exists() and not path.is_file():
        raise BadInputError(f"{path} is not a file: choose another name.")
    check_writable(path)
    check_free_space(path)


@dataclass
class _Job:
    """One picture being painted: follows the engine, then writes the files."""

    settings: Settings
    wish: PictureWish
    files: Mapping[str, bytes]
    request: IllustrateRequest
    outputs: Outputs
    view: PaintingView

    async def run(self) -> int:
        """Paint, and return the exit code."""
        async with open_client(self.settings) as client:
            process = EngineProcess(self.settings, client, notify=self.view.notice)
            keeps = self.outputs.state is not None
            await process.ensure()
            with TimeLapse(self.outputs.film, steps=self.request.steps) as film:
                try:
                    async with _stoppable(client, self.request.job_id, wanted=keeps):
                        painted = await self._follow(client.illustrate(self.request), film)
                except EngineGoneError as error:
                    raise UnavailableError(str(error)) from None
                if painted.page is not None and self._allowed(painted.page):
                    film.keep()
        return self._keep(painted)

    async def _follow(self, events: AsyncGenerator[StoryEvent, None], film: TimeLapse) -> _Painted:
        painted = _Painted()
        async with aclosing(events):
            async for event in events:
                if isinstance(event, FilmFrame):
                    film.show(event.image)
                elif isinstance(event, PaintState):
                    painted.state = event
                elif isinstance(event, Failed):
                    painted.failed = event
                elif not (isinstance(event, Preview) and self._hidden(event)):
                    self._take(event, painted)
        return painted

    def _take(self, event: StoryEvent, painted: _Painted) -> None:
        if isinstance(event, PageDone):
            painted.page = event
        if isinstance(event, Preview) and self.outputs.previews is not None:
            path = self.outputs.previews / f"step-{event.step:04d}.webp"
            put_whole(path, event.image)
            painted.previews.append(path)
        self.view.show(event)

    def _hidden(self, preview: Preview) -> bool:
        ruling = rules_from(self.settings.moderation).ruling(preview.verdict)
        return ruling is not None and ruling.flagged

    def _allowed(self, page: PageDone) -> bool:
        ruling = rules_from(self.settings.moderation).ruling(page.verdict)
        return ruling is None or ruling.decision != "blocked"

    def _keep(self, painted: _Painted) -> int:
        if painted.page is None:
            return self._without_picture(painted)
        page, out = painted.page, self.outputs.out
        assert out is not None  # noqa: S101
        if not self._allowed(page):
            concept = page.verdict.concept if page.verdict else "something unwanted"
            raise PagewrightError(
                f'The picture may show "{concept}", which is not kept here (moderation.pictures):'
                " use other words, or another seed."
            )
        put_whole(out, with_settings(page.image, self._settings(page)))
        if self.outputs.crops is not None:
            put_whole(self.outputs.crops, page.crops)
        if self.outputs.latents is not None:
            values = {
                "profile": self.settings.engine.profile,
                "latents": latents_to_json(page.latents),
            }
            put_whole(self.outputs.latents, (json.dumps(values) + "\n").encode())
        self._keep_state(painted)
        for note in page.notes:
            say(note)
        # The seed asked for paints it again; the picture's own follows from it.
        self.view.done(replace(page, seed=self.request.seed), out)
        return 0

    def _without_picture(self, painted: _Painted) -> int:
        failed = painted.failed or Failed("internal", "The engine ended without a picture.")
        if failed.code == "cancelled" and self._keep_state(painted) and painted.state is not None:
            self.view.failed("interrupted", "Interrupted.")
            say(
                f"stopped after step {painted.state.step}; go on with"
                f" pagewright illustrate --resume {self.outputs.state}"
            )
            return EXIT_INTERRUPTED
        return _refuse(failed)

    def _keep_state(self, painted: _Painted) -> bool:
        if painted.state is None or self.outputs.state is None:
            return False
        settings = self._base() | wish_to_settings(self.wish, self.files)
        if self.request.latents is not None:
            settings["start"] = latents_to_json(self.request.latents)
        files = {Path(name).name: content for name, content in self.files.items()}
        put_whole(self.outputs.state, pack_state(KeptState(settings, painted.state.data, files)))
        return True

    def _base(self) -> dict[str, Any]:
        return {"made_by": "pagewright", "profile": self.settings.engine.profile}

    def _settings(self, page: PageDone) -> dict[str, Any]:
        """Return what is kept in the picture: how it was made, and its latents."""
        values = self._base() | wish_to_settings(self.wish, self.files)
        values |= {
            "latents": latents_to_json(page.latents),
            "layout": json.loads(page.layout_json or "null"),
            "steps": page.steps,
            "clip_score": round(page.clip_score, 4),
            "notes": list(page.notes),
        }
        if page.held_out is not None:
            values["held_out_score"] = round(page.held_out, 4)
        return values


@asynccontextmanager
async def _stoppable(client: EngineClient, job_id: str, *, wanted: bool) -> AsyncIterator[None]:
    """Turn the first interrupt into a cancel, where the state of what is stopped is wanted."""
    loop, cancels = asyncio.get_running_loop(), set[asyncio.Task[bool]]()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        cancels.add(asyncio.create_task(client.cancel(job_id)))

    # Windows, and threads other than the main one, have no such handlers.
    with suppress(NotImplementedError, RuntimeError, ValueError):
        if wanted:
            loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        with suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)
        await asyncio.gather(*cancels, return_exceptions=True)


def _refuse(failed: Failed) -> int:
    from bot.console.telling import EXIT_OF_CODE

    error = PagewrightError(failed.message)
    error.exit_code = EXIT_OF_CODE.get(failed.code, 1)
    if failed.code == "cancelled":
        error.exit_code = EXIT_INTERRUPTED
    raise error
