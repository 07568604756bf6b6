"""Overlap of boxes, as a loss needs it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TINY = 1e-7


def complete_iou(first: Tensor, second: Tensor) -> Tensor:
    """Complete IoU (Z. Zheng et al., Distance-IoU Loss, 2020): IoU less the centres' distance and the aspects' gap.

    Args:
        first: `(..., 4)`, x0, y0, x1, y1.
        second: the same, shapes broadcast.

    Returns:
        `(...)`, from -1.5 to 1.
    """
    overlap = (torch.minimum(first[..., 2:], second[..., 2:]) - torch.maximum(first[..., :2], second[..., :2])).clamp(
        min=0
    )
    shared = overlap[..., 0] * overlap[..., 1]
    size_1 = (first[..., 2:] - first[..., :2]).clamp(min=TINY)
    size_2 = (second[..., 2:] - second[..., :2]).clamp(min=TINY)
    iou = shared / (size_1.prod(-1) + size_2.prod(-1) - shared + TINY)
    hull = torch.maximum(first[..., 2:], second[..., 2:]) - torch.minimum(first[..., :2], second[..., :2])
    apart = ((first[..., :2] + first[..., 2:] - second[..., :2] - second[..., 2:]) / 2).square().sum(-1)
    aspects = torch.atan(size_2[..., 0] / size_2[..., 1]) - torch.atan(size_1[..., 0] / size_1[..., 1])
    difference = 4 / math.pi**2 * aspects.square()
    with torch.no_grad():
        weight = difference / (1 - iou + difference + TINY)
    return iou - apart / (hull.square().sum(-1) + TINY) - weight * difference
