"""The angles of a leg that put its foot where it should be (analytic inverse kinematics)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint
from edge_agent.models.training.scene.joint_angles import of_rotation
from edge_agent.models.training.scene.joint_limits import HIGH_DEG
from edge_agent.models.training.scene.rotation import about_z, from_rotation_vectors
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]

_SOFT_M = 0.02
"""The leg nears its full length by an exponential over the last two centimetres; else the knee would snap straight."""

HIPS = (Joint.LEFT_HIP, Joint.RIGHT_HIP)


def foot_rotation(yaw_rad: float, pitch_rad: float) -> Floats:
    """World rotation `(3, 3)` of a foot: pitch over 0 lifts the heel."""
    turned: Floats = about_z(yaw_rad) @ from_rotation_vectors(np.array([0.0, pitch_rad, 0.0]))
    return turned


def leg_angles(skeleton: Skeleton, pelvis_m: Floats, pelvis_turn: Floats, hip: Joint, foot: Floats) -> Floats:
    """Angles of hip, knee and ankle for a foot.

    Where the foot is out of reach the leg is straight towards it.

    Args:
        skeleton: the body.
        pelvis_m: float64 `(3,)`, world frame.
        pelvis_turn: float64 `(3, 3)`, world rotation of the pelvis.
        hip: which leg.
        foot: float64 `(5,)`: the ankle's place in the world frame, metres; yaw and pitch of the foot, radians.

    Returns:
        float64 `(3, 3)`, degrees, rows hip, knee, ankle; not clamped to the range of motion.
    """
    thigh, shank = skeleton.offsets_m[hip + 1], skeleton.offsets_m[hip + 2]
    to_ankle = pelvis_turn.T @ (foot[:3] - pelvis_m) - skeleton.offsets_m[hip]
    knee_rad = _knee_for_distance(thigh, shank, float(np.linalg.norm(to_ankle)))
    knee_turn = from_rotation_vectors(np.array([0.0, knee_rad, 0.0]))
    at_rest = thigh + knee_turn @ shank
    toes = pelvis_turn.T @ np.array([np.cos(foot[3]), np.sin(foot[3]), 0.0])
    # The knee points where the toes point, but looks forward when the leg itself points there.
    toes = toes + np.array([0.35, 0.0, 0.35 * max(0.0, to_ankle[0]) / max(np.linalg.norm(to_ankle), 1e-9)])
    hip_turn = _frame(to_ankle, toes) @ _frame(at_rest, np.array([1.0, 0.0, 0.0])).T
    ankle_turn = (pelvis_turn @ hip_turn @ knee_turn).T @ foot_rotation(float(foot[3]), float(foot[4]))
    return np.stack(
        [of_rotation(hip, hip_turn), np.array([np.degrees(knee_rad), 0.0, 0.0]), of_rotation(hip + 2, ankle_turn)]
    )


def _knee_for_distance(thigh: Floats, shank: Floats, distance_m: float) -> float:
    """Knee flexion, radians, at which hip and ankle are so far apart: `|thigh + R_y(k) shank| = distance`."""
    reach = float(np.linalg.norm(thigh + shank))
    over = distance_m - (reach - _SOFT_M)
    if over > 0.0:
        distance_m = reach - _SOFT_M * float(np.exp(-over / _SOFT_M))
    cosine = thigh[0] * shank[0] + thigh[2] * shank[2]
    sine = thigh[0] * shank[2] - thigh[2] * shank[0]
    wanted = 0.5 * (distance_m**2 - thigh @ thigh - shank @ shank) - thigh[1] * shank[1]
    share = np.clip(wanted / np.hypot(cosine, sine), -1.0, 1.0)
    knee = float(np.arctan2(sine, cosine) + np.arccos(share))
    return float(np.clip(knee, 0.0, np.radians(HIGH_DEG[Joint.LEFT_KNEE, 0])))


def _frame(main: Floats, side: Floats) -> Floats:
    """A rotation whose third column is along `main` and whose first is near `side`."""
    z = main / np.linalg.norm(main)
    y = np.cross(z, side)
    y /= np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z], axis=1)
