"""Plain data of the wire: requests and events, without any library's objects."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Latents:
    """Codebook indices of a picture, row by row (``height * width`` of them)."""

    height: int
    width: int
    codes: tuple[int, ...]


@dataclass(frozen=True)
class KnownPage:
    """A page that exists already; one that is not ``painted`` gets its picture in this call."""

    number: int
    text: str
    prompt: str
    painted: bool = True
    latents: Latents | None = None
    layout_json: str = ""
    seed: int = 0


@dataclass(frozen=True)
class PictureCheck:
    """What pictures shall not show; ``threshold`` is the certainty (0..1) that flags one.

    ``redraw`` has a flagged picture painted once more, with another seed.
    """

    concepts: tuple[str, ...] = ()
    threshold: float = 0.5
    redraw: bool = False


@dataclass(frozen=True)
class PictureVerdict:
    """What the check said of a picture: the likeliest ``concept`` and its certainty (0..1)."""

    flagged: bool
    concept: str
    score: float


@dataclass(frozen=True)
class TellRequest:
    """A story to tell up to page ``pages``, going on from ``known_pages``.

    When a continuation is taken up again after a crash, ``direction_page`` must name the page its
    ``direction`` was first told for; 0 means the first page that is not known. ``steps`` 0 means
    the profile's own. ``story_pages`` is the length of the whole story where ``pages`` lies in its
    middle (a page told once more); 0 means ``pages``. No prose holds a ``banned`` word; one that
    ends in ``*`` bans all that begin so.
    """

    job_id: str
    idea: str
    pages: int = 4
    style: str = ""
    avoid: str = ""
    seed: int = 0
    known_pages: tuple[KnownPage, ...] = ()
    direction: str = ""
    community: str = ""
    person: str = ""
    picture: bytes = b""
    preview_seconds: float = 0.0
    text_only: bool = False
    facts: tuple[str, ...] = ()
    profile: str = ""
    steps: int = 0
    direction_page: int = 0
    banned: tuple[str, ...] = ()
    check: PictureCheck | None = None
    story_pages: int = 0


@dataclass(frozen=True)
class WeightedPrompt:
    """A prompt and its weight; a negative weight pushes away, below ``stop`` (a loss) it rests."""

    text: str
    weight: float = 1.0
    stop: float | None = None


@dataclass(frozen=True)
class PicturePrompt:
    """A picture (its file's bytes) that stands where a prompt's words would."""

    picture: bytes
    weight: float = 1.0
    stop: float | None = None


@dataclass(frozen=True)
class Stage:
    """A smaller size to begin with: sides ``share`` as long until ``until`` of the steps."""

    share: float
    until: float


@dataclass(frozen=True)
class Margins:
    """Pixels added to a picture on each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


@dataclass(frozen=True)
class PaintOptions:
    """How a picture is painted; None is the profile's own (docs/illustrating.md tells of each)."""

    form: str | None = None
    alpha: float | None = None
    beta: float | None = None
    gamma: float | None = None
    lettering: float | None = None
    start: str | None = None
    rate: float | None = None
    rate_last: float | None = None
    warm_up: int | None = None
    calm: float | None = None
    pull: float | None = None
    pull_last: float | None = None
    anchor: float | None = None
    variation: float | None = None
    smooth: float | None = None
    quantise: bool | None = None
    limits: str | None = None
    average: float | None = None
    plateau: int | None = None
    best_of: int | None = None
    stages: tuple[Stage, ...] = ()
    jitter: float | None = None
    erase: float | None = None
    noise: float | None = None
    flips: bool | None = None
    rotation: float | None = None
    perspective: float | None = None
    overhang: float | None = None
    crop_least: float | None = None
    crop_most: float | None = None
    whole_first: float | None = None
    whole_last: float | None = None
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class IllustrateRequest:
    """One picture; zeros mean the profile's own value.

    It starts from ``state``, else ``latents``, else ``picture``, else as the options say. Where a
    ``mask`` (PNG) is black the start stays; ``extend`` enlarges its canvas. With ``keep_state``
    what is cancelled, or stopped at step ``stop_at``, leaves a ``PaintState``.
    """

    job_id: str
    prompts: tuple[WeightedPrompt, ...]
    exclude: tuple[WeightedPrompt, ...] = ()
    extra: tuple[WeightedPrompt, ...] = ()
    width: int = 0
    height: int = 0
    steps: int = 0
    cuts: int = 0
    seed: int = 0
    picture: bytes = b""
    style: str = ""
    community: str = ""
    person: str = ""
    preview_seconds: float = 0.0
    profile: str = ""
    check: PictureCheck | None = None
    options: PaintOptions = field(default_factory=PaintOptions)
    picture_prompts: tuple[PicturePrompt, ...] = ()
    latents: Latents | None = None
    mask: bytes = b""
    extend: Margins = field(default_factory=Margins)
    preview_steps: int = 0
    show_crops: bool = False
    time_lapse: bool = False
    keep_state: bool = False
    state: bytes = b""
    stop_at: int = 0


@dataclass(frozen=True)
class FilmRequest:
    """A film through pictures of one height and width: ``frames`` from each one to the next.

    With ``loop`` it goes on from the last to the first, else it ends with the last one itself.
    """

    job_id: str
    pages: tuple[Latents, ...]
    frames: int
    loop: bool = False
    community: str = ""
    person: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Queued:
    """The job waits: ``position`` 1 is next; negative ``seconds_left`` means unknown."""

    position: int
    seconds_left: float = -1.0


@dataclass(frozen=True)
class TextDelta:
    """A few more words of a page."""

    page: int
    text: str


@dataclass(frozen=True)
class PageText:
    """A page's whole text and the prompt its picture is painted from."""

    page: int
    text: str
    prompt: str
    seed: int


@dataclass(frozen=True)
class Preview:
    """A look at a page's picture (WebP) after ``step`` of ``steps``; ``score`` is a cosine."""

    page: int
    step: int
    steps: int
    score: float
    image: bytes
    verdict: PictureVerdict | None = None


@dataclass(frozen=True)
class PageDone:
    """A finished page with its picture (PNG) and all that made it."""

    page: int
    text: str
    prompt: str
    alt: str
    image: bytes
    latents: Latents
    seed: int
    steps: int
    clip_score: float
    seconds: float
    layout_json: str = ""
    verdict: PictureVerdict | None = None
    crops: bytes = b""
    held_out: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaintState:
    """What a picture that was stopped after ``step`` needs to go on, in any engine like this."""

    step: int
    data: bytes


@dataclass(frozen=True)
class StoryDone:
    """The end of a job that went well."""

    title: str
    pages: int
    seconds: float


@dataclass(frozen=True)
class Failed:
    """The end of a job that did not; pages before ``resume_from_page`` are finished."""

    code: str
    message: str
    retryable: bool = False
    resume_from_page: int = 1


@dataclass(frozen=True)
class Heartbeat:
    """A sign of life while nothing else happens."""


@dataclass(frozen=True)
class FilmFrame:
    """A frame (JPEG) of a film; picture ``n`` itself, from 0, is frame ``n * frames``."""

    index: int
    image: bytes


StoryEvent = (
    Queued
    | TextDelta
    | PageText
    | Preview
    | PageDone
    | StoryDone
    | Failed
    | Heartbeat
    | FilmFrame
    | PaintState
)


DEVICE_TO_COME = "no device yet: the models are being loaded"
"""What an engine says for its device until its models are there."""


@dataclass(frozen=True)
class EngineStatus:
    """What an engine says of itself."""

    version: str
    profile: str
    queued: int
    running: int
    uptime_seconds: float
    device: str
    styles: tuple[str, ...] = ()
