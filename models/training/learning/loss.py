"""What the network is punished for.

Person score: binary cross-entropy against the assigned quality. Box: 1 - complete IoU. Keypoints: 1 - OKS (D. Maji et
al., YOLO-pose, 2022), plus a small distance term, since OKS has no slope left where a joint is far off. Visibility:
binary cross-entropy.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from edge_agent.data.keypoints import OKS_SIGMAS
from edge_agent.models.training.labels import AREA_OF_BOX
from edge_agent.models.training.learning.assigner import Assignment, assign
from edge_agent.models.training.learning.boxes import complete_iou
from edge_agent.models.training.learning.joint_map_loss import joint_map_loss
from edge_agent.models.training.learning.sample import HIDDEN, OUTSIDE, SEEN, Targets
from edge_agent.models.training.network.anchors import Anchors, PlacedPoses, placed
from edge_agent.models.training.network.head import RawPoses

BOX_WEIGHT, KEYPOINT_WEIGHT, DISTANCE_WEIGHT, VISIBILITY_WEIGHT, SCORE_WEIGHT = 7.5, 12.0, 5.0, 1.0, 1.0
JOINT_MAP_WEIGHT = 2.0
"""The first, second and fourth as YOLO-pose trainings weigh them; the others by the size of their terms."""

HIDDEN_CONFIDENCE = 0.6
"""What the network should say of a joint that it must guess: enough for the rules' `SURE`, less than a seen one's."""


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """The sum to descend and, for the log, its weighted parts."""

    total: Tensor
    score: float
    box: float
    keypoint: float
    visibility: float
    maps: float


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """The positive anchors, K of them, beside the persons whom they answer for."""

    boxes_px: Tensor
    keypoints_px: Tensor
    visibility_logits: Tensor
    strides_px: Tensor
    wanted_boxes_px: Tensor
    wanted_keypoints_px: Tensor
    flags: Tensor
    weights: Tensor


def loss_of(raw: RawPoses, targets: Targets, anchors: Anchors) -> Loss:
    """Compares the network's answer with the truth."""
    said = placed(raw, anchors)
    logits = raw.score_logits[..., 0]
    assignment = assign(logits.detach().sigmoid(), said.boxes_px.detach(), anchors, targets)
    share = assignment.quality.sum().clamp(min=1.0)
    entropy = functional.binary_cross_entropy_with_logits(logits, assignment.quality, reduction="none")
    score = SCORE_WEIGHT * (entropy * ~_ignored(anchors, targets, assignment)).sum() / share
    pairs = _pairs(raw, said, targets, anchors, assignment)
    overlap = complete_iou(pairs.boxes_px, pairs.wanted_boxes_px)
    box = BOX_WEIGHT * ((1 - overlap) * pairs.weights).sum() / share
    # Every anchor that answers learns joints, however good its box is: those weights would leave few of the ten.
    count = max(1, len(pairs.weights))
    keypoint = _keypoint_loss(pairs).sum() / count
    maps = _map_loss(raw, targets)
    visibility = VISIBILITY_WEIGHT * _visibility_loss(pairs).sum() / count
    return Loss(
        total=score + box + keypoint + visibility + maps,
        score=float(score.detach()),
        box=float(box.detach()),
        keypoint=float(keypoint.detach()),
        visibility=float(visibility.detach()),
        maps=float(maps.detach()),
    )


def _map_loss(raw: RawPoses, targets: Targets) -> Tensor:
    if raw.joint_logits is None:
        return raw.boxes.new_zeros(())
    return JOINT_MAP_WEIGHT * joint_map_loss(raw.joint_logits, targets)


def _pairs(raw: RawPoses, said: PlacedPoses, targets: Targets, anchors: Anchors, assignment: Assignment) -> _Pairs:
    picture, anchor = assignment.positive.nonzero(as_tuple=True)
    person = assignment.person[picture, anchor]
    return _Pairs(
        boxes_px=said.boxes_px[picture, anchor],
        keypoints_px=said.keypoints_px[picture, anchor],
        visibility_logits=raw.score_logits[picture, anchor, 1:],
        strides_px=anchors.strides_px[anchor],
        wanted_boxes_px=targets.boxes_px[picture, person],
        wanted_keypoints_px=targets.keypoints_px[picture, person],
        flags=targets.flags[picture, person],
        weights=assignment.quality[picture, anchor],
    )


def _keypoint_loss(pairs: _Pairs) -> Tensor:
    known = (pairs.flags >= HIDDEN).float()
    size = pairs.wanted_boxes_px[:, 2:] - pairs.wanted_boxes_px[:, :2]
    area = (size.prod(-1, keepdim=True) * AREA_OF_BOX).clamp(min=64.0)
    apart = (pairs.keypoints_px - pairs.wanted_keypoints_px).square().sum(-1)
    sigmas = torch.tensor(OKS_SIGMAS.tolist(), dtype=apart.dtype, device=apart.device)
    similarity = torch.exp(-apart / (2 * area * (2 * sigmas).square()))
    distance = functional.smooth_l1_loss(
        (apart + 1e-6).sqrt() / area.sqrt(), torch.zeros_like(apart), reduction="none", beta=0.1
    )
    joint = KEYPOINT_WEIGHT * (1 - similarity) + DISTANCE_WEIGHT * distance
    return (joint * known).sum(-1) / known.sum(-1).clamp(min=1.0)


def _visibility_loss(pairs: _Pairs) -> Tensor:
    wanted = torch.where(pairs.flags == SEEN, 1.0, HIDDEN_CONFIDENCE) * (pairs.flags >= HIDDEN)
    told = (pairs.flags >= OUTSIDE).float()
    entropy = functional.binary_cross_entropy_with_logits(pairs.visibility_logits, wanted, reduction="none")
    return (entropy * told).sum(-1) / told.sum(-1).clamp(min=1.0)


def _ignored(anchors: Anchors, targets: Targets, assignment: Assignment) -> Tensor:
    """Anchors that may look at somebody nobody labelled: `(B, N)`."""
    x, y = anchors.centres_px.unbind(-1)
    x0, y0, x1, y1 = (edge[..., None] for edge in targets.ignore_px.unbind(-1))
    within = ((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)).any(dim=1)
    return within & ~assignment.positive
