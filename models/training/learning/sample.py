"""One training example, and a batch of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

UNKNOWN, OUTSIDE, HIDDEN, SEEN = -1, 0, 1, 2
"""What is known of a keypoint: nothing, that it is out of the picture, that something covers it, that it is in view."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture with its persons, in its own pixels.

    Attributes:
        picture: uint8 `(H, W, 3)`, RGB.
        boxes_px: float32 `(P, 4)`, x0, y0, x1, y1.
        keypoints_px: float32 `(P, 17, 2)`.
        flags: int8 `(P, 17)`, one of `UNKNOWN`, `OUTSIDE`, `HIDDEN`, `SEEN`.
        ignore_px: float32 `(Q, 4)`, boxes in which nobody is told what is there.
    """

    picture: npt.NDArray[np.uint8]
    boxes_px: npt.NDArray[np.float32]
    keypoints_px: npt.NDArray[np.float32]
    flags: npt.NDArray[np.int8]
    ignore_px: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The persons of a batch, padded to the largest number of persons in one picture.

    Attributes:
        boxes_px: `(B, M, 4)`.
        keypoints_px: `(B, M, 17, 2)`.
        flags: `(B, M, 17)`, int8.
        present: `(B, M)`, bool: whether the row is a person.
        ignore_px: `(B, Q, 4)`, padded with empty boxes.
    """

    boxes_px: Tensor
    keypoints_px: Tensor
    flags: Tensor
    present: Tensor
    ignore_px: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures, uint8 `(B, 3, H, W)`, RGB, and who is in them."""

    pictures: Tensor
    targets: Targets
