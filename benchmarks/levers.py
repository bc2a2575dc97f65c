"""Paint the sheets of docs/illustrating.md anew: ``python -m benchmarks.levers [levers] [parts]``.

Twelve prompts under each lever, with what guide and judge say of them, and a picture of which a
part is changed and the canvas enlarged. What is painted is kept, a file a lever, so that a run that
was broken off goes on where it stood; ``--anew`` paints all again.
"""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.api.events import PaintOptions, Stage
from engine.image.codec import load_vqgan
from engine.image.draft import DraftModel
from engine.image.illustrator import Illustrator
from engine.image.perceptor import load_perceptor
from engine.image.picture import PictureDone, PictureRequest, Pixels, Prompt
from engine.profiles import profile_folder

JUDGE = Path("runs/judge")
KEPT = Path("runs/levers")
PROMPTS = (
    "a red fox in a snowy forest at night",
    "a blue whale in the sea at sunset",
    "a castle on a hill in the rain",
    "a green dragon in the mountains",
    "an owl on a branch in the forest, by moonlight",
    "a yellow submarine under the sea",
    "a girl with a lantern in a cave",
    "a white rabbit in a meadow with a rainbow",
    "a pirate ship in a storm",
    "a robot on the moon",
    "a brown bear fishing at a lake",
    "a hot-air balloon over a village at dawn",
)
SIDE, SMALL_SIDE, SHOWN, HEAD, GAP = 128, 96, 96, 18, 8
LARGEST_FILE = 400 * 1024
FREE = PaintOptions(pull=0.0, anchor=0.0, variation=0.0, calm=0.0)


@dataclass(frozen=True)
class Lever:
    """One way to paint: its name as written on the command line, and what is asked for.

    ``from_next`` starts each picture from the next prompt's one as it comes.
    """

    name: str
    options: PaintOptions = field(default_factory=PaintOptions)
    wish: dict[str, Any] = field(default_factory=dict)
    side: int = SIDE
    from_next: bool = False

    @property
    def slug(self) -> str:
        """Return its name as that of a file."""
        return re.sub(r"[^a-z0-9.]+", "-", self.name).strip("-")


