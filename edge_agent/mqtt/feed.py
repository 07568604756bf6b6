"""Where a session takes from, and the message that says whether there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.clock import Clock
from edge_agent.mqtt.event_source import EventSource
from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.payload import StatusPayload, encode, rfc3339
from edge_agent.mqtt.retained import RetainedTable
from edge_agent.mqtt.session_timing import Timing
from edge_agent.mqtt.topics import Topics


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a session takes from.

    Attributes:
        topics: Names.
        outbox: Events.
        retained: State.
        clock: For the time in the status.
        timing: Of status and leave.
        announces: Whether the session says that the device is there and when it goes: one process of a device does.
    """

    topics: Topics
    outbox: EventSource
    retained: RetainedTable
    clock: Clock
    timing: Timing
    announces: bool = True


def status(feed: Feed, state: Literal["online", "offline"], *, will: bool = False) -> Outgoing:
    """The status message, also the one that the broker keeps as our will."""
    if will:
        payload = StatusPayload(status=state, reason="lost")
    else:
        reason: Literal["running", "stopped"] = "running" if state == "online" else "stopped"
        payload = StatusPayload(status=state, reason=reason, at=rfc3339(feed.clock.wall_s()))
    expiry_s = feed.timing.status_expiry_s if state == "online" else None
    return Outgoing(feed.topics.status, encode(payload), retain=True, expiry_s=expiry_s)
