"""Whether one frame speaks for lying: by the joints, or by the shape of the box where the joints are unsure."""

from __future__ import annotations

from edge_agent.data.posture import Posture
from edge_agent.rules.trust import EVIDENT, SURE

# A box twice as wide as high lies, whatever joints the detector sees in it. On the feet nobody is wider than high (arms
# stretched sideways span H); bent by a right angle, trunk and head reach 0.47 H forwards over hips at 0.53 H; only the
# top of somebody cut by the frame comes near (shoulders 0.26 H wide, 0.18 H below the crown; Drillis and Contini).
_WIDTH_TO_HEIGHT = 2.0


def tells_of_lying(posture: Posture) -> bool:
    """Whether this frame says anything about lying.

    Joints of somebody whom only the optical flow still follows fade, but who has not moved still lies as before.
    """
    return posture.unseen_s > 0.0 or posture.lying.confidence >= SURE or _is_wide(posture)


def looks_lying(posture: Posture) -> bool:
    """Whether it speaks for it, where `tells_of_lying`."""
    return posture.lying.value >= EVIDENT or _is_wide(posture)


def _is_wide(posture: Posture) -> bool:
    x1, y1, x2, y2 = posture.box_px
    return x2 - x1 >= _WIDTH_TO_HEIGHT * (y2 - y1)
