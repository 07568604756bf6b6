"""What a pose network's outputs mean, told from its tensors alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.errors import ModelRefused
from edge_agent.pose.heads import SCORE_VALUES, coarse_part, find_heads, is_heads
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.nms import MAX_CANDIDATES
from edge_agent.pose.output_layout import TensorLayout

Raw = npt.NDArray[Any]

CANDIDATE_VALUES = 4 + 1 + 3 * KEYPOINT_COUNT  # box, score, keypoints
END_TO_END_VALUES = CANDIDATE_VALUES + 1  # and a class after the score

# A confidence of 0..1 needs at least so many steps, or thresholds mean nothing. Sound exports have 175 and more;
# one scale over pixels and confidences leaves less than one.
MIN_STEPS_PER_UNIT = 32
# Box centres of every anchor reach about 1 when normalised, and the input's side when in pixels (32 at least).
MAX_NORMALISED = 2.0


_ONE_TENSOR = tuple(each for each in TensorLayout if each is not TensorLayout.HEADS)


def check_input(path: Path, inputs: tuple[TensorSpec, ...]) -> TensorSpec:
    """The one picture that the network takes.

    Raises:
        ModelRefused: It takes something else.
    """
    found = ", ".join(str(spec) for spec in inputs)
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


def check_output(path: Path, outputs: tuple[TensorSpec, ...], picture: TensorSpec) -> TensorLayout:
    """The layout of what the network gives.

    Args:
        path: Of the model, for errors.
        outputs: Its outputs.
        picture: Its input, as `check_input` found it.

    Raises:
        ModelRefused: It is a network of another kind, or its quantisation is too coarse to mean anything.
    """
    if is_heads(outputs):
        heads = find_heads(path, outputs, (picture.shape[2], picture.shape[1]))
        if coarse := coarse_part(heads, MIN_STEPS_PER_UNIT):
            raise ModelRefused(f"{path}: an output is quantised too coarsely: {coarse}; export it again")
        return TensorLayout.HEADS
    found = ", ".join(str(spec) for spec in outputs)
    layout = _layout(outputs[0].shape) if len(outputs) == 1 else None
    if layout is None or outputs[0].dtype not in ("uint8", "int8", "float32"):
        raise ModelRefused(
            f"{path}: not a YOLO pose network with 17 keypoints: its output is {found}, expected one tensor "
            f"{', '.join(each.value for each in _ONE_TENSOR)}, or {TensorLayout.HEADS.value}; use a pose export"
        )
    spec = outputs[0]
    if spec.quantised and not 0 < spec.scale <= 1 / MIN_STEPS_PER_UNIT:
        raise ModelRefused(
            f"{path}: its output is quantised too coarsely: one scale of {spec.scale:.3f} covers coordinates "
            f"and confidences alike, so a confidence can only read 0 or multiples of {spec.scale:.1f}; export it again "
            "with float32 outputs or separate heads"
        )
    return layout


def is_normalised(layout: TensorLayout, outputs: tuple[TensorSpec, ...], raws: Sequence[Raw]) -> bool:
    """Whether coordinates are fractions, judged by the boxes that a golden input gave.

    A quantised output that passed `check_output` cannot hold pixels: 255 steps of 1/32 are 8. Heads are in strides.
    """
    if layout is TensorLayout.HEADS:
        return False
    if outputs[0].quantised:
        return True
    boxes = raws[0][0, :4] if layout is TensorLayout.CHANNELS_FIRST else raws[0][0, :, :4]
    return bool(np.abs(boxes).max() <= MAX_NORMALISED)


def check_scores(path: Path, layout: TensorLayout, outputs: tuple[TensorSpec, ...], raws: Sequence[Raw]) -> None:
    """Look whether a float network's scores are probabilities.

    Scores that are no numbers pass: nobody is found with them, and the golden inputs tell.

    Raises:
        ModelRefused: They are not: the export lacks its last activation.
    """
    for spec, raw in zip(outputs, raws, strict=True):
        scores = _scores(layout, raw)
        low, high = float(scores.min(initial=0)), float(scores.max(initial=0))
        if not spec.quantised and (low < -0.01 or high > 1.01):
            raise ModelRefused(
                f"{path}: its scores run from {low:.2f} to {high:.2f}, expected 0..1; export it with the sigmoid in it"
            )


def _scores(layout: TensorLayout, raw: Raw) -> Raw:
    """The scores in a tensor; empty where it holds none."""
    if layout is TensorLayout.HEADS:
        return raw[0, :, :1] if raw.shape[2] == SCORE_VALUES else raw[:0]
    return raw[0, 4] if layout is TensorLayout.CHANNELS_FIRST else raw[0, :, 4]


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
