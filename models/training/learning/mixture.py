"""Draws training samples: which source, alone or as a mosaic, what is pasted over, in what light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.learning.covering import erase, paste
from edge_agent.models.training.learning.photometric import degrade, recolour
from edge_agent.models.training.learning.pictures import CutOut
from edge_agent.models.training.learning.placing import Region, place, placement
from edge_agent.models.training.learning.sample import Sample

CANVAS_GREY = 114
"""Of the letterbox' borders, as the agent fills them."""

FRAMED_SHARE, LENGTHS_PX, LARGEST_PART, LARGEST_SCALE = 0.8, (34.0, 230.0), 1.15, 3.0
"""How often a person decides the scale, the lengths that the person is brought to (the same at every size of picture,
so that each head keeps its persons), the largest as a part of the picture's side, and how far a picture is
enlarged for it."""

MOSAIC_SHARE, PASTE_SHARE, ERASE_SHARE, QUARTER_TURN_SHARE = 0.25, 0.35, 0.3, 0.07


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One data set, read into memory, and how often a picture is drawn from it, relative to the others."""

    samples: tuple[Sample, ...]
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """All that samples are drawn from, and the side of the squares that come out."""

    sources: tuple[Source, ...]
    cut_outs: tuple[CutOut, ...]
    size_px: int

    def draw(self, rng: np.random.Generator, *, plain: bool = False) -> Sample:
        """Draws one square sample.

        Args:
            rng: decides everything.
            plain: no mosaic and no paste, as the last part of a training uses (Z. Ge et al., YOLOX, 2021).
        """
        sample = self._mosaic(rng) if not plain and rng.random() < MOSAIC_SHARE else self._single(rng)
        if self.cut_outs and not plain:
            while rng.random() < PASTE_SHARE:
                sample = paste(sample, self.cut_outs[rng.integers(len(self.cut_outs))], rng)
        if rng.random() < ERASE_SHARE:
            sample = erase(sample, rng)
        return replace(sample, picture=degrade(recolour(sample.picture, rng), rng))

    def _pick(self, rng: np.random.Generator) -> Sample:
        weights = np.array([source.weight for source in self.sources])
        source = self.sources[rng.choice(len(self.sources), p=weights / weights.sum())]
        return source.samples[rng.integers(len(source.samples))]

    def _single(self, rng: np.random.Generator) -> Sample:
        whole = Region(0, 0, self.size_px, self.size_px)
        return _placed(self._pick(rng), whole, rng, self._blank())

    def _mosaic(self, rng: np.random.Generator) -> Sample:
        """Four pictures around a random point (A. Bochkovskiy et al., YOLOv4, 2020)."""
        side = self.size_px
        x, y = (int(value) for value in rng.uniform(0.3, 0.7, 2) * side)
        regions = (
            Region(0, 0, x, y),
            Region(x, 0, side, y),
            Region(0, y, x, side),
            Region(x, y, side, side),
        )
        canvas = self._blank()
        parts = [_placed(self._pick(rng), region, rng, canvas) for region in regions]
        return Sample(
            picture=canvas,
            boxes_px=np.concatenate([part.boxes_px for part in parts]),
            keypoints_px=np.concatenate([part.keypoints_px for part in parts]),
            flags=np.concatenate([part.flags for part in parts]),
            ignore_px=np.concatenate([part.ignore_px for part in parts]),
        )

    def _blank(self) -> npt.NDArray[np.uint8]:
        return np.full((self.size_px, self.size_px, 3), CANVAS_GREY, np.uint8)


def _placed(sample: Sample, region: Region, rng: np.random.Generator, canvas: npt.NDArray[np.uint8]) -> Sample:
    span_x, span_y = region.right_px - region.left_px, region.bottom_px - region.top_px
    scale, middle = _framing(sample, rng, (span_x, span_y))
    onto = (region.left_px + region.right_px) / 2, (region.top_px + region.bottom_px) / 2
    turn_deg = rng.normal(0, 7) + (rng.choice((-90.0, 90.0)) if rng.random() < QUARTER_TURN_SHARE else 0.0)
    how = placement(middle, onto, scale, turn_deg, mirrored=bool(rng.random() < 0.5))
    return place(sample, how, canvas, region)


def _framing(sample: Sample, rng: np.random.Generator, span_px: tuple[int, int]) -> tuple[float, tuple[float, float]]:
    """Draws a scale and the point that comes to the middle.

    Mostly a person is chosen and brought to a length drawn log-uniform, so that every size is learnt from every
    picture; else the whole picture is fitted, more or less.
    """
    height, width = sample.picture.shape[:2]
    if len(sample.boxes_px) and rng.random() < FRAMED_SHARE:
        x0, y0, x1, y1 = (float(edge) for edge in sample.boxes_px[rng.integers(len(sample.boxes_px))])
        longest_px = min(LENGTHS_PX[1], LARGEST_PART * min(span_px))
        length_px = float(np.exp(rng.uniform(np.log(LENGTHS_PX[0]), np.log(max(longest_px, LENGTHS_PX[0])))))
        scale = min(length_px / max(x1 - x0, y1 - y0), LARGEST_SCALE)
        near = rng.uniform(x0, x1), rng.uniform(y0, y1)
    else:
        fit = min(span_px[0] / width, span_px[1] / height)
        scale = fit * float(np.exp(rng.uniform(np.log(0.7), np.log(2.2))))
        near = rng.uniform(0, width), rng.uniform(0, height)
    found = []
    for value, size, span in zip(near, (width, height), span_px, strict=True):
        low, high = sorted((span / scale / 2, size - span / scale / 2))
        found.append(float(np.clip(value, low, high)))
    return scale, (found[0], found[1])
