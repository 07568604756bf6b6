"""RULA, the rapid upper limb assessment, from what one camera can see.

Source of the ranges and of the three tables: McAtamney and Corlett, "RULA: a survey method for the investigation of
work-related upper limb disorders", Applied Ergonomics 24(2), 1993. The letters A, B and C are those of the common work
sheets, some of which print smaller values in rows 2 to 4 of table A. Every table only rises along every axis, so that a
region taken as neutral can only lower the score.
"""

from __future__ import annotations

from edge_agent.posture.body_angles import BodyAngles, points

_UPPER_ARM_DEG = (20.0, 45.0, 90.0)
_NECK_DEG = (10.0, 20.0)
_TRUNK_DEG = (20.0, 60.0)
# The paper's 1 is for a trunk that is upright, or well supported when seated. The margin is our own: joints that
# jitter by 2 or 3 % of the trunk's length turn an upright trunk by so much.
_UPRIGHT_DEG = 5.0

# Rows: upper arm 1..6, in each lower arm 1..3. Columns: wrist 1..4, in each wrist twist 1..2.
_TABLE_A = (
    ((1, 2, 2, 2, 2, 3, 3, 3), (2, 2, 2, 2, 3, 3, 3, 3), (2, 3, 3, 3, 3, 3, 4, 4)),
    ((2, 3, 3, 3, 3, 4, 4, 4), (3, 3, 3, 3, 3, 4, 4, 4), (3, 4, 4, 4, 4, 4, 5, 5)),
    ((3, 3, 4, 4, 4, 4, 5, 5), (3, 4, 4, 4, 4, 4, 5, 5), (4, 4, 4, 4, 4, 5, 5, 5)),
    ((4, 4, 4, 4, 4, 5, 5, 5), (4, 4, 4, 4, 4, 5, 5, 5), (4, 4, 4, 5, 5, 5, 6, 6)),
    ((5, 5, 5, 5, 5, 6, 6, 7), (5, 6, 6, 6, 6, 7, 7, 7), (6, 6, 6, 7, 7, 7, 7, 8)),
    ((7, 7, 7, 7, 7, 8, 8, 9), (8, 8, 8, 8, 8, 9, 9, 9), (9, 9, 9, 9, 9, 9, 9, 9)),
)
# Rows: neck 1..6. Columns: trunk 1..6, in each legs 1..2.
_TABLE_B = (
    (1, 3, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7),
    (2, 3, 2, 3, 4, 5, 5, 5, 6, 7, 7, 7),
    (3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 7),
    (5, 5, 5, 6, 6, 7, 7, 7, 7, 7, 8, 8),
    (7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8),
    (8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9),
)
# Rows: score C 1..8 and more. Columns: score D 1..7 and more.
_TABLE_C = (
    (1, 2, 3, 3, 4, 5, 5),
    (2, 2, 3, 4, 4, 5, 5),
    (3, 3, 3, 4, 4, 5, 6),
    (3, 3, 3, 4, 5, 6, 6),
    (4, 4, 4, 5, 6, 7, 7),
    (4, 4, 5, 6, 6, 7, 7),
    (5, 5, 6, 6, 7, 7, 7),
    (5, 5, 6, 7, 7, 7, 7),
)


def arm_score(upper_arm: int, lower_arm: int = 1, wrist: int = 1, twist: int = 1) -> int:
    """Table A, 1..9: upper arm 1..6, lower arm 1..3, wrist 1..4 and its twist 1..2."""
    return _TABLE_A[upper_arm - 1][lower_arm - 1][2 * (wrist - 1) + twist - 1]


def body_score(neck: int, trunk: int, legs: int = 1) -> int:
    """Table B, 1..9: neck 1..6, trunk 1..6, legs 1..2."""
    return _TABLE_B[neck - 1][2 * (trunk - 1) + legs - 1]


def grand_score(score_c: int, score_d: int) -> int:
    """Table C, 1..7: arm and body scores, each with what muscle use and force add to it."""
    return _TABLE_C[min(score_c, 8) - 1][min(score_d, 7) - 1]


def rula_at_least(angles: BodyAngles) -> int:
    """The grand score that this posture has at least, 1..7.

    Lower arms, wrists, twists, side bends, legs that carry unevenly, muscle use and force are not told by one camera
    and taken as neutral, as is every region whose angle is None. With that the score reaches 5.
    """
    arm = arm_score(points(angles.upper_arm_deg, _UPPER_ARM_DEG))
    body = body_score(points(angles.neck_deg, _NECK_DEG), _trunk(angles))
    return grand_score(arm, body)


def _trunk(angles: BodyAngles) -> int:
    """1 upright or leaning back on a seat, 2 up to 20 deg, 3 up to 60, 4 beyond."""
    if angles.trunk_deg is None or angles.trunk_deg <= _UPRIGHT_DEG:
        return 1
    leaning = 1 + points(angles.trunk_deg, _TRUNK_DEG)
    # Whoever may be seated may be well supported, too.
    return leaning if leaning > 2 or angles.on_feet else 1
