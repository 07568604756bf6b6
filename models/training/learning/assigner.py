"""Which anchors answer for which person.

Task alignment (C. Feng et al., TOOD, 2021): an anchor inside a person's box is the better the higher score^alpha x
IoU^beta; the best ten of a person learn it, with that quality as the score they should give.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from edge_agent.models.training.learning.boxes import complete_iou
from edge_agent.models.training.learning.sample import Targets
from edge_agent.models.training.network.anchors import Anchors

ALPHA, BETA, BEST = 0.5, 6.0, 10
"""TOOD's exponents are 1 and 6; YOLO-pose networks use 0.5, since early scores say little."""

SMALLEST_REACH = 1.5
"""An anchor up to this many strides from the middle of a tiny person may answer, or no anchor would."""


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """The decision for a batch of B pictures with N anchors.

    Attributes:
        person: int64 `(B, N)`, the row of `Targets` an anchor answers for; 0 where it answers for nobody.
        positive: bool `(B, N)`.
        quality: `(B, N)`, the person score to learn, 0 where negative.
    """

    person: Tensor
    positive: Tensor
    quality: Tensor


@torch.no_grad()
def assign(scores: Tensor, boxes_px: Tensor, anchors: Anchors, targets: Targets) -> Assignment:
    """Assigns anchors to persons.

    Args:
        scores: `(B, N)`, person scores, 0 to 1.
        boxes_px: `(B, N, 4)`, the boxes that the network says.
        anchors: where the N anchors are.
        targets: the persons, at least one row.
    """
    overlap = complete_iou(targets.boxes_px[:, :, None], boxes_px[:, None]).clamp(min=0)
    allowed = _inside(anchors, targets.boxes_px) & targets.present[..., None]
    metric = scores[:, None].pow(ALPHA) * overlap.pow(BETA) * allowed
    # The tiny term lets the nearest anchors win while every overlap is still zero.
    ranking = metric + 1e-9 * _nearness(anchors, targets.boxes_px) * allowed
    best = ranking.topk(min(BEST, ranking.shape[-1]), dim=-1).indices
    chosen = torch.zeros_like(allowed).scatter_(-1, best, value=True) & allowed
    claims = torch.where(chosen, ranking + overlap, -1.0)
    person = claims.argmax(dim=1)
    positive = chosen.any(dim=1)
    mine = chosen & (torch.arange(chosen.shape[1], device=chosen.device)[None, :, None] == person[:, None])
    kept = metric * mine
    peak = kept.amax(dim=-1, keepdim=True)
    reached = (overlap * mine).amax(dim=-1, keepdim=True)
    quality = (kept / (peak + 1e-9) * reached).amax(dim=1)
    return Assignment(person=person, positive=positive, quality=quality * positive)


def _inside(anchors: Anchors, boxes_px: Tensor) -> Tensor:
    x, y = anchors.centres_px.unbind(-1)
    x0, y0, x1, y1 = (edge[..., None] for edge in boxes_px.unbind(-1))
    within = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    reach_px = anchors.strides_px[:, 0] * SMALLEST_REACH
    middle = ((x - (x0 + x1) / 2).abs() < reach_px / 2) & ((y - (y0 + y1) / 2).abs() < reach_px / 2)
    tiny = torch.minimum(x1 - x0, y1 - y0) < reach_px
    return within | (middle & tiny)


def _nearness(anchors: Anchors, boxes_px: Tensor) -> Tensor:
    middle = (boxes_px[..., :2] + boxes_px[..., 2:]) / 2
    away: Tensor = (anchors.centres_px - middle[..., None, :]).norm(dim=-1)
    return torch.reciprocal(1 + away / anchors.strides_px[:, 0])
