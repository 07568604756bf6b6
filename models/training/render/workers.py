"""The cast: some workers with long scripts, of whom every picture takes a moment.

Making a worker takes far longer than posing one. A cast serves some hundred pictures and then makes room for the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.wrinkles import wrinkle_noise, wrinkled
from edge_agent.models.training.scene.body import Worker, make_worker
from edge_agent.models.training.scene.carried import Carrying
from edge_agent.models.training.scene.mesh import Mesh, PosedPerson
from edge_agent.models.training.scene.motion import Motion, MotionSample
from edge_agent.models.training.scene.outfit import Look
from edge_agent.models.training.scene.plan_motion import Habits, plan_motion
from edge_agent.models.training.scene.random_pose import random_pose

RANDOM_POSE_SHARE = 0.6
"""So many persons take any pose that a body can; the others are taken from what workers do."""

Rng = np.random.Generator

CAST_SIZE = 24
LOOKS: tuple[Look, ...] = ("worker", "office", "casual")
LOOK_ODDS = (0.6, 0.15, 0.25)
SCRIPT_S = 70.0
HABITS = Habits(fall=0.6, walk=0.4)
"""More falls than a camera ever sees: a network must know a lying person as well as a standing one."""


@dataclass(frozen=True, slots=True, eq=False)
class CastMember:
    """A worker, what he does for a minute, and the folds in each mesh of his clothes."""

    worker: Worker
    motion: Motion
    folds: tuple[npt.NDArray[np.float32], ...]


class Cast:
    """Twenty-four workers, made when first needed; the same seed gives the same cast."""

    def __init__(self, seed: np.random.SeedSequence) -> None:
        self._seeds = seed.spawn(CAST_SIZE)
        self._members: dict[int, CastMember] = {}

    def draw(self, rng: Rng, person: int) -> PosedPerson:
        """One of the workers at a random moment, its meshes marked with the index `person`."""
        number = int(rng.integers(CAST_SIZE))
        if number not in self._members:
            self._members[number] = _make_member(np.random.default_rng(self._seeds[number]))
        member = self._members[number]
        sample = _moment(rng, member)
        posed = member.worker.posed(sample.pose, person, sample.action, carrying=_carried(rng, sample.action))
        strength = float(rng.uniform(0.4, 1.5))
        folded: list[Mesh] = [
            wrinkled(mesh, folds, strength) for mesh, folds in zip(posed.meshes, member.folds, strict=False)
        ]
        dressed: PosedPerson = replace(posed, meshes=(*folded, *posed.meshes[len(folded) :]))
        return dressed


def _moment(rng: Rng, member: CastMember) -> MotionSample:
    if rng.random() < RANDOM_POSE_SHARE:
        try:
            return random_pose(rng, member.worker.skeleton)
        except ValueError:  # it drew a turn of no angle, which is no motion
            pass
    return member.motion.at(float(rng.uniform(0, member.motion.duration_s)))


def _make_member(rng: Rng) -> CastMember:
    worker = make_worker(rng, LOOKS[int(rng.choice(len(LOOKS), p=LOOK_ODDS))])
    motion = plan_motion(rng, worker.skeleton, SCRIPT_S, habits=HABITS)
    plain = worker.posed(motion.at(0.0).pose, 0)
    return CastMember(worker, motion, tuple(wrinkle_noise(mesh, rng) for mesh in plain.meshes))


def _carried(rng: Rng, action: str) -> Carrying:
    """What fits the action in the hands."""
    if action == "carry":
        return "box" if rng.random() < 0.85 else "none"
    if action in {"work", "walk", "stand"} and rng.random() < 0.15:
        return "tool"
    return "none"
