"""PoseTrack18's 17 joints (Andriluka et al., CVPR 2018): COCO's without the eyes, with two points of the head."""

from __future__ import annotations

from typing import Final

from edge_agent.models.training.labels import VISIBLE
from edge_agent.models.training.real.joint_order import JointOrder

POSETRACK18: Final = JointOrder(
    names=(
        "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
        "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
        "right_ankle",
    ),
    # 1 says labelled: the set does not tell hidden joints from seen ones. Ears are always 0.
    flags={1: VISIBLE},
)  # fmt: skip
