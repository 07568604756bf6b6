"""How a network's outputs are laid out; apart from the arrays, so that who only reads a verdict needs no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TensorLayout(str, Enum):
    """What stands where. N is the number of anchors, K the number of detections of an end-to-end network.

    All but the last are one tensor; the last are three, or three for each level of the anchors (`heads`).
    """

    CHANNELS_FIRST = "[1,56,N]"
    ANCHORS_FIRST = "[1,N,56]"
    END_TO_END = "[1,K,57]"
    HEADS = "scores [1,N,18] with boxes [1,N,4] and keypoints [1,N,34]"


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """How to read the outputs.

    Attributes:
        layout: What stands where.
        normalised: Whether coordinates are fractions of the input's sides rather than input pixels.
    """

    layout: TensorLayout
    normalised: bool
