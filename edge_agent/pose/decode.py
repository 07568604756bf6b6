"""The network's output tensor becomes persons, in pixels of the network's input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.pose.dequantise import Dequantiser, Floats
from edge_agent.pose.interpreter import TensorSpec
from edge_agent.pose.nms import DEFAULT_IOU, MAX_CANDIDATES, keep_best
from edge_agent.pose.output_layout import OutputFormat, TensorLayout

DEFAULT_SCORE = 0.25  # Ultralytics' default confidence for prediction
_SCORE, _CLASS = 4, 5
_PERSON = 0


class Decoder:
    """Reads one output tensor.

    Only the score of every anchor is looked at; what passes is made real numbers, and suppressed.

    Args:
        spec: The output tensor.
        form: How to read it.
        input_size_px: Width and height of the network's input.
        score: Least score of a person, 0..1.
        iou: Overlap at which the lesser of two boxes goes.
    """

    def __init__(
        self,
        spec: TensorSpec,
        form: OutputFormat,
        input_size_px: tuple[int, int],
        score: float = DEFAULT_SCORE,
        iou: float = DEFAULT_IOU,
    ) -> None:
        self._layout = form.layout
        self._unit_px = np.array(input_size_px if form.normalised else (1, 1), np.float32)
        self._iou = iou
        self._real = Dequantiser(spec)
        self._least = self._real.least_stored(score)

    def __call__(self, raws: Sequence[npt.NDArray[np.generic]]) -> Poses:
        """The persons of one call of the network.

        Args:
            raws: The one tensor, of the layout's shape and the spec's dtype.

        Returns:
            Persons in pixels of the network's input, best score first. One that has a coordinate that is not
            finite is dropped.
        """
        rows = raws[0][0].T if self._layout is TensorLayout.CHANNELS_FIRST else raws[0][0]
        candidates = self._candidates(rows)
        if not len(candidates):
            return Poses.empty()
        boxes, keypoints_from = self._boxes(candidates), _SCORE + 1
        if self._layout is TensorLayout.END_TO_END:
            kept, keypoints_from = np.flatnonzero(np.rint(candidates[:, _CLASS]) == _PERSON), _CLASS + 1
        else:
            kept = keep_best(boxes, self._iou)
        keypoints = candidates[kept, keypoints_from:].reshape(-1, KEYPOINT_COUNT, 3)
        return Poses(
            boxes_px=boxes[kept],
            scores=np.clip(candidates[kept, _SCORE], 0, 1),
            keypoints_px=keypoints[..., :2] * self._unit_px,
            keypoint_confidences=np.clip(keypoints[..., 2], 0, 1),
        )

    def _candidates(self, rows: npt.NDArray[np.generic]) -> Floats:
        """What passes the threshold, as real numbers, best score first, at most `MAX_CANDIDATES`."""
        passing = np.flatnonzero(rows[:, _SCORE] >= self._least)
        order = np.argsort(-rows[passing, _SCORE].astype(np.float32), kind="stable")[:MAX_CANDIDATES]
        real = self._real(rows[passing[order]])
        finite = np.isfinite(real).all(axis=1)
        return real if finite.all() else real[finite]

    def _boxes(self, candidates: Floats) -> Floats:
        """Corners in input pixels, ``(K, 4)``."""
        first, second = candidates[:, 0:2] * self._unit_px, candidates[:, 2:4] * self._unit_px
        if self._layout is not TensorLayout.END_TO_END:
            first, second = first - second / 2, first + second / 2
        return np.concatenate([first, second], axis=1)
