"""Postures in, seconds of persons at each action level of RULA and REBA out. See docs/ergonomics.md."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.exposure import FRAME_SPEAKS_S
from edge_agent.data.posture import Posture, Postures
from edge_agent.data.strain import AtLeast, Strain
from edge_agent.posture.body_angles import SURE, observe
from edge_agent.posture.reba import reba_at_least
from edge_agent.posture.rula import rula_at_least

# Twice a second is plenty for shares of a shift, and costs a fifth of scoring ten frames a second.
_EVERY_S = 0.5
_LIKELY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StrainSettings:
    """How long people worked at which level of RULA and REBA, in `health`: sums over everybody, never one person's."""

    # On by default: it is an aggregate that raises nothing, and says itself where a camera is not calibrated.
    enabled: bool = True
    """Whether RULA and REBA are summed up."""


class PostureToStrain:
    """Sums up one camera's postures. Not thread-safe, but for reading `strain`.

    Args:
        settings: Whether to sum up at all.
        calibrated: Whether the camera is.
    """

    def __init__(self, settings: StrainSettings, *, calibrated: bool) -> None:
        self._enabled = settings.enabled
        self._strain = Strain(calibrated)
        self._last_s: dict[int, float] = {}

    @property
    def strain(self) -> Strain | None:
        """What was summed up since the start; None where nobody was in view, or it is switched off."""
        return self._strain if self._enabled and self._strain.total_s > 0.0 else None

    def retune(self, settings: StrainSettings, *, calibrated: bool) -> None:
        """Go on with other settings; with angles of another kind, or after a break, from nothing."""
        if settings.enabled != self._enabled or calibrated != self._strain.calibrated:
            self._strain = Strain(calibrated)
            self._last_s = {}
        self._enabled = settings.enabled

    def __call__(self, postures: Postures) -> None:
        """Take in everybody whom the detector sees in this frame, each at most twice a second."""
        if not self._enabled:
            return
        now_s, last_s = postures.t_s, self._last_s
        self._last_s = {}
        for person in postures.people:
            before_s = last_s.get(person.track_id, now_s)
            due = person.unseen_s <= 0.0 and now_s - before_s >= _EVERY_S
            self._last_s[person.track_id] = now_s if due else before_s
            if due and not _on_ground(person):
                self._strain.add(self._scores(person), min(now_s - before_s, FRAME_SPEAKS_S))

    def _scores(self, person: Posture) -> AtLeast | None:
        """None where the trunk is not told, or whoever is bent may as well lie: then the feet are not seen."""
        angles = observe(person, calibrated=self._strain.calibrated)
        if angles.trunk_deg is None or person.lying.value >= _LIKELY:
            return None
        return AtLeast(rula_at_least(angles), reba_at_least(angles), angles.observed)


def _on_ground(person: Posture) -> bool:
    """Whether somebody lies: no posture to work in, and other rules' business."""
    lying = min(person.lying.confidence, person.hip_height_h.confidence) >= SURE
    return lying and person.lying.value >= _LIKELY
