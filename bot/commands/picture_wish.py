"""What ``illustrate`` is asked for: as typed, as kept in a picture's settings, as sent off."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.commands.painted_files import Settings, read_latents_of
from bot.commands.stories import read_picture
from bot.errors import BadInputError
from bot.settings import LimitSettings
from bot.settings import Settings as HouseSettings
from bot.storytelling.moderation import rules_from
from bot.storytelling.picture_input import prepare_picture
from bot.storytelling.wish import MAX_SEED, check_seed, check_words, clean_text
from engine.api.events import (
    IllustrateRequest,
    Latents,
    Margins,
    PaintOptions,
    PictureCheck,
    PicturePrompt,
    Stage,
    WeightedPrompt,
)

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"
_WEIGHTED = re.compile(rf"(?s)(.*?)\s*:\s*({_NUMBER})(?:\s*:\s*({_NUMBER}))?")
_SIZE = re.compile(r"(\d{1,5})[xX×](\d{1,5})")
_LARGEST_WEIGHT = 100.0
LARGEST_SIDE = 1024


@dataclass(frozen=True)
class PictureWish:
    """What ``illustrate`` was asked for, as typed; empty fields leave it to the profile."""

    prompts: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    like_pictures: tuple[str, ...] = ()
    size: str = ""
    steps: int = 0
    cuts: int = 0
    seed: int | None = None
    style: str = ""
    init: str = ""
    latents_of: str = ""
    mask: str = ""
    extend: str = ""
    stop_at: int = 0
    options: PaintOptions = field(default_factory=PaintOptions)

    def over(self, base: PictureWish) -> PictureWish:
        """Return ``base`` with what is given here in its place."""
        given = {k: v for k, v in vars(self).items() if v not in (None, 0, "", ())}
        if self.seed is not None:
            given["seed"] = self.seed
        chosen = {k: v for k, v in vars(self.options).items() if v not in (None, ())}
        return replace(base, **given | {"options": replace(base.options, **chosen)})

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of the files it needs."""
        pictures = (split_weights(text)[0] for text in self.like_pictures)
        return tuple(name for name in (self.init, self.mask, self.latents_of, *pictures) if name)


def wish_to_settings(wish: PictureWish, files: Mapping[str, bytes]) -> Settings:
    """Return a wish as JSON; of its files the names without folders, and their SHA-256."""
    values = asdict(wish)
    values["options"] = {k: v for k, v in values["options"].items() if v not in (None, ())}
    sums = {Path(name).name: hashlib.sha256(files[name]).hexdigest() for name in wish.files}
    for key in ("init", "mask", "latents_of"):
        values[key] = Path(values[key]).name if values[key] else ""
    values["like_pictures"] = [Path(text).name for text in wish.like_pictures]
    return {"wish": {k: v for k, v in values.items() if v not in (None, "", 0, (), [], {})}} | (
        {"files": sums} if sums else {}
    )


def wish_from_settings(settings: Settings, path: Path) -> PictureWish:
    """Return the wish in a picture's settings; raises ``BadInputError`` where it is none."""
    try:
        return TypeAdapter(PictureWish).validate_python(settings.get("wish"))
    except ValidationError:
        raise BadInputError(f"The settings in {path} are not those of a picture.") from None


def find_files(wish: PictureWish, settings: Settings, path: Path) -> PictureWish:
    """Return a wish with the places of its files: beside ``path``, or here.

    Raises ``BadInputError`` where one is missing or has changed since.
    """
    sums = settings.get("files")
    sums = sums if isinstance(sums, dict) else {}

    def found(name: str) -> str:
        # A name from a stranger's file must not lead anywhere else.
        name = Path(name).name
        for folder in (path.parent, Path()):
            place = folder / name
            if place.is_file() and _sum(place) == sums.get(name):
                return str(place)
        raise BadInputError(
            f"{path} was painted from {name}, which is not beside it any more or has changed:"
            " put it there again."
        )

    pictures = []
    for text in wish.like_pictures:
        name = split_weights(text)[0]
        pictures.append(text.replace(name, found(name), 1))
    init, mask, latents_of = (
        found(name) if name else "" for name in (wish.init, wish.mask, wish.latents_of)
    )
    return replace(wish, init=init, mask=mask, latents_of=latents_of, like_pictures=tuple(pictures))


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_files(wish: PictureWish, limit: int) -> dict[str, bytes]:
    """Return the contents of a wish's files; raises ``BadInputError`` for one that is missing."""
    places = {Path(name) for name in wish.files}
    if len({place.name for place in places}) < len(places):
        raise BadInputError("Two of the files have the same name: rename one of them.")
    return {name: read_picture(Path(name), limit=limit) for name in wish.files}


def read_request(
    wish: PictureWish,
    files: Mapping[str, bytes],
    settings: HouseSettings,
    *,
    latents: Latents | None = None,
) -> IllustrateRequest:
    """Return the request a wish means; raises ``BadInputError``.

    ``latents`` are those of the wish's file where they are known already.
    """
    check_seed(wish.seed)
    width, height = read_size(wish.size)
    if wish.latents_of and latents is None:
        latents = read_start(Path(wish.latents_of), settings.engine.profile)
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
        picture=_prepared(wish.init, files, settings),
        style=wish.style.strip().lower(),
        community="console",
        person="console",
        preview_seconds=settings.engine.preview_seconds,
        check=picture_check(settings),
        options=wish.options,
        picture_prompts=tuple(
            _picture_prompt(text, files, settings) for text in wish.like_pictures
        ),
        latents=latents,
        mask=_prepared(wish.mask, files, settings),
        extend=read_margins(wish.extend),
        stop_at=wish.stop_at,
    )


