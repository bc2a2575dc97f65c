"""The commands that paint one picture and make films of several: their options, in panels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands.grammar import TELL, Commands, Events, Seed, Style

commands = Commands()

_WORDS, _START, _LOSS = "What it shows", "What it starts from", "What counts"
_STEPS, _VIEWS, _FILES = "How it moves", "What the perceptor sees", "What else is kept"


def _text(panel: str, metavar: str, help_: str, *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=help_, rich_help_panel=panel)


def _number(panel: str, help_: str, *names: str) -> Any:
    return typer.Option(*names, metavar="N", help=help_, rich_help_panel=panel)


def _count(panel: str, help_: str, most: int | None = None) -> Any:
    return typer.Option(metavar="N", min=1, max=most, help=help_, rich_help_panel=panel)


Number = float | None
Whole = int | None
Texts = list[str] | None
File = Path | None


@commands.command(rich_help_panel=TELL)
def illustrate(
    context: typer.Context,
    prompt: Annotated[
        Texts,
        typer.Argument(
            metavar="PROMPT",
            help='What to paint; "a fox:2" weighs 2, "a fox:2:0.5" rests at 0.5.',
        ),
    ] = None,
    exclude: Annotated[Texts, _text(_WORDS, "TEXT", "What not to paint; repeatable.")] = None,
    extra: Annotated[Texts, _text(_WORDS, "TEXT", "What to add a bit of; repeatable.")] = None,
    image_prompt: Annotated[
        Texts, _text(_WORDS, "FILE", "Like that picture; FILE:2 weighs 2.")
    ] = None,
    style: Style = "",
    size: Annotated[str, typer.Option(metavar="WxH", help="In pixels: 256x256.")] = "",
    seed: Seed = None,
    like: Annotated[File, _text(_START, "FILE.png", "With all settings of this picture.")] = None,
    init: Annotated[File, _text(_START, "FILE", "A picture to start from.")] = None,
    start_from: Annotated[
        File, _text(_START, "FILE", "The latents of another picture.", "--from")
    ] = None,
    start: Annotated[str, _text(_START, "KIND", "draft, picture, codes, pixels or gradient.")] = "",
    mask: Annotated[File, _text(_START, "FILE", "Where it is white the start changes.")] = None,
    extend: Annotated[str, _text(_START, "L,T,R,B", "Pixels to add on each side.")] = "",
    resume: Annotated[File, _text(_START, "FILE", "Go on with what --save-state kept.")] = None,
    form: Annotated[str, _text(_LOSS, "KIND", "spherical or cosine.")] = "",
    alpha: Annotated[Number, _number(_LOSS, "Weight of what is prompted.")] = None,
    beta: Annotated[Number, _number(_LOSS, "Weight of what is excluded.")] = None,
    gamma: Annotated[Number, _number(_LOSS, "Weight of extras.")] = None,
    lettering: Annotated[Number, _number(_LOSS, "Push away from writing in the picture.")] = None,
    perceptors: Annotated[str, _text(_LOSS, "N,N", "Weights of the profile's CLIPs.")] = "",
    pull: Annotated[Number, _number(_LOSS, "Pull towards the start.")] = None,
    pull_last: Annotated[Number, _number(_LOSS, "Share of the pull at the end.")] = None,
    anchor: Annotated[Number, _number(_LOSS, "Hold on the start's colours.")] = None,
    variation: Annotated[Number, _number(_LOSS, "Hold contrasts to the start's.")] = None,
    smooth: Annotated[Number, _number(_LOSS, "Hold back what is rough.")] = None,
    steps: Annotated[Whole, _count(_STEPS, "Steps in all.", 1000)] = None,
    rate: Annotated[Number, _number(_STEPS, "How far a step goes.")] = None,
    rate_last: Annotated[Number, _number(_STEPS, "Share of the rate at the end.")] = None,
    warm_up: Annotated[Whole, _number(_STEPS, "Steps until the rate is whole.")] = None,
    calm: Annotated[Number, _number(_STEPS, "Hold back what hardly matters.")] = None,
    quantise: Annotated[
        bool | None, typer.Option(help="Decode nearest codes.", rich_help_panel=_STEPS)
    ] = None,
    limits: Annotated[str, _text(_STEPS, "KIND", "clamp, inwards or none.")] = "",
    average: Annotated[Number, _number(_STEPS, "Share of the old in what is shown.")] = None,
    plateau: Annotated[Whole, _number(_STEPS, "End after N steps without gain.")] = None,
    best_of: Annotated[Whole, _number(_STEPS, "Begin N pictures, finish the best.")] = None,
    small_first: Annotated[
        Texts, _text(_STEPS, "SHARE:UNTIL", "Begin with shorter sides; repeatable.")
    ] = None,
    stop_at: Annotated[
        Whole,
        typer.Option(
            metavar="N", min=1, max=1000, help="Stop after that step.", rich_help_panel=_STEPS
        ),
    ] = None,
    cuts: Annotated[Whole, _count(_VIEWS, "Crops at each step.", 128)] = None,
    whole_first: Annotated[Number, _number(_VIEWS, "Share of whole views at first.")] = None,
    whole_last: Annotated[Number, _number(_VIEWS, "Share of whole views at the end.")] = None,
    crop_least: Annotated[Number, _number(_VIEWS, "Side of the smallest crop, 0 to 1.")] = None,
    crop_most: Annotated[Number, _number(_VIEWS, "Side of the largest crop, 0 to 1.")] = None,
    overhang: Annotated[Number, _number(_VIEWS, "How far crops reach beyond the border.")] = None,
    rotation: Annotated[Number, _number(_VIEWS, "Turn crops by up to N radians.")] = None,
    perspective: Annotated[Number, _number(_VIEWS, "Slant crops by up to N of their side.")] = None,
    flips: Annotated[
        bool | None, typer.Option(help="Mirror half of the crops.", rich_help_panel=_VIEWS)
    ] = None,
    jitter: Annotated[Number, _number(_VIEWS, "Change colours by up to N.")] = None,
    erase: Annotated[Number, _number(_VIEWS, "Grey out a part, its side up to N.")] = None,
    noise: Annotated[Number, _number(_VIEWS, "Add noise, up to N.")] = None,
    out: Annotated[File, typer.Option(metavar="FILE", help="The picture's file.")] = None,
    show_crops: Annotated[File, _text(_FILES, "FILE.webp", "A sheet of the crops it saw.")] = None,
    latents: Annotated[
        File, _text(_FILES, "FILE.json", "Its latents, for --from and film.")
    ] = None,
    film: Annotated[File, _text(_FILES, "FILE.mp4", "A film of how it came about.")] = None,
    save_state: Annotated[File, _text(_FILES, "FILE", "What --resume takes to go on.")] = None,
    previews: Annotated[File, _text(_FILES, "DIR", "A folder for all previews.")] = None,
    preview_steps: Annotated[Whole, _count(_FILES, "Steps from one preview to the next.")] = None,
    preview_seconds: Annotated[
        Number,
        typer.Option(
            metavar="S",
            min=0,
            help="Seconds from one to the next; 0: none.",
            rich_help_panel=_FILES,
        ),
    ] = None,
    events: Events = False,
) -> None:
    """Paint one picture."""
    from bot.commands import pictures
    from bot.commands.picture_wish import PictureWish, read_shares, read_stage
    from engine.api.events import PaintOptions

    options = PaintOptions(
        form=form or None, alpha=alpha, beta=beta, gamma=gamma, lettering=lettering,
        start=start or None, rate=rate, rate_last=rate_last, warm_up=warm_up, calm=calm, pull=pull,
        pull_last=pull_last, anchor=anchor, variation=variation, smooth=smooth, quantise=quantise,
        limits=limits or None, average=average, plateau=plateau, best_of=best_of,
        stages=tuple(map(read_stage, small_first or ())), jitter=jitter, erase=erase, noise=noise,
        flips=flips, rotation=rotation, perspective=perspective, overhang=overhang,
        crop_least=crop_least, crop_most=crop_most, whole_first=whole_first, whole_last=whole_last,
        shares=read_shares(perceptors),
    )  # fmt: skip
    wish = PictureWish(
        tuple(prompt or ()), tuple(exclude or ()), tuple(extra or ()), tuple(image_prompt or ()),
        size, steps or 0, cuts or 0, seed, style, init=str(init or ""),
        latents_of=str(start_from or ""), mask=str(mask or ""), extend=extend, stop_at=stop_at or 0,
        options=options,
    )  # fmt: skip
    outputs = pictures.Outputs(
        out, show_crops, latents, film, save_state, previews, preview_steps or 0, preview_seconds
    )
    code = pictures.illustrate(context.obj, wish, outputs, like=like, resume=resume, events=events)
    raise typer.Exit(code)


@commands.command(rich_help_panel=TELL)
def film(
    context: typer.Context,
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE…", help="PNGs of illustrate, --latents files, or a story."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.mp4", help="The film's file.")] = Path(
        "film.mp4"
    ),
    frames: Annotated[
        int, typer.Option(metavar="N", min=1, max=500, help="From one to the next; 25 a second.")
    ] = 26,
    hold: Annotated[
        int, typer.Option(metavar="N", min=0, max=500, help="Frames that each picture stands.")
    ] = 0,
    loop: Annotated[bool, typer.Option(help="Go on from the last to the first.")] = True,
    events: Events = False,
) -> None:
    """Make a film that flows from picture to picture."""
    from bot.commands import filming

    asked = filming.FilmWish(tuple(pictures), out, frames, hold, loop)
    raise typer.Exit(filming.film(context.obj, asked, events=events))
