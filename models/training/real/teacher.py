"""The pose teacher: finds persons and their joints, and says which joints it is sure of.

It asks BlazePose several times, with the region turned, scaled and mirrored. Where the answers differ the joint is not
labelled: a network's own confidence says little, its agreement with itself a good deal (Radosavovic et al., "Data
Distillation", CVPR 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.blazepose_models import LANDMARK_SIDE_PX, BlazePose, Landmarks, Picture
from edge_agent.models.training.real.blazepose_region import Region, map_points
from edge_agent.models.training.real.coco_joints import SIGMAS, Mask, Points, oks
from edge_agent.models.training.real.pose_sanity import (
    body_size_px,
    is_body,
    on_person,
    seen_from_behind,
    without_face,
)

VARIANTS: Final = (
    (1.0, 0.0, False),
    (1.0, 0.0, True),
    (1.15, 12.0, False),
    (0.92, -12.0, True),
    (1.3, -6.0, False),
)
"""Scale, turn in degrees and mirror of each question."""

LEAST_PRESENCE: Final = 0.8
LEAST_VISIBILITY: Final = 0.5
LEAST_VISIBILITY_HIDDEN: Final = 0.2
"""Below this not even a hidden joint is labelled."""

LARGEST_SPREAD: Final = 2.0
"""Largest spread of a joint's answers, in COCO's sigmas of that joint: further apart, an OKS below 0.6."""

LEAST_JOINTS: Final = 8
"""A person with fewer sure joints is not labelled."""

SAME_PERSON_OKS: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class TaughtPerson:
    """One person as the teacher sees it.

    Attributes:
        points_px: 17 x 2, COCO order, picture frame; all are set, sure or not.
        visibility: 17, 0 to 1.
        sure: 17, the joints worth a label.
        score: 0 to 1, for comparing persons and answers.
        mask: the person in the region's crop, 0 to 1.
        region: the region of the mask.
        next_region: where to look in the next picture.
        good: whether the pose passes every check; otherwise there is a person, but its label is not to be used.
    """

    points_px: Points
    visibility: npt.NDArray[np.float64]
    sure: Mask
    score: float
    mask: npt.NDArray[np.float32]
    region: Region
    next_region: Region
    good: bool

    @property
    def area_px2(self) -> float:
        """About the person's area: COCO's persons cover 0.53 of their box, a box about 4 by 1.7 trunks."""
        return 3.6 * body_size_px(self.points_px) ** 2


class Teacher:
    """Answers what is at a region, and who is in a picture."""

    def __init__(self, blazepose: BlazePose) -> None:
        self._blazepose = blazepose

    def look(self, picture_bgr: Picture, region: Region) -> Landmarks:
        """One quick answer."""
        return self._blazepose.landmarks(picture_bgr, region)

    def regions(self, picture_bgr: Picture, *, turns_deg: Sequence[int], least_score: float = 0.5) -> list[Region]:
        """The detector's persons in the picture turned by each of the angles (multiples of 90), best first."""
        found: list[tuple[float, Region]] = []
        height_px, width_px = picture_bgr.shape[:2]
        for turn_deg in turns_deg:
            turned = np.ascontiguousarray(np.rot90(picture_bgr, turn_deg // 90))
            for hit in self._blazepose.detect(turned, least_score=least_score):
                region = _turned_back(hit.region, turn_deg, width_px=width_px, height_px=height_px)
                found.append((hit.score, region))
        return _distinct([region for _, region in sorted(found, key=lambda pair: -pair[0])])

    def examine(self, picture_bgr: Picture, region: Region) -> TaughtPerson | None:
        """A careful answer: every variant of the region, their median, and where they agree.

        Returns:
            None where there seems to be no person.
        """
        answers = [
            self._blazepose.landmarks(picture_bgr, region.varied(scale=scale, turn_deg=turn_deg, mirrored=mirrored))
            for scale, turn_deg, mirrored in VARIANTS
        ]
        if float(np.median([answer.presence for answer in answers])) < LEAST_PRESENCE:
            return None
        height_px, width_px = picture_bgr.shape[:2]
        return _judged(answers, width_px=width_px, height_px=height_px)

    def find(self, picture_bgr: Picture, *, tiles: Sequence[int] = (1, 2, 3)) -> list[TaughtPerson]:
        """Every person in a picture, best first, each once.

        Args:
            picture_bgr: the picture.
            tiles: into how many tiles a side to cut the picture, for small persons.
        """
        persons: list[TaughtPerson] = []
        for x_px, y_px, tile in _tiles(picture_bgr, tiles):
            for region in self.regions(tile, turns_deg=(0, 90, 270)):
                moved = Region(region.x_px + x_px, region.y_px + y_px, region.side_px, region.turn_deg)
                first = self.look(picture_bgr, moved)
                if first.presence >= LEAST_PRESENCE:
                    person = self.examine(picture_bgr, first.next_region)
                    if person is not None:
                        persons.append(person)
        return each_once(persons)


def each_once(persons: Sequence[TaughtPerson]) -> list[TaughtPerson]:
    """Drops the worse of every two answers about one person."""
    kept: list[TaughtPerson] = []
    everywhere = np.ones(17, dtype=bool)
    for person in sorted(persons, key=lambda one: (-one.good, -one.score)):
        if not any(
            oks(person.points_px, other.points_px, both=everywhere, area_px2=max(person.area_px2, other.area_px2))
            > SAME_PERSON_OKS
            for other in kept
        ):
            kept.append(person)
    return kept


def _judged(answers: Sequence[Landmarks], *, width_px: int, height_px: int) -> TaughtPerson:
    points = np.stack([answer.points_px for answer in answers])
    middle_px = np.median(points, axis=0)
    visibility = np.median([answer.visibility for answer in answers], axis=0)
    size_px = body_size_px(middle_px)
    # Mean distance from the median, against how far human annotators differ at this joint on a person of this size.
    spread_px = np.linalg.norm(points - middle_px, axis=2).mean(axis=0)
    sigma_px = 2.0 * SIGMAS * np.sqrt(3.6) * size_px
    agreement = np.exp(-(spread_px**2) / (2.0 * sigma_px**2))
    inside = (middle_px >= 0).all(axis=1) & (middle_px[:, 0] < width_px) & (middle_px[:, 1] < height_px)
    sure = inside & (spread_px <= 0.5 * LARGEST_SPREAD * sigma_px) & (visibility >= LEAST_VISIBILITY_HIDDEN)
    if seen_from_behind(middle_px, sure):
        sure = without_face(sure)
    seen = sure & (visibility >= LEAST_VISIBILITY)
    first = answers[0]
    crop_points = map_points(first.region.to_crop(LANDMARK_SIDE_PX), middle_px)
    good = int(sure.sum()) >= LEAST_JOINTS and is_body(middle_px, sure) and on_person(crop_points, seen, first.mask)
    presence = float(np.median([answer.presence for answer in answers]))
    return TaughtPerson(
        points_px=middle_px,
        visibility=visibility,
        sure=sure,
        score=presence * float((agreement * visibility).mean()),
        mask=_mean_mask(answers),
        region=first.region,
        next_region=first.next_region,
        good=good,
    )


def _mean_mask(answers: Sequence[Landmarks]) -> npt.NDArray[np.float32]:
    # Every crop's mask, brought into the first one's crop.
    side_px = LANDMARK_SIDE_PX
    to_first = np.vstack([answers[0].region.to_crop(side_px), [0.0, 0.0, 1.0]])
    total = np.zeros((side_px, side_px), dtype=np.float32)
    for answer in answers:
        matrix = to_first @ np.vstack([answer.region.to_picture(side_px), [0.0, 0.0, 1.0]])
        total += cv2.warpAffine(answer.mask, matrix[:2], (side_px, side_px), flags=cv2.INTER_LINEAR)
    return (total / len(answers)).astype(np.float32)


def _turned_back(region: Region, turn_deg: int, *, width_px: int, height_px: int) -> Region:
    # numpy turns counter-clockwise: a point (x, y) of the picture lands at (y, width - x) after 90 degrees.
    x_px, y_px = region.x_px, region.y_px
    if turn_deg == 90:
        x_px, y_px = width_px - y_px, x_px
    elif turn_deg == 180:
        x_px, y_px = width_px - x_px, height_px - y_px
    elif turn_deg == 270:
        x_px, y_px = y_px, height_px - x_px
    return Region(x_px, y_px, region.side_px, region.turn_deg + turn_deg)


def _distinct(regions: Sequence[Region]) -> list[Region]:
    kept: list[Region] = []
    for region in regions:
        if not any(
            abs(region.x_px - other.x_px) + abs(region.y_px - other.y_px) < 0.15 * other.side_px
            and abs((region.turn_deg - other.turn_deg + 180) % 360 - 180) < 45
            for other in kept
        ):
            kept.append(region)
    return kept


def _tiles(picture_bgr: Picture, counts: Sequence[int]) -> list[tuple[int, int, Picture]]:
    height_px, width_px = picture_bgr.shape[:2]
    tiles = []
    for count in counts:
        # Tiles overlap by half, so that a person on a seam is whole in one of them.
        tile_w_px, tile_h_px = 2 * width_px // (count + 1), 2 * height_px // (count + 1)
        for row in range(count):
            for column in range(count):
                x_px, y_px = column * tile_w_px // 2, row * tile_h_px // 2
                tiles.append((x_px, y_px, picture_bgr[y_px : y_px + tile_h_px, x_px : x_px + tile_w_px]))
    return tiles
