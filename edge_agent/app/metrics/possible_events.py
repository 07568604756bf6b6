"""Every kind of event that the vision thread can give, before there was one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edge_agent.app.camera_change_to_event import CAMERA_BACK, CAMERA_LOST
from edge_agent.data.event import Phase, Severity
from edge_agent.rules.catalogue import every_rule
from edge_agent.rules.sight_to_event import BLIND


@dataclass(frozen=True, slots=True)
class EventKind:
    """What events are counted by.

    Attributes:
        rule: As in topics.
        phase: Of the incident.
        severity: At that time.
    """

    rule: str
    phase: Phase
    severity: Severity


def possible_events() -> Iterator[EventKind]:
    """Of every rule, whether it is on or not: a reload may switch it on, and its times decide what becomes critical."""
    for rule in every_rule():
        for severity in dict.fromkeys((rule.severity, Severity.CRITICAL)):
            for phase in Phase:
                yield EventKind(rule.name, phase, severity)
    yield EventKind(BLIND, Phase.RAISED, Severity.WARNING)
    yield EventKind(BLIND, Phase.CLEARED, Severity.WARNING)
    yield EventKind(CAMERA_LOST, Phase.RAISED, Severity.WARNING)
    yield EventKind(CAMERA_BACK, Phase.CLEARED, Severity.WARNING)
