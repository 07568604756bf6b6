"""A camera that fell silent or came back, as an event like any other."""

from __future__ import annotations

from edge_agent.capture.camera_health import CameraChange, CameraChangeKind
from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.ids import IdSource

CAMERA_LOST = "camera_lost"
CAMERA_BACK = "camera_back"


class CameraChangeToEvent:
    """Gives each outage one incident: raised as `camera_lost`, cleared as `camera_back`."""

    def __init__(self, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids
        self._outages: dict[str, str] = {}

    def __call__(self, change: CameraChange) -> Event:
        """The event of one change."""
        lost = change.kind is CameraChangeKind.LOST
        unix_s = wall_at(self._clock, change.at_s)
        incident_id = self._outages.get(change.camera) or self._ids.new(unix_s)
        if lost:
            self._outages[change.camera] = incident_id
        else:
            self._outages.pop(change.camera, None)
        return Event(
            id=self._ids.new(unix_s),
            incident_id=incident_id,
            rev=0 if lost else 1,
            phase=Phase.RAISED if lost else Phase.CLEARED,
            rule=CAMERA_LOST if lost else CAMERA_BACK,
            severity=Severity.WARNING,
            verdict=Verdict.YES if lost else Verdict.NO,
            confidence=1.0,
            camera=change.camera,
            zone=change.camera,
            observed_s=change.at_s,
            duration_s=change.outage_s,
        )
