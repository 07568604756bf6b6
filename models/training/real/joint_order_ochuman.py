"""OCHuman's joints (Zhang et al., CVPR 2019): COCO's 17, in COCO's order."""

from __future__ import annotations

from typing import Final

from edge_agent.models.training.labels import OCCLUDED, VISIBLE
from edge_agent.models.training.real.coco_joints import NAMES
from edge_agent.models.training.real.joint_order import JointOrder

OCHUMAN: Final = JointOrder(names=NAMES, flags={1: OCCLUDED, 2: VISIBLE})
