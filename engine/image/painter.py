"""The VQGAN+CLIP loop (Crowson et al. 2022): latents move until the perceptor sees the prompts.

The paintings that are at work share steps, and each goes on as if it were alone. On a CPU every
forward pass has one picture and a fixed number of threads, several passes running side by side,
because the kernels' rounding depends on the batch and on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.image.codec import to_pixels
from engine.image.cutouts import Views, fixed_homographies, sample_views, take_views
from engine.image.painting import LatentSpace, Painting
from engine.image.perceptor import Perceptor
from engine.image.picture import Pixels
from engine.image.regular import clamp_with_gradient
from engine.image.shortage import is_shortage, let_go
from engine.image.staged import Seen, seen_at_once, seen_in_stages
from engine.models.frozen import freeze
from engine.models.precision import in_bfloat16
from engine.models.vqgan import VQGAN

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Slope:
    """A painting's loss and its gradient in the offset, and whether that is finite throughout."""

    loss: Tensor
    gradient: Tensor
    finite: bool


class Half:
    """A VQGAN's decoder and perceptors in bfloat16 as a whole."""

    def __init__(
        self, vqgan: VQGAN, perceptors: Sequence[Perceptor], *, compiled: bool = False
    ) -> None:
        half = in_bfloat16(vqgan)
        self._decode = compile_decoder(half.decode) if compiled else half.decode
        self._perceptors = {perceptor: perceptor.halved() for perceptor in perceptors}

    def decode(self, latents: Tensor) -> Tensor:
        """Decode latents (B, C, h, w) of any precision to pictures (B, 3, H, W) in bfloat16."""
        return self._decode(latents.to(torch.bfloat16))

    def see(self, perceptor: Perceptor, views: Tensor) -> Tensor:
        """Return a perceptor's embeddings (N, D), in float32, of views (N, 3, S, S) in 0..1."""
        return self._perceptors[perceptor].encode_views(views)


