"""How far each joint can turn, and the nearest possible angles to impossible ones.

Ranges: American Academy of Orthopaedic Surgeons, "Joint Motion: Method of Measuring and Recording" (1965), rounded. Two
are wider for loaded joints: ankle dorsiflexion 35 deg (weight-bearing lunge, Bennell et al., Aust. J. Physiotherapy
1998) and knee flexion 150 deg (deep squat). The trunk's range is shared out between spine and chest, the neck's between
neck and head. The shoulder's 180 deg are 165 here, because the clavicle gives the rest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_pose import Joint

Floats = npt.NDArray[np.float64]

_RANGES_DEG: tuple[tuple[str, tuple[float, ...]], ...] = (
    # joint, (flexion low, high, abduction low, high, twist low, high)
    ("SPINE", (-15, 45, -18, 18, -15, 15)),
    ("CHEST", (-15, 40, -18, 18, -30, 30)),
    ("NECK", (-30, 25, -22, 22, -35, 35)),
    ("HEAD", (-30, 25, -20, 20, -40, 40)),
    ("CLAVICLE", (0, 0, -8, 35, -20, 25)),
    ("SHOULDER", (-60, 165, -40, 165, -90, 90)),
    ("ELBOW", (0, 150, 0, 0, -80, 80)),
    ("WRIST", (-70, 80, -20, 30, 0, 0)),
    ("HIP", (-30, 125, -30, 48, -45, 50)),
    ("KNEE", (0, 150, 0, 0, -10, 10)),
    ("ANKLE", (-50, 35, -30, 20, -20, 20)),
)


def _limits() -> tuple[Floats, Floats]:
    low, high = np.full((19, 3), -np.inf), np.full((19, 3), np.inf)
    for name, ranges in _RANGES_DEG:
        for joint in Joint:
            if joint.name.endswith(name):
                low[joint], high[joint] = ranges[0::2], ranges[1::2]
    return low, high


LOW_DEG, HIGH_DEG = _limits()
"""float64 `(19, 3)` each: flexion, abduction, twist. The pelvis is free."""


def _reach(angles_deg: Floats) -> Floats:
    """How much of the range of swing is used, `(19,)`: over 1 outside of the ellipse of flexion and abduction."""
    swing = angles_deg[:, :2]
    limit = np.where(swing < 0.0, LOW_DEG[:, :2], HIGH_DEG[:, :2])
    share = np.where(limit == 0.0, 0.0, swing / np.where(limit == 0.0, 1.0, limit))
    share[0] = 0.0
    used: Floats = np.hypot(share[:, 0], share[:, 1])
    return used


def clamped(angles_deg: Floats) -> Floats:
    """The angles float64 `(19, 3)`, degrees, moved into the range of motion.

    Swing is kept in an ellipse through the limits of flexion and abduction (Grassia 1998), as a joint cannot reach both
    at once; twist in its interval.
    """
    inside: Floats = np.clip(angles_deg, LOW_DEG, HIGH_DEG)
    over = np.maximum(_reach(inside), 1.0)
    inside[:, :2] /= over[:, None]
    return inside


def is_possible(angles_deg: Floats, tolerance_deg: float = 1e-6) -> bool:
    """Whether every joint is within its range."""
    return bool(np.all(np.abs(clamped(angles_deg) - angles_deg)[1:] <= tolerance_deg))
