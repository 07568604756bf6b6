"""What a pose network's output means, told from its tensors alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.errors import ModelRefused
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.nms import MAX_CANDIDATES

CANDIDATE_VALUES = 4 + 1 + 3 * KEYPOINT_COUNT  # box, score, keypoints
END_TO_END_VALUES = CANDIDATE_VALUES + 1  # and a class after the score

# A confidence of 0..1 needs at least so many steps, or thresholds mean nothing. Sound exports have 175 and more;
# one scale over pixels and confidences leaves less than one.
MIN_STEPS_PER_UNIT = 32
# Box centres of every anchor reach about 1 when normalised, and the input's side when in pixels (32 at least).
MAX_NORMALISED = 2.0


class TensorLayout(str, Enum):
    """The order of the axes. N is the number of anchors, K the number of detections of an end-to-end network."""

    CHANNELS_FIRST = "[1,56,N]"
    ANCHORS_FIRST = "[1,N,56]"
    END_TO_END = "[1,K,57]"


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """How to read the output tensor.

    Attributes:
        layout: The order of the axes.
        normalised: Whether coordinates are fractions of the input's sides rather than input pixels.
    """

    layout: TensorLayout
    normalised: bool


def check_input(path: Path, inputs: tuple[TensorSpec, ...]) -> TensorSpec:
    """The one picture that the network takes.

    Raises:
        ModelRefused: It takes something else.
    """
    found = ", ".join(describe(spec) for spec in inputs)
    wanted = "one picture [1,H,W,3] of uint8, int8 or float32"
    spec = inputs[0]
    if (
        len(inputs) != 1
        or len(spec.shape) != 4
        or spec.shape[0] != 1
        or spec.shape[3] != 3
        or min(spec.shape[1:3]) < 32
        or spec.dtype not in ("uint8", "int8", "float32")
        or (spec.quantised and spec.scale <= 0)
    ):
        raise ModelRefused(f"{path}: its input is {found}, expected {wanted}; export a YOLO pose network")
    return spec


def check_output(path: Path, outputs: tuple[TensorSpec, ...]) -> TensorLayout:
    """The layout of the one tensor that the network gives.

    Raises:
        ModelRefused: It is a network of another kind, or its quantisation is too coarse to mean anything.
    """
    found = ", ".join(describe(spec) for spec in outputs)
    layout = _layout(outputs[0].shape) if len(outputs) == 1 else None
    if layout is None or outputs[0].dtype not in ("uint8", "int8", "float32"):
        raise ModelRefused(
            f"{path}: not a YOLO pose network with 17 keypoints: its output is {found}, expected one tensor "
            f"{', '.join(each.value for each in TensorLayout)}; use a pose export"
        )
    spec = outputs[0]
    if spec.quantised and not 0 < spec.scale <= 1 / MIN_STEPS_PER_UNIT:
        raise ModelRefused(
            f"{path}: its output is quantised too coarsely: one scale of {spec.scale:.3f} covers coordinates "
            f"and confidences alike, so a confidence can only read 0 or multiples of {spec.scale:.1f}; export it again "
            "with float32 outputs or separate heads"
        )
    return layout


def is_normalised(layout: TensorLayout, spec: TensorSpec, raw: npt.NDArray[np.generic]) -> bool:
    """Whether coordinates are fractions, judged by the boxes that a golden input gave.

    A quantised output that passed `check_output` cannot hold pixels: 255 steps of 1/32 are 8.
    """
    if spec.quantised:
        return True
    boxes = raw[0, :4] if layout is TensorLayout.CHANNELS_FIRST else raw[0, :, :4]
    return bool(np.abs(boxes).max() <= MAX_NORMALISED)


def check_scores(path: Path, layout: TensorLayout, spec: TensorSpec, raw: npt.NDArray[np.generic]) -> None:
    """Look whether a float network's scores are probabilities.

    Scores that are no numbers pass: nobody is found with them, and the golden inputs tell.

    Raises:
        ModelRefused: They are not: the export lacks its last activation.
    """
    scores = raw[0, 4] if layout is TensorLayout.CHANNELS_FIRST else raw[0, :, 4]
    low, high = float(scores.min()), float(scores.max())
    if not spec.quantised and (low < -0.01 or high > 1.01):
        raise ModelRefused(
            f"{path}: its scores run from {low:.2f} to {high:.2f}, expected 0..1; export it with the sigmoid in it"
        )


def describe(spec: TensorSpec) -> str:
    """A tensor in words, as in ``int8 [1,56,2100]``."""
    return f"{spec.dtype} [{','.join(str(side) for side in spec.shape)}]"


def _layout(shape: tuple[int, ...]) -> TensorLayout | None:
    if len(shape) != 3 or shape[0] != 1:
        return None
    if shape[1] == CANDIDATE_VALUES:
        return TensorLayout.CHANNELS_FIRST
    if shape[2] == CANDIDATE_VALUES:
        return TensorLayout.ANCHORS_FIRST
    if shape[2] == END_TO_END_VALUES and shape[1] <= MAX_CANDIDATES:
        return TensorLayout.END_TO_END
    return None