class Painter:
    """Runs the loop over any number of paintings with one VQGAN.

    ``perceptor`` is one, or several whose losses are added; the first one judges.

    ``chunk`` is the number of pictures a forward pass, ``workers`` the number of passes side by
    side, each in ``threads`` threads; chunk and workers change the time, never the pictures on a
    CPU. ``most_views`` tells of how many views of a picture (height, width) CLIP takes in one go
    (0: all); more are taken in stages. ``reduced`` computes in bfloat16, and a picture that is not
    finite is begun again in float32; ``halved`` takes copies of the networks that are bfloat16 as
    a whole. ``compiled`` has torch.compile make the decoder faster.
    """

    def __init__(
        self,
        vqgan: VQGAN,
        perceptor: Perceptor | Sequence[Perceptor],
        *,
        chunk: int = 1,
        workers: int = 1,
        threads: int = 1,
        most_views: Callable[[int, int], int] = lambda height, width: 0,
        reduced: bool = False,
        halved: bool = False,
        compiled: bool = False,
    ) -> None:
        self.vqgan = vqgan
        self.perceptors: tuple[Perceptor, ...] = (
            (perceptor,) if isinstance(perceptor, Perceptor) else tuple(perceptor)
        )
        self.chunk = chunk
        self.workers = workers
        self._most_views = most_views
        self.reduced = reduced
        self.space = LatentSpace.of(vqgan.codebook)
        on_cpu = vqgan.device.type == "cpu"
        network = freeze(vqgan) if on_cpu else vqgan
        self._half = Half(network, self.perceptors, compiled=compiled) if halved else None
        compiling = compiled and not halved
        self._decode = compile_decoder(network.decode) if compiling else network.decode
        # How many views at once memory has allowed for a painting, where it was short.
        self._eased: WeakKeyDictionary[Painting, int] = WeakKeyDictionary()
        self._pool = ThreadPoolExecutor(
            workers, "painter", initializer=torch.set_num_threads, initargs=(threads,)
        )

    @property
    def perceptor(self) -> Perceptor:
        """Return the first perceptor, which judges."""
        return self.perceptors[0]

    def submit(self, function: Callable[[T], R], item: T) -> Future[R]:
        """Do something in one of the painter's threads."""
        return self._pool.submit(function, item)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Do something with each item in the painter's threads; return the results in order."""
        return list(self._pool.map(function, items))

    def step(self, paintings: Sequence[Painting]) -> None:
        """Take one step of all paintings that are not finished."""
        working = [p for p in paintings if not p.finished]
        chunks = []
        for _, members in groupby(sorted(working, key=group_key), key=group_key):
            group = list(members)
            chunks += [group[i : i + self.chunk] for i in range(0, len(group), self.chunk)]
        for errors in self.map(self.advance, chunks):
            for error in filter(None, errors):
                raise error

    def advance(self, chunk: Sequence[Painting]) -> list[Exception | None]:
        """Take a step of paintings of one group in one pass, in the calling thread.

        Where that fails the pictures go one by one, and where memory runs out their views fewer at
        a time. Returns what kept each one from its step; the others do not suffer by it.
        """
        drawn = [p.draw_views(*self.size(p)) for p in chunk]
        slopes = self._slopes(chunk, drawn)
        return [self._take_step(p, slope) for p, slope in zip(chunk, slopes, strict=True)]

    def views_at_once(self, painting: Painting) -> int:
        """Return how many views of a painting CLIP looks at in one go; 0 is all of them."""
        eased = self._eased.get(painting)
        return self._most_views(*self.size(painting)) if eased is None else eased

    def was_eased(self, painting: Painting) -> bool:
        """Say whether a painting's views had to go fewer at a time for want of memory."""
        return painting in self._eased

    def size(self, painting: Painting) -> tuple[int, int]:
        """Return the height and width of a painting in pixels."""
        factor = self.vqgan.params.factor
        height, width = painting.start.shape[-2:]
        return height * factor, width * factor

    def latents(self, painting: Painting, offset: Tensor) -> Tensor:
        """Return the latents (1, C, h, w) of an offset, within the codebook's limits."""
        return painting.latents(offset, self.space)

    def decode(self, latents: Tensor, *, quantise: bool, precise: bool = False) -> Tensor:
        """Decode latents (B, C, h, w) to pictures (B, 3, H, W) about 0..1, in float32."""
        if quantise:
            latents, _ = self.vqgan.quantise(latents)
        if self._half is not None and not precise:
            return (self._half.decode(latents).float() + 1) / 2
        with self.precision(precise):
            decoded: Tensor = self._decode(latents)
        return (decoded.float() + 1) / 2

    def encode_views(self, views: Tensor, *, precise: bool = False) -> Tensor:
        """Return the first perceptor's embeddings (N, D) of views (N, 3, S, S) in 0..1."""
        return self._see(self.perceptor, views, precise=precise)

    def _see(self, perceptor: Perceptor, views: Tensor, *, precise: bool) -> Tensor:
        if self._half is not None and not precise:
            return self._half.see(perceptor, views)
        with self.precision(precise):
            return perceptor.encode_views(views)

    def precision(self, precise: bool) -> torch.autocast:
        """Return the context that a model is called in: bfloat16, or float32 where ``precise``."""
        device = self.space.spread.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.reduced and not precise)

    def _take_step(self, painting: Painting, slope: Slope | Exception) -> Exception | None:
        if isinstance(slope, Exception):
            return slope
        try:
            painting.note_loss(slope.loss)
            self._move(painting, slope)
        except Exception as error:
            return error
        return None

    def _slopes(self, chunk: Sequence[Painting], drawn: list[Views]) -> list[Slope | Exception]:
        """Return each painting's slope, with less at a time where memory is short."""
        try:
            return [*self._slopes_together(chunk, drawn)]
        except Exception as error:
            if not self._can_do_with_less(chunk, drawn, error):
                return [error]
        # Outside of the handler, whose traceback holds on to what has to go.
        let_go()
        if len(chunk) == 1:
            return self._slopes(chunk, drawn)
        return [self._slopes([p], [d])[0] for p, d in zip(chunk, drawn, strict=True)]

    def _can_do_with_less(
        self, chunk: Sequence[Painting], drawn: list[Views], error: Exception
    ) -> bool:
        """Say whether to try again, and see to it that less is done at a time then."""
        short = is_shortage(error)
        if len(chunk) > 1:
            self.chunk = max(1, len(chunk) // 2) if short else self.chunk
            return True
        before = min(self.views_at_once(chunk[0]) or len(drawn[0]), len(drawn[0]))
        if not short or before <= 1:
            return False
        self._eased[chunk[0]] = before // 2
        return True

    def _slopes_together(self, chunk: Sequence[Painting], drawn: list[Views]) -> list[Slope]:
        params, precise = chunk[0].params, chunk[0].precise
        latents = torch.cat([self.latents(p, p.offset) for p in chunk])
        decoded = clamp_with_gradient(
            self.decode(latents, quantise=params.quantise, precise=precise)
        )
        pictures = [
            p.compose(picture) for p, picture in zip(chunk, torch.split(decoded, 1), strict=True)
        ]
        seen = self._seen(chunk, torch.cat(pictures), drawn)
        losses = [
            loss + p.regular_loss(picture)
            for p, loss, picture in zip(chunk, seen.losses, pictures, strict=True)
        ]
        offsets = [p.offset for p in chunk]
        gradients = torch.autograd.grad(torch.stack(losses).sum() + seen.surrogate, offsets)
        # One answer for all of them, for which a GPU is waited for once.
        finite = torch.stack([g.isfinite().all() for g in gradients]).tolist()
        return [
            Slope(loss.detach(), gradient, fine)
            for loss, gradient, fine in zip(losses, gradients, finite, strict=True)
        ]

    def _seen(self, chunk: Sequence[Painting], pictures: Tensor, drawn: list[Views]) -> Seen:
        """Return what all perceptors together find wrong with each picture of a chunk."""
        most = min(self.views_at_once(p) for p in chunk)
        if not 0 < most < len(drawn[0]):
            return seen_at_once(self, chunk, pictures, drawn)
        return seen_in_stages(self, chunk, pictures, drawn, most=most)

    def look(
        self, perceptor: Perceptor, pictures: Tensor, drawn: Sequence[Views], *, precise: bool
    ) -> Tensor:
        """Return embeddings (B * K, D) of the drawn views of pictures (B, 3, H, W)."""
        views = take_views(pictures, drawn, size=perceptor.image_size)
        return self._see(perceptor, views, precise=precise)

    def _move(self, painting: Painting, slope: Slope) -> None:
        """Let the optimiser take a step, then judge; what is not finite begins again, precisely."""
        if not slope.finite:
            if painting.precise:
                painting.step = painting.params.steps
                return
            painting.precise = True
            painting.begin()
            return
        painting.move(slope.gradient)
        if painting.finished or painting.step % painting.params.judge_every == 0:
            self.judge(painting)
        if painting.due_growth:
            self._grow(painting)

    @torch.no_grad()
    def _grow(self, painting: Painting) -> None:
        """Make a painting as large as its next stage: decode, scale, encode, go on from there."""
        latents = self.latents(painting, painting.average)
        height, width = painting.sizes[painting.stage + 1]
        factor = self.vqgan.params.factor
        larger = F.interpolate(
            self.show(painting, latents),
            (height * factor, width * factor),
            mode="bicubic",
            align_corners=False,
        )
        encoded = self.vqgan.encode(larger.clamp(0, 1) * 2 - 1)
        painting.go_on_from(self.vqgan.codes_to_latents(self.vqgan.nearest(encoded)).float())
        self.judge(painting)

    @torch.no_grad()
    def judge(self, painting: Painting) -> None:
        """Keep the average picture where it scores best so far."""
        latents = self.latents(painting, painting.average)
        score = self.score(painting, latents)
        if score > painting.best_score:
            painting.best_score, painting.best_latents = score, latents

    @torch.no_grad()
    def score(self, painting: Painting, latents: Tensor) -> float:
        """Return the mean cosine of the wanted prompts with fixed views of a picture."""
        picture = self.show(painting, latents)
        matrices = fixed_homographies(*picture.shape[-2:]).to(picture.device)
        views = sample_views(picture, matrices[None], size=self.perceptor.image_size)
        return painting.guidance.score(self.encode_views(views, precise=painting.precise))

    @torch.no_grad()
    def show(self, painting: Painting, latents: Tensor) -> Tensor:
        """Decode latents (1, C, h, w) as the painting shows them: (1, 3, H, W) in 0..1."""
        picture = self.decode(latents, quantise=painting.params.quantise, precise=painting.precise)
        return painting.compose(picture.clamp(0, 1))

    def pixels(self, painting: Painting, latents: Tensor) -> Pixels:
        """Return the bytes (H, W, 3) of a painting's latents."""
        pixels: Pixels = to_pixels(self.show(painting, latents) * 2 - 1)[0]
        return pixels


def compile_decoder(decode: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Return a decoder that torch.compile makes faster; where it cannot, it stays as it is."""
    from torch._dynamo import config

    config.suppress_errors = True
    return torch.compile(decode)


def group_key(painting: Painting) -> str:
    """Return what paintings must have in common to share a forward pass."""
    return repr(painting.group)
