"""CrowdPose's 14 joints (Li et al., CVPR 2019); ExLPose (Lee et al., CVPR 2023) uses the same."""

from __future__ import annotations

from typing import Final

from edge_agent.models.training.labels import OCCLUDED, VISIBLE
from edge_agent.models.training.real.joint_order import JointOrder

CROWDPOSE: Final = JointOrder(
    names=(
        "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
        "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "head", "neck",
    ),
    flags={1: OCCLUDED, 2: VISIBLE},
)  # fmt: skip
