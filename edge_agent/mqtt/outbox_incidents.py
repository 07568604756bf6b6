"""Which incidents go on, stored with the events that say so."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.outbox_rows import OpenIncident

logger = logging.getLogger(__name__)


def note_incident(connection: sqlite3.Connection, event: Event, wall_s: float) -> None:
    """Open, update or close the event's incident, within the event's transaction."""
    if event.phase is Phase.CLEARED:
        connection.execute("DELETE FROM open_incident WHERE incident_id = ?", (event.incident_id,))
        return
    severity = event.severity.value
    connection.execute(
        "INSERT INTO open_incident VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (incident_id)"
        " DO UPDATE SET rev = excluded.rev, severity = excluded.severity",
        (event.incident_id, event.rev, event.rule, severity, event.camera, event.zone, wall_s),
    )


def read_open_incidents(connection: sqlite3.Connection) -> tuple[OpenIncident, ...]:
    """Those that were raised and not cleared, the oldest first."""
    rows = connection.execute(
        "SELECT incident_id, rev, rule, severity, camera, zone, raised_wall_s FROM open_incident"
        " ORDER BY raised_wall_s, incident_id"
    ).fetchall()
    whole = [row for row in rows if is_whole(row)]
    if len(whole) < len(rows):
        logger.error("%d open incidents on the disk are damaged: their ends are not told", len(rows) - len(whole))
    return tuple(
        OpenIncident(incident_id, rev, rule, Severity(severity), camera, zone, raised_wall_s)
        for incident_id, rev, rule, severity, camera, zone, raised_wall_s in whole
    )


def is_whole(row: tuple[Any, ...]) -> bool:
    """Whether a row of open incidents can be what was written there: a disk may have changed it."""
    incident_id, rev, rule, severity, camera, zone, raised_wall_s = row
    words = (incident_id, rule, severity, camera, zone)
    if not all(isinstance(word, str) and word.isprintable() for word in words):
        return False
    numbers = isinstance(rev, int) and rev >= 0 and isinstance(raised_wall_s, float)
    return numbers and severity in [known.value for known in Severity]
