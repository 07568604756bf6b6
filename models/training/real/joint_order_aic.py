"""AI Challenger's 14 joints (Wu et al., "AI Challenger", 2017), in the COCO-style JSON that MMPose tests with."""

from __future__ import annotations

from typing import Final

from edge_agent.models.training.labels import OCCLUDED, VISIBLE
from edge_agent.models.training.real.joint_order import JointOrder

AIC: Final = JointOrder(
    names=(
        "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip",
        "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "head_top", "neck",
    ),
    # The conversion already turned AI Challenger's own 1 = visible, 2 = hidden into COCO's numbers.
    flags={1: OCCLUDED, 2: VISIBLE},
)  # fmt: skip
