"""Optical flow on the tracked persons: where their joints went, and how much of them moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_agent.data.flow import Flow

Floats = npt.NDArray[np.float64]

# Samples across each side of a person's box: a limb is wider than a sixth of it.
_SAMPLES = 6


@dataclass(frozen=True, slots=True, eq=False)
class FlowOnPerson:
    """Optical flow on N persons.

    Attributes:
        valid: False where there was no frame to compare with; everything is zero then.
        displacement_px: ``(N, K, 2)`` where each filtered point went since the frame before, in frame pixels.
        velocity_px_s: ``(N, 2)`` mean over the person.
        speed_px_s: ``(N,)`` mean of the speed over the person: motion energy, in whatever direction.
    """

    valid: bool
    displacement_px: Floats
    velocity_px_s: Floats
    speed_px_s: Floats


def sample_flow(flow: Flow, points_px: Floats, boxes_px: Floats) -> FlowOnPerson:
    """Read the flow at the points of N persons and over their boxes.

    Args:
        flow: Since the frame before.
        points_px: ``(N, K, 2)`` points in that frame before; outside the picture, its edge is read.
        boxes_px: ``(N, 4)`` boxes in that frame before.
    """
    count = len(points_px)
    if flow.dt_s <= 0.0 or count == 0:
        return _nothing(points_px)
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    x_px = boxes_px[:, None, 0] + steps * (boxes_px[:, None, 2] - boxes_px[:, None, 0])
    y_px = boxes_px[:, None, 1] + steps * (boxes_px[:, None, 3] - boxes_px[:, None, 1])
    grid_px = np.stack(np.broadcast_arrays(x_px[:, None, :], y_px[:, :, None]), axis=-1).reshape(count, -1, 2)
    on_box_px = _read(flow, grid_px)
    speed = np.hypot(on_box_px[..., 0], on_box_px[..., 1])
    return FlowOnPerson(
        valid=True,
        displacement_px=_read(flow, points_px),
        velocity_px_s=on_box_px.mean(axis=1) / flow.dt_s,
        speed_px_s=speed.mean(axis=1) / flow.dt_s,
    )


def _nothing(points_px: Floats) -> FlowOnPerson:
    count = len(points_px)
    return FlowOnPerson(
        valid=False,
        displacement_px=np.zeros_like(points_px),
        velocity_px_s=np.zeros((count, 2)),
        speed_px_s=np.zeros(count),
    )


def _read(flow: Flow, points_px: Floats) -> Floats:
    height, width = flow.field.shape[:2]
    cell = (points_px / flow.scale_px).astype(np.intp)
    columns = np.clip(cell[..., 0], 0, width - 1)
    rows = np.clip(cell[..., 1], 0, height - 1)
    return flow.field[rows, columns].astype(np.float64) * flow.scale_px
