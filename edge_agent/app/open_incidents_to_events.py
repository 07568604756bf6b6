"""Incidents that the run before left open: nobody watched meanwhile, so they end unseen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edge_agent.clock import Clock
from edge_agent.data.event import Event, Evidence, Phase, Verdict
from edge_agent.ids import IdSource
from edge_agent.mqtt.outbox_rows import OpenIncident


def close_open_incidents(incidents: Iterable[OpenIncident], clock: Clock, ids: IdSource) -> Iterator[Event]:
    """An event that clears each of them; who still lies there is raised anew by what the camera sees."""
    for incident in incidents:
        now_s, wall_s = clock.monotonic_s(), clock.wall_s()
        yield Event(
            id=ids.new(wall_s),
            incident_id=incident.incident_id,
            rev=incident.rev + 1,
            phase=Phase.CLEARED,
            rule=incident.rule,
            severity=incident.severity,
            verdict=Verdict.INDETERMINATE,
            confidence=0.0,
            camera=incident.camera,
            zone=incident.zone,
            observed_s=now_s,
            duration_s=max(0.0, wall_s - incident.raised_wall_s),
            evidence=(Evidence("resolved", "agent_restarted"),),
        )
