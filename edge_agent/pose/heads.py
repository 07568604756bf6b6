"""Networks that keep scores, boxes and keypoints in tensors of their own, each with its own quantisation.

One scale over pixels and confidences would cost one or the other. Rows of all three tensors are anchors: the cells of
the grids of stride 8, then 16, then 32, each row by row (the pyramid levels P3, P4 and P5 of FCOS, Tian et al., ICCV
2019, and of the YOLO family). A tensor may hold the rows of all levels, or those of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.errors import ModelRefused
from edge_agent.pose.interpreter import TensorSpec

STRIDES_PX = (8, 16, 32)
SCORE_VALUES = 1 + KEYPOINT_COUNT  # of the person, then of each keypoint: 0..1
BOX_VALUES = 4  # left, top, right, bottom: distances from the anchor, in strides
KEYPOINT_VALUES = 2 * KEYPOINT_COUNT  # x, y: offsets from the anchor, in strides
_ROLES = {SCORE_VALUES: "scores", BOX_VALUES: "boxes", KEYPOINT_VALUES: "keypoints"}

# A coarser step moves a joint by up to 4 px of the input on the coarsest level: more than a shoulder's tolerance in
# COCO (k = 0.16) on a person of 25 x 25 px. Golden inputs decide about what is finer.
MAX_STEP_STRIDES = 0.25


@dataclass(frozen=True, slots=True)
class Part:
    """One tensor and the anchors that its rows are.

    Attributes:
        output: Its number among the network's outputs.
        spec: The tensor, ``[1, rows, values]``.
        first_row: The anchor of its first row, among those of all levels.
    """

    output: int
    spec: TensorSpec
    first_row: int

    @property
    def rows(self) -> int:
        """How many anchors it speaks of."""
        return self.spec.shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Where to find what in the outputs of such a network.

    Attributes:
        scores: The tensors that hold the scores, in the order of the anchors; likewise the others.
        boxes: Those of the boxes.
        keypoints: Those of the keypoints.
        centres_px: ``(N, 2)`` float32, x y of every anchor, in pixels of the input.
        strides_px: ``(N,)`` float32, the stride of every anchor's level.
    """

    scores: tuple[Part, ...]
    boxes: tuple[Part, ...]
    keypoints: tuple[Part, ...]
    centres_px: npt.NDArray[np.float32]
    strides_px: npt.NDArray[np.float32]


def is_heads(outputs: tuple[TensorSpec, ...]) -> bool:
    """Whether these tensors may be heads at all: three or more, each as wide as one of them."""
    return len(outputs) >= len(_ROLES) and all(
        len(spec.shape) == 3 and spec.shape[0] == 1 and spec.shape[2] in _ROLES for spec in outputs
    )


def find_heads(path: Path, outputs: tuple[TensorSpec, ...], input_size_px: tuple[int, int]) -> Heads:
    """Tell scores, boxes and keypoints apart, and the level of each, by the shapes alone.

    Args:
        path: Of the model, for errors.
        outputs: Tensors of which `is_heads` holds.
        input_size_px: Width and height of the network's input.

    Raises:
        ModelRefused: The rows do not fit the input, a tensor is missing or there twice, or a scale is too coarse.
    """
    width_px, height_px = input_size_px
    if width_px % STRIDES_PX[-1] or height_px % STRIDES_PX[-1]:
        raise ModelRefused(
            f"{path}: an input of {width_px}x{height_px} has no whole grid of stride {STRIDES_PX[-1]}; export it with "
            f"sides that are multiples of {STRIDES_PX[-1]}"
        )
    rows = [(width_px // stride) * (height_px // stride) for stride in STRIDES_PX]
    spans = _spans(rows)
    parts: dict[str, list[Part]] = {role: [] for role in _ROLES.values()}
    for number, spec in enumerate(outputs):
        if spec.shape[1] not in spans or spec.dtype not in ("uint8", "int8", "float32"):
            raise ModelRefused(
                f"{path}: its output {spec} fits no grid of a {width_px}x{height_px} input; expected "
                f"{', '.join(map(str, rows))} rows for strides {', '.join(map(str, STRIDES_PX))}, or {sum(rows)} for "
                "all, of uint8, int8 or float32"
            )
        parts[_ROLES[spec.shape[2]]].append(Part(number, spec, spans[spec.shape[1]]))
    for role, found in parts.items():
        found.sort(key=lambda part: part.first_row)
        _check_whole(path, role, found, sum(rows))
    centres_px, strides_px = _anchors(width_px, height_px)
    return Heads(tuple(parts["scores"]), tuple(parts["boxes"]), tuple(parts["keypoints"]), centres_px, strides_px)


def coarse_part(heads: Heads, least_score_steps: int) -> str:
    """Which tensor is quantised too coarsely to mean anything, in words; empty where none is."""
    limits = ((heads.scores, 1 / least_score_steps), (heads.boxes + heads.keypoints, MAX_STEP_STRIDES))
    for parts, limit in limits:
        for part in parts:
            if part.spec.quantised and not 0 < part.spec.scale <= limit:
                return f"{part.spec} has steps of {part.spec.scale:.3f}, expected {limit:.3f} at most"
    return ""


def _spans(rows: list[int]) -> dict[int, int]:
    """By the number of a tensor's rows, its first anchor: all levels, or one."""
    firsts = np.cumsum([0, *rows[:-1]]).tolist()
    return {sum(rows): 0, **dict(zip(rows, firsts, strict=True))}


def _check_whole(path: Path, role: str, parts: list[Part], rows: int) -> None:
    """Refuse tensors that leave anchors out, or speak of some twice."""
    next_row = 0
    for part in parts:
        if part.first_row != next_row:
            next_row = -1
            break
        next_row += part.rows
    if next_row != rows:
        found = ", ".join(str(part.spec) for part in parts) or "none"
        raise ModelRefused(
            f"{path}: its {role} are {found}, expected one tensor of {rows} rows or one for each of the strides "
            f"{', '.join(map(str, STRIDES_PX))}; export each once"
        )


def _anchors(width_px: int, height_px: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Centres and strides of all anchors: (column + 0.5, row + 0.5) * stride."""
    levels = list(_levels(width_px, height_px))
    strides_px = np.concatenate([np.full(len(centres), stride, np.float32) for centres, stride in levels])
    return np.concatenate([centres for centres, _ in levels]), strides_px


def _levels(width_px: int, height_px: int) -> Iterator[tuple[npt.NDArray[np.float32], int]]:
    for stride in STRIDES_PX:
        y, x = np.mgrid[0 : height_px // stride, 0 : width_px // stride]
        yield ((np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride).astype(np.float32), stride
