"""What a request must be before any model sees it; front-ends check the same with kinder words."""

from __future__ import annotations

import math
import unicodedata
from typing import NoReturn

from engine.api.events import IllustrateRequest, KnownPage, Latents, PictureCheck, TellRequest
from engine.errors import EngineError
from engine.image.check import MAX_CONCEPTS
from engine.image.picture import decode_picture
from engine.image.requests import MAX_STEPS
from engine.image.styles import find_style

MAX_IDEA = 500
MAX_WORDS = 300
MAX_NEW_PAGES = 8
MAX_PAGES = 64
MAX_PAGE_TEXT = 4000
MAX_FACTS = 16
MAX_BANNED = 1000
MAX_CODES = 128 * 128


def check_tell(request: TellRequest, *, profile: str) -> None:
    """Raise ``EngineError("bad_input")`` where a story cannot be told as asked."""
    _check_text("idea", request.idea, least=1, most=MAX_IDEA)
    _check_text("direction", request.direction, most=MAX_IDEA)
    _check_text("avoid", request.avoid, most=MAX_WORDS)
    if len(request.facts) > MAX_FACTS:
        _refuse(f"{len(request.facts)} facts are too many: use at most {MAX_FACTS}.")
    for fact in request.facts:
        _check_text("fact", fact, most=MAX_WORDS)
    if len(request.banned) > MAX_BANNED:
        _refuse(f"{len(request.banned)} banned words are too many: use at most {MAX_BANNED}.")
    for word in request.banned:
        _check_text("banned word", word, most=MAX_WORDS)
    _check_pages(request)
    _check_common(request, profile)


def check_illustrate(request: IllustrateRequest, *, profile: str) -> None:
    """Raise ``EngineError("bad_input")`` where a picture cannot be asked for so."""
    if not request.prompts and not request.picture_prompts:
        _refuse("The picture has no prompt: say in a few words what it shows.")
    for prompt in (*request.prompts, *request.exclude, *request.extra):
        _check_text("prompt", prompt.text, least=1, most=MAX_IDEA)
    if request.latents is not None:
        _check_latents(request.latents)
    _check_common(request, profile)


def _check_latents(latents: Latents) -> None:
    height, width = latents.height, latents.width
    if not (height > 0 and width > 0 and height * width == len(latents.codes) <= MAX_CODES):
        _refuse(
            f"The latents to start from are {len(latents.codes)} codes, not {width} x {height}."
        )


def _check_text(name: str, text: str, *, least: int = 0, most: int) -> None:
    if len(text.strip()) < least:
        _refuse(f"The {name} is empty.")
    if len(text) > most:
        _refuse(f"The {name} has {len(text)} characters: use at most {most}.")
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t\r" for c in text):
        _refuse(f"The {name} contains control characters.")


def _check_pages(request: TellRequest) -> None:
    numbers = [page.number for page in request.known_pages]
    if numbers != list(range(1, len(numbers) + 1)):
        _refuse("The known pages must be numbered from 1 without gaps.")
    for page in request.known_pages:
        _check_known_page(page)
    if not 1 <= request.pages <= MAX_PAGES:
        _refuse(f"{request.pages} pages cannot be told: use 1 to {MAX_NEW_PAGES}.")
    if not 0 <= request.story_pages <= MAX_PAGES:
        _refuse(f"A story of {request.story_pages} pages cannot be told: use 1 to {MAX_PAGES}.")
    if not 0 <= request.direction_page <= request.pages:
        _refuse(f"Page {request.direction_page} cannot take the direction: there is none.")
    new = request.pages - len(numbers)
    if new < 0:
        _refuse(f"There are {len(numbers)} known pages, more than the {request.pages} wanted.")
    if new > MAX_NEW_PAGES:
        _refuse(f"{new} new pages are too many at once: use 1 to {MAX_NEW_PAGES}.")


def _check_known_page(page: KnownPage) -> None:
    if len(page.text) > MAX_PAGE_TEXT or len(page.prompt) > MAX_PAGE_TEXT:
        _refuse(f"Known page {page.number} is longer than {MAX_PAGE_TEXT} characters.")


def _check_common(request: TellRequest | IllustrateRequest, profile: str) -> None:
    find_style(request.style)
    if not (math.isfinite(request.preview_seconds) and request.preview_seconds >= 0):
        _refuse("The time between previews must be a number of seconds from 0.")
    if request.profile not in ("", profile):
        _refuse(f'This engine runs the profile "{profile}", not "{request.profile[:40]}".')
    if not 0 <= request.steps <= MAX_STEPS:
        _refuse(f"{request.steps} steps cannot be done: use 1 to {MAX_STEPS}.")
    if request.check is not None:
        _check_picture_check(request.check)
    if request.picture:
        # Decoded once more when it is painted; here so that no page is written in vain.
        decode_picture(request.picture, width=8, height=8)


def _check_picture_check(check: PictureCheck) -> None:
    if len(check.concepts) > MAX_CONCEPTS:
        _refuse(
            f"Pictures cannot be checked for {len(check.concepts)} things: use at most"
            f" {MAX_CONCEPTS}."
        )
    for concept in check.concepts:
        _check_text("unwanted thing", concept, least=1, most=MAX_WORDS)
    if not 0 < check.threshold < 1:
        _refuse("The threshold of the picture check must lie between 0 and 1.")


def _refuse(message: str) -> NoReturn:
    raise EngineError("bad_input", message)
