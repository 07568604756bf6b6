"""REBA, the rapid entire body assessment, from what one camera can see.

Source of the ranges and of the three tables: Hignett and McAtamney, "Rapid entire body assessment (REBA)", Applied
Ergonomics 31, 2000. Every table only rises along every axis, so that a region taken as neutral
can only lower the score.
"""

from __future__ import annotations

from edge_agent.posture.body_angles import BodyAngles, points

_UPPER_ARM_DEG = (20.0, 45.0, 90.0)
_NECK_DEG = (20.0,)
_KNEES_DEG = (30.0, 60.0)
# 1 is for an upright trunk; the margin of 5 deg is our own, see `rula`.
_TRUNK_DEG = (5.0, 20.0, 60.0)

# Rows: trunk 1..5, in each neck 1..3. Columns: legs 1..4.
_TABLE_A = (
    ((1, 2, 3, 4), (1, 2, 3, 4), (3, 3, 5, 6)),
    ((2, 3, 4, 5), (3, 4, 5, 6), (4, 5, 6, 7)),
    ((2, 4, 5, 6), (4, 5, 6, 7), (5, 6, 7, 8)),
    ((3, 5, 6, 7), (5, 6, 7, 8), (6, 7, 8, 9)),
    ((4, 6, 7, 8), (6, 7, 8, 9), (7, 8, 9, 9)),
)
# Rows: upper arm 1..6, in each lower arm 1..2. Columns: wrist 1..3.
_TABLE_B = (
    ((1, 2, 2), (1, 2, 3)),
    ((1, 2, 3), (2, 3, 4)),
    ((3, 4, 5), (4, 5, 5)),
    ((4, 5, 5), (5, 6, 7)),
    ((6, 7, 8), (7, 8, 8)),
    ((7, 8, 8), (8, 9, 9)),
)
# Rows: score A 1..12. Columns: score B 1..12.
_TABLE_C = (
    (1, 1, 1, 2, 3, 3, 4, 5, 6, 7, 7, 7),
    (1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 7, 8),
    (2, 3, 3, 3, 4, 5, 6, 7, 7, 8, 8, 8),
    (3, 4, 4, 4, 5, 6, 7, 8, 8, 9, 9, 9),
    (4, 4, 4, 5, 6, 7, 8, 8, 9, 9, 9, 9),
    (6, 6, 6, 7, 8, 8, 9, 9, 10, 10, 10, 10),
    (7, 7, 7, 8, 9, 9, 9, 10, 10, 11, 11, 11),
    (8, 8, 8, 9, 10, 10, 10, 10, 10, 11, 11, 11),
    (9, 9, 9, 10, 10, 10, 11, 11, 11, 12, 12, 12),
    (10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 12),
    (11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12),
    (12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12),
)


def body_score(trunk: int, neck: int, legs: int) -> int:
    """Table A, 1..9: trunk 1..5, neck 1..3, legs 1..4."""
    return _TABLE_A[trunk - 1][neck - 1][legs - 1]


def arm_score(upper_arm: int, lower_arm: int = 1, wrist: int = 1) -> int:
    """Table B, 1..9: upper arm 1..6, lower arm 1..2, wrist 1..3."""
    return _TABLE_B[upper_arm - 1][lower_arm - 1][wrist - 1]


def grand_score(score_a: int, score_b: int) -> int:
    """Table C, 1..12: body score with what the load adds to it, and arm score with what the grip adds to it."""
    return _TABLE_C[min(score_a, 12) - 1][min(score_b, 12) - 1]


def reba_at_least(angles: BodyAngles) -> int:
    """The score that this posture has at least, 1..15.

    Lower arms, wrists, twists, side bends, a foot in the air, load, grip and activity are not told by one camera and
    taken as neutral, as is every region whose angle is None. With that the score reaches 8.
    """
    trunk, neck = points(angles.trunk_deg, _TRUNK_DEG), points(angles.neck_deg, _NECK_DEG)
    body = body_score(trunk, neck, points(angles.knees_deg, _KNEES_DEG))
    return grand_score(body, arm_score(points(angles.upper_arm_deg, _UPPER_ARM_DEG)))
