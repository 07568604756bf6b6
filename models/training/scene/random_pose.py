"""One pose for a training picture: from a motion, anywhere in the range of motion, or low on the floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene import acts_low, acts_standing
from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.joint_angles import of_rotations, to_rotations
from edge_agent.models.training.scene.joint_limits import clamped
from edge_agent.models.training.scene.motion import MotionSample
from edge_agent.models.training.scene.plan_motion import ACTS, FALLS, stoop
from edge_agent.models.training.scene.posture import Posture, angles_of
from edge_agent.models.training.scene.postures import ALL_FOURS, ON_LEFT_SIDE, ON_RIGHT_SIDE, PRONE, SUPINE
from edge_agent.models.training.scene.rotation import about_z
from edge_agent.models.training.scene.script import Script
from edge_agent.models.training.scene.skeleton import Skeleton, grounded, joint_positions
from edge_agent.models.training.scene.walk import Gait
from edge_agent.models.training.scene.wild_posture import wild_posture

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator

FROM_MOTION, WILD = 0.60, 0.25
"""Shares of the mixture; the rest is on the floor."""

STOOPING = 0.25
"""Part of the motions that bend the back, which `bend_hold` depends on and few pictures elsewhere show."""

_NOISE_DEG = np.zeros((19, 3))
_NOISE_DEG[Joint.PELVIS] = (3.0, 3.0, 0.0)
_NOISE_DEG[Joint.SPINE : Joint.HEAD + 1] = (4.0, 3.0, 5.0)
_NOISE_DEG[Joint.HEAD] = (8.0, 6.0, 14.0)
_NOISE_DEG[Joint.LEFT_CLAVICLE : Joint.RIGHT_WRIST + 1] = (12.0, 8.0, 12.0)
_NOISE_DEG[Joint.LEFT_HIP :] = (5.0, 4.0, 5.0)

_CLEARANCE_M = 0.11
"""Hands and elbows nearer than this to the middle line of the trunk are inside the body; so are knees to each other."""


def random_pose(rng: Rng, skeleton: Skeleton) -> MotionSample:
    """A pose with the pelvis over the origin, any heading, on the floor (or in the air in a jump).

    Args:
        rng: draws everything.
        skeleton: the body.

    Returns:
        The pose, within the range of motion of every joint, and a word for it.
    """
    share = rng.random()
    if share < FROM_MOTION:
        return _from_motion(rng, skeleton)
    if share < FROM_MOTION + WILD:
        return _best_of(skeleton, lambda: _posed(rng, skeleton, wild_posture(rng), "wild"))
    return _on_the_floor(rng, skeleton)


def _from_motion(rng: Rng, skeleton: Skeleton) -> MotionSample:
    script = Script(skeleton, (0.0, 0.0), 0.0, rng)
    kind = rng.random()
    if kind < 0.2:
        script.walk([(2.5, 0.0)], Gait(float(rng.uniform(0.7, 1.9)), swing=float(rng.uniform(0.2, 1.6))))
    elif kind < 0.2 + STOOPING:
        stoop(script, rng)
    else:
        ACTS[rng.integers(len(ACTS))][1](script, rng)
    if not script.now_s:  # a turn by nothing
        acts_standing.stand(script, 2.0)
    motion = script.motion()
    sample = motion.at(float(rng.uniform(0.0, motion.duration_s)))
    return _best_of(skeleton, lambda: _noisy(rng, skeleton, sample))


def _on_the_floor(rng: Rng, skeleton: Skeleton) -> MotionSample:
    kind = rng.random()
    if kind < 0.35:
        script = Script(skeleton, (0.0, 0.0), 0.0, rng)
        FALLS[rng.integers(len(FALLS))](script, rng)
        motion = script.motion()
        fallen = motion.at(float(rng.uniform(0.25, motion.duration_s)))
        return _best_of(skeleton, lambda: _noisy(rng, skeleton, fallen))
    if kind < 0.5:
        script = Script(skeleton, (0.0, 0.0), 0.0, rng)
        acts_low.crawl(script, 2.0)
        crawling = script.motion().at(float(rng.uniform(3.5, script.now_s - 2.0)))
        return _best_of(skeleton, lambda: _noisy(rng, skeleton, crawling))
    bases = (PRONE, SUPINE, ON_LEFT_SIDE, ON_RIGHT_SIDE, ALL_FOURS)
    base = bases[rng.integers(len(bases))]

    def lying() -> MotionSample:
        pitch, roll, turned = base.lean
        rolled = float(rng.normal(0.0, 12.0))
        wild = wild_posture(rng)
        arms = replace(base, lean=(pitch, roll, turned + rolled))
        if rng.random() < 0.5:
            arms = replace(arms, left=wild.left, right=wild.right)
        return _posed(rng, skeleton, arms, "lie")

    return _best_of(skeleton, lying)


def _noisy(rng: Rng, skeleton: Skeleton, sample: MotionSample) -> MotionSample:
    rotations = sample.pose.rotations
    angles = of_rotations(rotations) + rng.normal(0.0, 1.0, (19, 3)) * _NOISE_DEG * rng.uniform(0.0, 1.3)
    return _placed(rng, skeleton, angles, sample.action)


def _posed(rng: Rng, skeleton: Skeleton, posture: Posture, action: str) -> MotionSample:
    angles = angles_of(posture) + rng.normal(0.0, 0.7, (19, 3)) * _NOISE_DEG
    placed = _placed(rng, skeleton, angles, action)
    placed.pose.pelvis_m[2] += posture.shift_m[2]
    return placed


def _placed(rng: Rng, skeleton: Skeleton, angles_deg: Floats, action: str) -> MotionSample:
    rotations = to_rotations(clamped(angles_deg))
    rotations[0] = about_z(float(rng.uniform(-np.pi, np.pi))) @ rotations[0]
    return MotionSample(grounded(skeleton, BodyPose(np.zeros(3), rotations)), action)


def _best_of(skeleton: Skeleton, draw: Callable[[], MotionSample], tries: int = 6) -> MotionSample:
    """The first draw whose limbs do not cut through the body, or the least bad."""
    best, least = draw(), np.inf
    for attempt in range(tries):
        sample = best if attempt == 0 else draw()
        overlap = overlap_m(skeleton, sample.pose)
        if sample.action == "lie":
            # One who lies does not balance on an arm.
            overlap += max(0.0, float(sample.pose.pelvis_m[2]) - 0.30)
        if overlap <= 0.0:
            return sample
        if overlap < least:
            best, least = sample, overlap
    return best


def overlap_m(skeleton: Skeleton, pose: BodyPose) -> float:
    """How deep limbs are in the trunk, the head or each other; 0 when clear."""
    places = joint_positions(skeleton, pose)
    scale = float(skeleton.standing_pelvis_m) / 0.93
    near = _CLEARANCE_M * scale
    trunk = np.concatenate([np.linspace(places[a], places[b], 5) for a, b in ((0, 1), (1, 2), (2, 3), (3, 4))])
    limbs = []
    for shoulder in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER):
        limbs += [places[shoulder + 1], 0.5 * (places[shoulder + 1] + places[shoulder + 2]), places[shoulder + 2]]
    gaps = np.linalg.norm(np.array(limbs)[:, None] - trunk[None], axis=2).min(axis=1)
    depth = float(np.maximum(near - gaps, 0.0).sum())
    for lower in (1, 2):
        apart = float(np.linalg.norm(places[Joint.LEFT_HIP + lower] - places[Joint.RIGHT_HIP + lower]))
        depth += max(0.0, 0.8 * near - apart)
    return depth
