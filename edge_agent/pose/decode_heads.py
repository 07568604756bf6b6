"""The tensors of a network with separate heads become persons, in pixels of the network's input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edge_agent.data.keypoints import KEYPOINT_COUNT
from edge_agent.data.pose import Poses
from edge_agent.pose.decode import DEFAULT_SCORE
from edge_agent.pose.dequantise import Dequantiser, Floats
from edge_agent.pose.heads import Heads, Part
from edge_agent.pose.nms import DEFAULT_IOU, MAX_CANDIDATES, keep_best

Raw = npt.NDArray[np.generic]


class HeadsDecoder:
    """Reads the outputs of a network with separate heads.

    Only the score of every anchor is looked at, as it is stored; what passes is made real numbers, and suppressed.

    Args:
        heads: Where to find what.
        score: Least score of a person, 0..1.
        iou: Overlap at which the lesser of two boxes goes.
    """

    def __init__(self, heads: Heads, score: float = DEFAULT_SCORE, iou: float = DEFAULT_IOU) -> None:
        self._heads = heads
        self._iou = iou
        self._scores = [_Reader(part) for part in heads.scores]
        self._boxes = [_Reader(part) for part in heads.boxes]
        self._keypoints = [_Reader(part) for part in heads.keypoints]
        self._least = [reader.real.least_stored(score) for reader in self._scores]

    def __call__(self, raws: Sequence[Raw]) -> Poses:
        """The persons of one call of the network.

        Args:
            raws: All its outputs, in its order, of their specs' shapes and dtypes.

        Returns:
            Persons in pixels of the network's input, best score first. One that has a coordinate that is not
            finite is dropped.
        """
        anchors, scores = self._candidates(raws)
        if not len(anchors):
            return Poses.empty()
        stride_px = self._heads.strides_px[anchors][:, None]
        centre_px = self._heads.centres_px[anchors]
        sides = _gather(self._boxes, raws, anchors) * stride_px
        offsets = _gather(self._keypoints, raws, anchors) * stride_px
        boxes = np.concatenate([centre_px - sides[:, :2], centre_px + sides[:, 2:]], axis=1)
        finite = np.isfinite(np.concatenate([boxes, offsets, scores], axis=1)).all(axis=1)
        kept = np.flatnonzero(finite)
        kept = kept[keep_best(boxes[kept], self._iou)]
        keypoints = offsets[kept].reshape(-1, KEYPOINT_COUNT, 2) + centre_px[kept][:, None]
        clipped = np.clip(scores[kept], 0, 1)
        return Poses(
            boxes_px=boxes[kept],
            scores=clipped[:, 0],
            keypoints_px=keypoints,
            keypoint_confidences=clipped[:, 1:],
        )

    def _candidates(self, raws: Sequence[Raw]) -> tuple[npt.NDArray[np.intp], Floats]:
        """Anchors that pass, best score first, at most `MAX_CANDIDATES`; and their ``(K, 18)`` scores."""
        passing = [
            np.flatnonzero(raws[reader.output][0, :, 0] >= least) + reader.first_row
            for reader, least in zip(self._scores, self._least, strict=True)
        ]
        anchors = passing[0] if len(passing) == 1 else np.concatenate(passing)
        if not len(anchors):
            return anchors, np.zeros((0, 1 + KEYPOINT_COUNT), np.float32)
        scores = _gather(self._scores, raws, anchors)
        order = np.argsort(-scores[:, 0], kind="stable")[:MAX_CANDIDATES]
        return anchors[order], scores[order]


class _Reader:
    """Takes rows out of one tensor."""

    def __init__(self, part: Part) -> None:
        self.output = part.output
        self.first_row = part.first_row
        self.end_row = part.first_row + part.rows
        self.real = Dequantiser(part.spec)


def _gather(readers: list[_Reader], raws: Sequence[Raw], anchors: npt.NDArray[np.intp]) -> Floats:
    """Real values of these anchors, ``(K, values)``, from the tensors that have them."""
    if len(readers) == 1:
        return readers[0].real(raws[readers[0].output][0, anchors])
    values = np.empty((len(anchors), raws[readers[0].output].shape[2]), np.float32)
    for reader in readers:
        mine = np.flatnonzero((anchors >= reader.first_row) & (anchors < reader.end_row))
        if len(mine):
            values[mine] = reader.real(raws[reader.output][0, anchors[mine] - reader.first_row])
    return values
