"""The whole network: `EdgePose`, a one-stage, anchor-free detector of persons and their 17 keypoints.

The layout is YOLO-pose's (D. Maji et al., 2022): each anchor that answers for a person says box and skeleton at once.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_agent.models.training.network.backbone import Backbone
from edge_agent.models.training.network.head import KEYPOINTS, Head, RawPoses
from edge_agent.models.training.network.neck import WIDTH, Neck

INPUT_PX = 256
STRIDES_PX = (8, 16, 32)


class EdgePose(nn.Module):
    """Picture to poses."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.neck = Neck(self.backbone.CHANNELS)
        self.heads = nn.ModuleList(Head() for _ in STRIDES_PX)
        # Learnt beside the poses and never exported: it makes the features say where joints are, at every cell instead
        # of at the few anchors that answer for a person.
        self.joint_maps = nn.Conv2d(WIDTH, KEYPOINTS, 1)
        nn.init.constant_(self.joint_maps.bias, -4.0)  # type: ignore[arg-type]  # this layer has a bias

    def forward(self, picture: Tensor) -> RawPoses:
        """Maps `(B, 3, H, W)`, RGB 0..1, height and width multiples of 32, to rows of `H * W * 21 / 1024` anchors."""
        mixed = self.neck(self.backbone(picture))
        maps = (mixed.stride_8, mixed.stride_16, mixed.stride_32)
        levels = [head(level) for head, level in zip(self.heads, maps, strict=True)]
        return RawPoses(
            score_logits=torch.cat([level.score_logits for level in levels], dim=1),
            boxes=torch.cat([level.boxes for level in levels], dim=1),
            keypoints=torch.cat([level.keypoints for level in levels], dim=1),
            joint_logits=self.joint_maps(mixed.stride_8).float() if self.training else None,
        )
