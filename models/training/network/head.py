"""One map to scores, boxes and keypoints an anchor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge_agent.models.training.network.blocks import Separable
from edge_agent.models.training.network.neck import WIDTH

KEYPOINTS = 17
SCORE_CHANNELS = 1 + KEYPOINTS
BOX_CHANNELS = 4
KEYPOINT_CHANNELS = 2 * KEYPOINTS
PERSON_PRIOR = 0.01
"""What an untrained anchor says of a person (T.-Y. Lin et al., Focal Loss, 2017, section 3.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class RawPoses:
    """The network's answer, one row an anchor: stride 8 row by row, then 16, then 32.

    Attributes:
        score_logits: `(B, N, 18)`: a person, then the 17 keypoints' visibility, before the sigmoid.
        boxes: `(B, N, 4)`: left, top, right, bottom edge's distance from the anchor's centre, in strides, at least 0.
        keypoints: `(B, N, 34)`: x and y of each keypoint from the anchor's centre, in strides.
        joint_logits: `(B, 17, H / 8, W / 8)`: where each kind of joint is, before the sigmoid; in training only.
    """

    score_logits: Tensor
    boxes: Tensor
    keypoints: Tensor
    joint_logits: Tensor | None = None


class Head(nn.Module):
    """Two branches, since where a joint is and whether somebody is there want different features (YOLOX, 2021)."""

    def __init__(self) -> None:
        super().__init__()
        self.score_branch = nn.Sequential(Separable(WIDTH, WIDTH))
        self.place_branch = nn.Sequential(Separable(WIDTH, WIDTH), Separable(WIDTH, WIDTH))
        self.scores = nn.Conv2d(WIDTH, SCORE_CHANNELS, 1)
        self.boxes = nn.Conv2d(WIDTH, BOX_CHANNELS, 1)
        self.keypoints = nn.Conv2d(WIDTH, KEYPOINT_CHANNELS, 1)
        with torch.no_grad():
            if self.scores.bias is not None and self.boxes.bias is not None:
                self.scores.bias.zero_()
                self.scores.bias[0] = -math.log((1 - PERSON_PRIOR) / PERSON_PRIOR)
                self.boxes.bias.fill_(2.0)

    def forward(self, picture: Tensor) -> RawPoses:
        """Maps `(B, WIDTH, H, W)` to the rows of its `H * W` anchors."""
        scoring, placing = self.score_branch(picture), self.place_branch(picture)
        # The last layers stay in float32: a keypoint 8 strides away has no bits to spare in bfloat16.
        with torch.autocast(picture.device.type, enabled=False):
            scoring, placing = scoring.float(), placing.float()
            return RawPoses(
                score_logits=_rows(self.scores(scoring)),
                boxes=_rows(functional.relu(self.boxes(placing))),
                keypoints=_rows(self.keypoints(placing)),
            )


def _rows(picture: Tensor) -> Tensor:
    return picture.permute(0, 2, 3, 1).flatten(1, 2)
