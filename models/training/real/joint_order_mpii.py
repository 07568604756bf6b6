"""MPII Human Pose's 16 joints (Andriluka et al., CVPR 2014), in the JSON that MMPose trains with."""

from __future__ import annotations

from typing import Final

from edge_agent.models.training.labels import VISIBLE
from edge_agent.models.training.real.joint_order import JointOrder

MPII: Final = JointOrder(
    names=(
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "pelvis", "thorax",
        "upper_neck", "head_top", "right_wrist", "right_elbow", "right_shoulder", "left_shoulder", "left_elbow",
        "left_wrist",
    ),
    # The file knows only labelled and not labelled; a labelled joint may be hidden.
    flags={1: VISIBLE},
    # MPII's own annotations come from Matlab and count pixels from one.
    origin_px=1.0,
)  # fmt: skip
