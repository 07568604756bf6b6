"""The loss of the joint maps, which only training has: a bump at each joint (A. Newell et al., Hourglass, 2016)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from edge_agent.models.training.learning.sample import HIDDEN, UNKNOWN, Targets

STRIDE_PX = 8
BUMP = 0.045
"""Standard deviation of a bump, as a part of the root of the box' area; at least `LEAST_BUMP_PX`."""

LEAST_BUMP_PX = 6.0


def joint_map_loss(logits: Tensor, targets: Targets) -> Tensor:
    """Quality focal loss (X. Li et al., Generalized Focal Loss, 2020) a joint.

    Args:
        logits: `(B, 17, H, W)`, one cell each 8 px.
        targets: the persons; what nobody knows earns nothing: regions to ignore, and the box of a person for a joint of
            theirs that is not labelled.
    """
    height, width = logits.shape[-2:]
    y = (torch.arange(height, device=logits.device) + 0.5) * STRIDE_PX
    x = (torch.arange(width, device=logits.device) + 0.5) * STRIDE_PX
    size = (targets.boxes_px[..., 2:] - targets.boxes_px[..., :2]).clamp(min=1)
    deviation = (size.prod(-1).sqrt() * BUMP).clamp(min=LEAST_BUMP_PX)[..., None, None]
    across = torch.exp(-0.5 * ((targets.keypoints_px[..., 0, None] - x) / deviation).square())
    down = torch.exp(-0.5 * ((targets.keypoints_px[..., 1, None] - y) / deviation).square())
    known = ((targets.flags >= HIDDEN) & targets.present[..., None]).float()[..., None, None]
    wanted = (down[..., :, None] * across[..., None, :] * known).amax(dim=1)
    told = ~(_within(targets.ignore_px, x, y).any(dim=1)[:, None] & (wanted < 0.1)) & ~_untold(targets, x, y)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    loss = (wanted - logits.sigmoid()).square() * entropy * told
    return loss.sum() / known.sum().clamp(min=1.0)


def _within(boxes_px: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Which cells are inside of which box: `(..., H, W)`."""
    x0, y0, x1, y1 = (edge[..., None] for edge in boxes_px.unbind(-1))
    return ((y >= y0) & (y <= y1))[..., :, None] & ((x >= x0) & (x <= x1))[..., None, :]


def _untold(targets: Targets, x: Tensor, y: Tensor) -> Tensor:
    """Cells where a person may have a joint that was not labelled: `(B, 17, H, W)`."""
    inside = _within(targets.boxes_px, x, y)[:, :, None]
    unlabelled = ((targets.flags == UNKNOWN) & targets.present[..., None])[..., None, None]
    return (inside & unlabelled).any(dim=1)
