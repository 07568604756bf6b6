"""Labelled pictures of one or more data sets, as training samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.labels import ABSENT, PersonLabel, PictureLabel, read_labels
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, UNKNOWN, Sample

RENDERED = "render"
"""The source whose absent keypoints are outside of the picture for sure; people leave joints out for other reasons."""


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """Where a picture is and what is known of it."""

    path: Path
    label: PictureLabel

    def load(self) -> Sample:
        """Reads the picture.

        Raises:
            FileNotFoundError: it is not there, or is no picture.
        """
        picture = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if picture is None:
            raise FileNotFoundError(f"{self.path}: not a readable picture; make the data set again")
        persons = self.label.persons
        absent = OUTSIDE if self.label.source == RENDERED else UNKNOWN
        return Sample(
            picture=np.ascontiguousarray(picture[:, :, ::-1], np.uint8),
            boxes_px=np.array([person.box_px for person in persons], np.float32).reshape(-1, 4),
            keypoints_px=_keypoints(persons),
            flags=np.array([_flags(person, absent) for person in persons], np.int8).reshape(-1, 17),
            ignore_px=np.array(self.label.ignore_px, np.float32).reshape(-1, 4),
        )


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A person without the background.

    Attributes:
        rgba: uint8 `(H, W, 4)`.
        keypoints_px: float32 `(17, 2)`.
        flags: int8 `(17,)`.
    """

    rgba: npt.NDArray[np.uint8]
    keypoints_px: npt.NDArray[np.float32]
    flags: npt.NDArray[np.int8]


def list_pictures(folder: Path) -> list[LabelledPicture]:
    """Lists a data set's pictures in its own order."""
    return [LabelledPicture(folder / label.image, label) for label in read_labels(folder)]


def load_cut_outs(folder: Path) -> list[CutOut]:
    """Reads a data set of cut-out persons into memory.

    Raises:
        ValueError: a picture has no transparency.
    """
    cut_outs: list[CutOut] = []
    for listed in list_pictures(folder):
        picture = cv2.imread(str(listed.path), cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim != 3 or picture.shape[2] != 4:
            raise ValueError(f"{listed.path}: a cut-out is a PNG with transparency; make the data set again")
        rgba = np.ascontiguousarray(picture[:, :, [2, 1, 0, 3]], np.uint8)
        cut_outs.extend(
            CutOut(rgba, _keypoints((person,))[0], np.array(_flags(person, UNKNOWN), np.int8))
            for person in listed.label.persons[:1]
        )
    return cut_outs


def _keypoints(persons: tuple[PersonLabel, ...]) -> npt.NDArray[np.float32]:
    places = [[(x, y) for x, y, _ in person.keypoints] for person in persons]
    return np.array(places, np.float32).reshape(-1, 17, 2)


def _flags(person: PersonLabel, absent: int) -> list[int]:
    return [absent if flag == ABSENT else SEEN if flag == 2 else HIDDEN for _, _, flag in person.keypoints]
