"""Motion: what a person does over time, and the film of clips that makes one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.blend import Curve
from edge_agent.models.training.scene.body_pose import BodyPose, Joint
from edge_agent.models.training.scene.control import Control, of_vector, resolve
from edge_agent.models.training.scene.skeleton import Skeleton

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MotionSample:
    """A person at one moment: the pose, and a word for what he does."""

    pose: BodyPose
    action: str


class Motion(Protocol):
    """What a person does, from 0 to `duration_s`; earlier and later times hold the ends."""

    @property
    def duration_s(self) -> float:
        """How long it takes."""
        ...

    def at(self, t_s: float) -> MotionSample:
        """The person at a time."""
        ...


class Clip(Protocol):
    """One act, as controls over its own time from 0 to `duration_s`."""

    @property
    def duration_s(self) -> float:
        """How long it takes."""
        ...

    @property
    def action(self) -> str:
        """A word for what the person does."""
        ...

    def control_at(self, t_s: float) -> Control:
        """The control at a time from 0 to `duration_s`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KeyframeClip:
    """An act through key frames."""

    action: str
    curve: Curve

    @property
    def duration_s(self) -> float:
        """Time of the last key frame."""
        return float(self.curve.times_s[-1])

    def control_at(self, t_s: float) -> Control:
        """On the curve through the key frames."""
        return of_vector(self.curve.at(t_s))


@dataclass(frozen=True, slots=True, eq=False)
class CutClip:
    """The beginning of another clip."""

    clip: Clip
    duration_s: float

    @property
    def action(self) -> str:
        """The other clip's."""
        return self.clip.action

    def control_at(self, t_s: float) -> Control:
        """The other clip's."""
        return self.clip.control_at(t_s)


@dataclass(frozen=True, slots=True, eq=False)
class Idle:
    """The small movements of a living body: breath, sway, the head looking about.

    Attributes:
        phases_rad: float64 `(19, 3, 2)`, where each joint's two slow waves start.
        strength: 1 is normal, 0 a statue.
    """

    phases_rad: Floats
    strength: float = 1.0

    def angles_deg(self, t_s: float, liveliness: float) -> Floats:
        """What to add to the angles, float64 `(19, 3)`."""
        slow = np.sin(0.9 * t_s + self.phases_rad[..., 0]) + np.sin(0.37 * t_s + self.phases_rad[..., 1])
        added: Floats = liveliness * self.strength * _SWAY_DEG * slow
        # 15 breaths a minute, at rest and lying alike.
        breath = np.sin(2.0 * np.pi * 0.25 * t_s + self.phases_rad[0, 0, 0])
        added[Joint.CHEST, 0] -= 0.8 * self.strength * breath
        added[[Joint.LEFT_CLAVICLE, Joint.RIGHT_CLAVICLE], 1] += 0.8 * self.strength * breath
        return added


def _sway() -> Floats:
    sway = np.zeros((19, 3))
    sway[[Joint.SPINE, Joint.CHEST]] = (0.6, 0.5, 1.0)
    sway[Joint.NECK] = (1.5, 1.0, 4.0)
    sway[Joint.HEAD] = (2.5, 1.0, 6.0)
    for shoulder in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER):
        sway[shoulder], sway[shoulder + 1], sway[shoulder + 2] = (1.2, 0.8, 1.0), (1.5, 0.0, 2.0), (2.0, 1.0, 0.0)
    return sway


_SWAY_DEG = _sway()


def still() -> Idle:
    """No small movements."""
    return Idle(phases_rad=np.zeros((19, 3, 2)), strength=0.0)


def drawn_idle(rng: np.random.Generator, strength: float = 1.0) -> Idle:
    """Small movements of one's own."""
    return Idle(phases_rad=rng.uniform(0.0, 2.0 * np.pi, (19, 3, 2)), strength=strength)


@dataclass(frozen=True, slots=True, eq=False)
class ClipMotion:
    """Acts one after the other, each starting from where the one before it ends.

    Attributes:
        skeleton: the body.
        clips: at least one.
        starts_s: when each clip starts, from 0.
        idle: small movements on top.
    """

    skeleton: Skeleton
    clips: tuple[Clip, ...]
    starts_s: tuple[float, ...]
    idle: Idle

    @property
    def duration_s(self) -> float:
        """How long all of it takes."""
        return self.starts_s[-1] + self.clips[-1].duration_s

    def at(self, t_s: float) -> MotionSample:
        """The person at a time; held at the ends, where only the breath goes on."""
        index = max(bisect_right(self.starts_s, t_s) - 1, 0)
        clip = self.clips[index]
        control = clip.control_at(min(max(t_s - self.starts_s[index], 0.0), clip.duration_s))
        angles = control.angles_deg + self.idle.angles_deg(t_s, control.liveliness)
        return MotionSample(resolve(self.skeleton, replace(control, angles_deg=angles)), clip.action)
