"""Where the anchors are, and how their answers become pixels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edge_agent.models.training.network.edge_pose import STRIDES_PX
from edge_agent.models.training.network.head import KEYPOINTS, RawPoses


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """All anchors of a picture size, in the order of `RawPoses`' rows.

    Attributes:
        centres_px: `(N, 2)`, x and y.
        strides_px: `(N, 1)`.
    """

    centres_px: Tensor
    strides_px: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPoses:
    """Boxes and keypoints in pixels.

    Attributes:
        boxes_px: `(B, N, 4)`, x0, y0, x1, y1.
        keypoints_px: `(B, N, 17, 2)`.
    """

    boxes_px: Tensor
    keypoints_px: Tensor


def anchors_of(height_px: int, width_px: int, device: torch.device) -> Anchors:
    """Lays the anchors out: one in the middle of each cell of each stride."""
    centres, strides = [], []
    for stride in STRIDES_PX:
        y = (torch.arange(height_px // stride, device=device) + 0.5) * stride
        x = (torch.arange(width_px // stride, device=device) + 0.5) * stride
        grid_y, grid_x = torch.meshgrid(y, x, indexing="ij")
        centres.append(torch.stack((grid_x, grid_y), dim=-1).reshape(-1, 2))
        strides.append(torch.full((grid_x.numel(), 1), float(stride), device=device))
    return Anchors(torch.cat(centres), torch.cat(strides))


def placed(raw: RawPoses, anchors: Anchors) -> PlacedPoses:
    """Turns distances in strides into pixels."""
    offsets = raw.boxes * anchors.strides_px
    boxes = torch.cat((anchors.centres_px - offsets[..., :2], anchors.centres_px + offsets[..., 2:]), dim=-1)
    keypoints = torch.unflatten(raw.keypoints, -1, (KEYPOINTS, 2)) * anchors.strides_px[:, None]
    return PlacedPoses(boxes, keypoints + anchors.centres_px[:, None])