def picture_check(settings: HouseSettings) -> PictureCheck | None:
    """Return what the house looks its pictures through for."""
    rules = rules_from(settings.moderation)
    if not rules.checks_pictures:
        return None
    return PictureCheck(rules.concepts, rules.threshold, redraw=rules.pictures == "block")


def read_start(path: Path, profile: str) -> Latents:
    """Return the latents in a picture's settings or a file; ``BadInputError`` for another's."""
    latents, painted_by = read_latents_of(path)
    if painted_by != profile:
        raise BadInputError(
            f'{path} was painted by the profile "{painted_by[:40]}", not by "{profile}":'
            " give it as a picture, with --init."
        )
    return latents


def split_weights(text: str) -> tuple[str, float, float | None]:
    """Split ``a fox:2:0.5`` into words, weight (1 where none) and stop (None where none)."""
    found = _WEIGHTED.fullmatch(text.strip())
    if not found:
        return text.strip(), 1.0, None
    return found[1], float(found[2]), None if found[3] is None else float(found[3])


def read_prompt(text: str, limits: LimitSettings, *, name: str = "prompt") -> WeightedPrompt:
    """Return a prompt with its weight and stop: ``a fox:2`` weighs 2, without a number 1."""
    words, weight, stop = split_weights(text)
    words = clean_text(name, words, most=limits.idea_length)
    if not words:
        raise BadInputError(f"{_article(name)} {name} is empty: say in a few words what to paint.")
    _check_weight(weight)
    return WeightedPrompt(words, weight, stop)


def _article(name: str) -> str:
    """Return the article that begins a sentence about something."""
    return "An" if name[0] in "aeiou" else "A"


def read_size(text: str) -> tuple[int, int]:
    """Return width and height of ``WxH`` in pixels; zeros for none."""
    if not text:
        return 0, 0
    found = _SIZE.fullmatch(text.strip())
    if not found or not all(16 <= int(side) <= 4096 for side in found.groups()):
        raise BadInputError(f'"{text[:40]}" is no size: write it like 128x128, in pixels.')
    return int(found[1]), int(found[2])


def read_margins(text: str) -> Margins:
    """Return ``LEFT,TOP,RIGHT,BOTTOM`` in pixels; zeros for none."""
    if not text:
        return Margins()
    sides = [side.strip() for side in text.split(",")]
    if len(sides) != 4 or not all(s.isdecimal() and s.isascii() and len(s) < 5 for s in sides):
        raise BadInputError(
            f'"{text[:40]}" are no margins: write --extend LEFT,TOP,RIGHT,BOTTOM, in pixels.'
        )
    return Margins(*map(int, sides))


def read_stage(text: str) -> Stage:
    """Return ``SHARE:UNTIL``, two numbers between 0 and 1."""
    found = re.fullmatch(rf"({_NUMBER}):({_NUMBER})", text.strip())
    if not found:
        raise BadInputError(
            f'"{text[:40]}" is no size to begin with: write --small-first SHARE:UNTIL, as 0.5:0.4'
            " for half the sides until 40 % of the steps."
        )
    return Stage(float(found[1]), float(found[2]))


def read_shares(text: str) -> tuple[float, ...]:
    """Return weights of perceptors, written with commas."""
    if not text:
        return ()
    parts = text.split(",")
    if not all(re.fullmatch(_NUMBER, part.strip()) for part in parts):
        raise BadInputError(f'"{text[:40]}" are no weights: write --perceptors 1,0.5.')
    return tuple(float(part) for part in parts)


def _read_prompts(
    name: str, texts: tuple[str, ...], settings: HouseSettings
) -> tuple[WeightedPrompt, ...]:
    prompts = tuple(read_prompt(text, settings.limits, name=name) for text in texts)
    profile, blocked = settings.engine.profile, settings.moderation.blocked_words
    for prompt in prompts:
        check_words(name, prompt.text, profile=profile, blocked=blocked)
    return prompts


def _picture_prompt(
    text: str, files: Mapping[str, bytes], settings: HouseSettings
) -> PicturePrompt:
    name, weight, stop = split_weights(text)
    _check_weight(weight)
    return PicturePrompt(_prepared(name, files, settings), weight, stop)


def _check_weight(weight: float) -> None:
    if abs(weight) > _LARGEST_WEIGHT:
        raise BadInputError(f"The weight {weight:g} is too large: use -100 to 100.")


def _prepared(name: str, files: Mapping[str, bytes], settings: HouseSettings) -> bytes:
    """Return a stranger's picture as the engine takes it; none for no name."""
    if not name:
        return b""
    try:
        limit = settings.limits.picture_bytes
        return prepare_picture(files[name], limit=limit, side=LARGEST_SIDE)
    except BadInputError as error:
        raise BadInputError(f"{name}: {error.message}") from None
