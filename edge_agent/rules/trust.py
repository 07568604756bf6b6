"""How far the rules trust what they are given."""

from __future__ import annotations

# A measure that is less sure than this decides nothing.
SURE = 0.3
# Evidence of a kind of posture (`edge_agent.posture.evidence`) is 0.5 on its limit: from here on it speaks for it.
EVIDENT = 0.5
# An angle, or a length in metres, that is less sure than this accuses nobody, and ends no alarm.
ANGLE_SURE = 0.5
# Joints of somebody whom only the optical flow still follows fade with a time constant of 1.5 s: what is less sure than
# this is gone.
BARELY = 0.1
