"""From single events to the state of each zone."""

from __future__ import annotations

from collections.abc import Collection

from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.payload import ActiveIncident, AlarmPayload, rfc3339
from edge_agent.mqtt.snoozes import Snoozes

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
_MAX_LISTED = 8  # our own: keeps the state of a crowded zone under 2 KiB; `count` still tells them all


class AlarmBoard:
    """The incidents that go on, by zone. Pure: the time comes with each event."""

    def __init__(self, snoozes: Snoozes | None = None) -> None:
        """Nothing goes on yet.

        Args:
            snoozes: Who asked for quiet; nobody where absent.
        """
        self._snoozes = snoozes or Snoozes()
        self._active: dict[str, dict[str, ActiveIncident]] = {}
        self._places: frozenset[str] | None = None

    def apply(self, event: Event, wall_s: float) -> AlarmPayload:
        """Take in one event.

        Args:
            event: Raised, updated or cleared.
            wall_s: When it was observed, seconds since the Unix epoch.

        Returns:
            The new state of the place where the incident is shown: the event's zone, or its camera where there is no
            such zone any more.
        """
        place = self._place(event)
        incidents = self._active.setdefault(place, {})
        if event.phase is Phase.CLEARED:
            incidents.pop(event.incident_id, None)
        else:
            before = incidents.get(event.incident_id)
            # What became worse wants to be looked at again (IEC 62682 calls it re-alarming).
            known = before is not None and _RANK[event.severity] <= _RANK[Severity(before.severity)]
            incidents[event.incident_id] = ActiveIncident(
                incident_id=event.incident_id,
                rule=event.rule,
                severity=event.severity,
                camera=event.camera,
                since=before.since if before else rfc3339(wall_s - event.duration_s),
                acknowledged=before.acknowledged if before and known else None,
            )
        return self.state(place, wall_s)

    def keep(self, places: Collection[str]) -> frozenset[str]:
        """From now on there are only these zones and cameras; incidents of others go on under their camera.

        Returns:
            The places where incidents were moved to.
        """
        self._places = frozenset(places)
        removed = [self._active.pop(place) for place in self._active.keys() - self._places]
        gone = [incident for incidents in removed for incident in incidents.values()]
        for incident in gone:
            self._active.setdefault(incident.camera, {})[incident.incident_id] = incident
        return frozenset(incident.camera for incident in gone)

    def _place(self, event: Event) -> str:
        """Where its incident is shown: it stays where it is, also where its zone was removed and comes back."""
        known = (place for place, incidents in self._active.items() if event.incident_id in incidents)
        there = self._places is None or event.zone in self._places
        return next(known, event.zone if there else event.camera)

    def acknowledge(self, incident_id: str) -> str | None:
        """Somebody takes care of an incident, which goes on.

        Returns:
            Its zone; None where no such incident goes on.
        """
        for zone, incidents in self._active.items():
            if incident_id in incidents:
                incidents[incident_id] = incidents[incident_id].model_copy(update={"acknowledged": True})
                return zone
        return None

    def state(self, zone: str, wall_s: float) -> AlarmPayload:
        """The state of a zone, also of one in which nothing has happened yet.

        Args:
            zone: Its name.
            wall_s: Seconds since the Unix epoch.
        """
        incidents = [self._snoozed(zone, incident) for incident in self._active.get(zone, {}).values()]
        incidents.sort(key=_urgency)
        until_wall_s = self._snoozes.until_wall_s(zone)
        return AlarmPayload(
            zone=zone,
            active=bool(incidents),
            severity=incidents[0].severity if incidents else "none",
            count=len(incidents),
            since=min((incident.since for incident in incidents), default=None),
            incidents=tuple(incidents[:_MAX_LISTED]),
            annunciate=not all(incident.snoozed for incident in incidents),
            acknowledged=bool(incidents) and all(incident.acknowledged for incident in incidents),
            snoozed_until=None if until_wall_s is None else rfc3339(until_wall_s),
            at=rfc3339(wall_s),
        )

    def _snoozed(self, zone: str, incident: ActiveIncident) -> ActiveIncident:
        if not self._snoozes.covers(zone, incident.rule, Severity(incident.severity)):
            return incident
        return incident.model_copy(update={"snoozed": True})


def _urgency(incident: ActiveIncident) -> tuple[int, str, str]:
    return -_RANK[Severity(incident.severity)], incident.since, incident.incident_id
