"""Optical flow on the tracked persons: where they went, and how much of them moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.data.flow import Flow
from edge_agent.data.keypoints import KEYPOINT_COUNT

Floats = npt.NDArray[np.float64]

# Samples across each side of a person's box: a limb is wider than a sixth of it.
_SAMPLES = 6


@dataclass(frozen=True, slots=True, eq=False)
class FlowOnPerson:
    """Optical flow on N persons.

    Attributes:
        valid: False where there was no frame to compare with; everything is zero then.
        joints_px: ``(N, 17, 2)`` how far each joint went since the frame before, in frame pixels.
        body_px: ``(N, 2)`` how far the person went: the median of the joints.
        speed_px_s: ``(N,)`` mean of the speed over the person, the camera's own taken out: motion energy, in whatever
            direction.
    """

    valid: bool
    joints_px: Floats
    body_px: Floats
    speed_px_s: Floats


def sample_flow(flow: Flow, keypoints_px: Floats, boxes_px: Floats) -> FlowOnPerson:
    """Read the flow at the joints of N persons and over their boxes.

    What lies at the corners of a box is not the person, so the box goes where most of the joints go.

    Args:
        flow: Since the frame before.
        keypoints_px: ``(N, 17, 2)`` joints in that frame before; outside the picture, its edge is read.
        boxes_px: ``(N, 4)`` boxes in that frame before.
    """
    count = len(keypoints_px)
    if flow.dt_s <= 0.0 or count == 0:
        return _nothing(count)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    x_px = boxes_px[:, None, 0] + steps * (boxes_px[:, None, 2] - boxes_px[:, None, 0])
    y_px = boxes_px[:, None, 1] + steps * (boxes_px[:, None, 3] - boxes_px[:, None, 1])
    on_box_px = _read(flow, x_px[:, None, :], y_px[:, :, None]).reshape(count, -1, 2)
    moved_px = on_box_px - flow.camera_px * flow.scale_px
    speed = np.hypot(moved_px[..., 0], moved_px[..., 1])
    joints_px = _read(flow, keypoints_px[..., 0], keypoints_px[..., 1])
    return FlowOnPerson(
        valid=True,
        joints_px=joints_px,
        body_px=np.sort(joints_px, axis=1)[:, KEYPOINT_COUNT // 2],
        speed_px_s=speed.mean(axis=1) / flow.dt_s,
    )


def _nothing(count: int) -> FlowOnPerson:
    return FlowOnPerson(
        valid=False,
        joints_px=np.zeros((count, KEYPOINT_COUNT, 2)),
        body_px=np.zeros((count, 2)),
        speed_px_s=np.zeros(count),
    )


def _read(flow: Flow, x_px: Floats, y_px: Floats) -> Floats:
    """Displacement in frame pixels in the cells under these points; shapes broadcast."""
    height, width = flow.field.shape[:2]
    columns = np.clip((x_px / flow.scale_px).astype(np.intp), 0, width - 1)
    rows = np.clip((y_px / flow.scale_px).astype(np.intp), 0, height - 1)
    return flow.field[rows, columns].astype(np.float64) * flow.scale_px