PLAIN = Lever("as it comes: a draft, 24 steps")
LEVERS = (
    Lever("the draft alone", PaintOptions(rate=0.0001), {"steps": 1}),
    PLAIN,
    Lever("--best-of 3", PaintOptions(best_of=3)),
    Lever("--form cosine", PaintOptions(form="cosine")),
    Lever("--quantise", PaintOptions(quantise=True)),
    Lever(
        "--rate 0.05 --pull 0.1 --anchor 5 --variation 1 --calm 0",
        PaintOptions(rate=0.05, pull=0.1, anchor=5.0, variation=1.0, calm=0.0),
    ),
    Lever("--pull 0 --anchor 0 --variation 0 --calm 0", FREE),
    Lever("the same and --rate 0.1", replace(FREE, rate=0.1)),
    Lever("--jitter 0.15 --erase 0.4 --noise 0.1", PaintOptions(jitter=0.15, erase=0.4, noise=0.1)),
    Lever('--extra "falling snow:2"', wish={"extra": (Prompt("falling snow", 2.0),)}),
    Lever('--exclude "grass in a meadow:2"', wish={"exclude": (Prompt("grass in a meadow", 2.0),)}),
    Lever("--steps 60 --plateau 6", PaintOptions(plateau=6), {"steps": 60}),
    Lever(
        "--init (the next prompt's picture) --rate 0.1 --anchor 1",
        PaintOptions(rate=0.1, anchor=1.0), from_next=True,
    ),
    Lever("--start gradient --steps 60", PaintOptions(start="gradient"), {"steps": 60}, SMALL_SIDE),
    Lever(
        "--start gradient --steps 60, whole at once",
        PaintOptions(start="gradient", stages=(Stage(0.99, 0.01),)), {"steps": 60}, SMALL_SIDE,
    ),
    Lever("--start codes --steps 60", PaintOptions(start="codes"), {"steps": 60}, SMALL_SIDE),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Row:
    """A lever's pictures (N, side, side, 3), means of their scores and of steps and seconds."""

    pixels: NDArray[np.uint8]
    guide: float
    held_out: float
    steps: float
    seconds: float


def load() -> Illustrator:
    """Load the starter with the judge as the CLIP that never guides."""
    folder = profile_folder("starter")
    return Illustrator(
        load_vqgan(folder), load_perceptor(folder), DraftModel.load(folder),
        judge=load_perceptor(JUDGE, "judge"),
    )  # fmt: skip


def paint(illustrator: Illustrator, requests: Sequence[PictureRequest]) -> list[PictureDone]:
    """Paint pictures side by side, in the order of their keys."""
    events = illustrator.paint(requests, preview_seconds=0, should_stop=lambda: False)
    return sorted((e for e in events if isinstance(e, PictureDone)), key=lambda done: done.key)


def paint_row(illustrator: Illustrator, lever: Lever, starts: Sequence[Pixels]) -> Row:
    """Paint all prompts under a lever; core-seconds are those of this process."""
    requests = [
        PictureRequest(
            key=key, prompts=(Prompt(text),), seed=key + 1, width=lever.side, height=lever.side,
            options=lever.options, init_image=as_png(starts[key]) if starts else b"", **lever.wish,
        )
        for key, text in enumerate(PROMPTS)
    ]  # fmt: skip
    began = time.process_time()
    done = paint(illustrator, requests)
    return Row(
        np.stack([d.pixels for d in done]),
        float(np.mean([d.score for d in done])),
        float(np.mean([d.held_out or np.nan for d in done])),
        float(np.mean([d.steps for d in done])),
        (time.process_time() - began) / len(done),
    )


def rows(kept: Path) -> Iterator[tuple[Lever, Row]]:
    """Yield each lever's row, painted or read from where it was kept."""
    kept.mkdir(parents=True, exist_ok=True)
    illustrator: Illustrator | None = None
    plain: list[Pixels] = []
    for lever in (PLAIN, *(lever for lever in LEVERS if lever is not PLAIN)):
        path = kept / f"{lever.slug}.npz"
        if not path.is_file():
            illustrator = illustrator or load()
            starts = [*plain[1:], plain[0]] if lever.from_next else []
            np.savez(path, **asdict(paint_row(illustrator, lever, starts)))
        with np.load(path) as saved:
            row = Row(saved["pixels"], *(float(saved[name]) for name in
                      ("guide", "held_out", "steps", "seconds")))  # fmt: skip
        plain = list(row.pixels) if lever is PLAIN else plain
        sys.stderr.write(f"{lever.name}: {row.held_out:.3f}\n")
        yield lever, row


def sheet(painted: Sequence[tuple[Lever, Row]]) -> Image.Image:
    """Lay rows out one below the other, each with its name and its scores."""
    font = ImageFont.load_default(12)
    height = SHOWN + HEAD
    laid_out = Image.new("RGB", (len(PROMPTS) * SHOWN, len(painted) * height), "white")
    pen = ImageDraw.Draw(laid_out)
    for y, (lever, row) in enumerate(painted):
        label = f"{lever.name}   ·   guide {row.guide:.3f}, held-out {row.held_out:.3f}"
        pen.text((4, y * height + 2), label, fill="black", font=font)
        for x, pixels in enumerate(row.pixels):
            small = Image.fromarray(pixels).resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            laid_out.paste(small, (x * SHOWN, y * height + HEAD))
    return laid_out


def table(painted: Sequence[tuple[Lever, Row]]) -> str:
    """Write the rows' figures as the table of docs/illustrating.md."""
    lines = ["| options | guide | held-out | steps | s |", "|---|---|---|---|---|"]
    for lever, row in painted:
        name = f"`{lever.name}`" if lever.name.startswith("--") else lever.name
        figures = f"{row.guide:.3f} | {row.held_out:.3f} | {row.steps:.0f} | {row.seconds:.1f}"
        lines.append(f"| {name} | {figures} |")
    return "\n".join(lines)


def parts() -> Image.Image:
    """Paint a castle, a bear before it, and what lies around it; side by side."""
    illustrator, side = load(), 192
    wish = PictureRequest(key=1, prompts=(), seed=5, width=side, height=side)
    scene = (Prompt("a castle on a hill by day"),)
    (plain,) = paint(illustrator, [replace(wish, prompts=scene)])
    mask = np.zeros((side, side), np.uint8)
    down, across = np.ogrid[:side, :side]
    mask[((down - 116) / 56) ** 2 + ((across - 66) / 46) ** 2 < 1] = 255
    given = replace(wish, init_image=as_png(plain.pixels))
    bear = replace(given, prompts=(Prompt("a brown bear"),), mask=as_png(mask))
    larger = replace(given, prompts=scene, extend=(64, 0, 96, 32))
    changed = [paint(illustrator, [request])[0].pixels for request in (bear, larger)]
    shown = [plain.pixels, np.stack([mask] * 3, axis=-1), *changed]
    width = sum(p.shape[1] for p in shown) + GAP * (len(shown) - 1)
    laid_out, x = Image.new("RGB", (width, max(p.shape[0] for p in shown)), "white"), 0
    for pixels in shown:
        laid_out.paste(Image.fromarray(pixels), (x, 0))
        x += pixels.shape[1] + GAP
    return laid_out


def as_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return pixels as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def save(image: Image.Image, path: Path) -> None:
    """Save a JPEG as good as a file of modest size can be."""
    for quality in (88, 82, 75, 68):
        image.save(path, quality=quality, optimize=True)
        if path.stat().st_size < LARGEST_FILE:
            break


def main(
    which: Annotated[
        list[str] | None, typer.Argument(help="levers, parts; both by default.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder of the sheets.")] = Path("docs"),
    anew: Annotated[bool, typer.Option(help="Paint again what is kept.")] = False,
) -> None:
    """Paint the sheets and print the table of figures."""
    for name in which or ("levers", "parts"):
        if name == "parts":
            save(parts(), out / "parts.jpg")
        elif name == "levers":
            for path in KEPT.glob("*.npz") if anew else ():
                path.unlink()
            painted = sorted(rows(KEPT), key=lambda pair: LEVERS.index(pair[0]))
            save(sheet(painted), out / "levers.jpg")
            sys.stdout.write(table(painted) + "\n")
        else:
            raise typer.BadParameter(f"{name} is none of levers, parts.")


if __name__ == "__main__":
    typer.run(main)
