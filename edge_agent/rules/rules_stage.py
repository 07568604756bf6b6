"""Everything that judges one camera's frames: the real rules, those on trial, and whether anybody could be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_agent.clock import Clock
from edge_agent.data.event import Event, Phase
from edge_agent.data.exposure import Exposure
from edge_agent.data.posture import Postures
from edge_agent.data.sight import Sight
from edge_agent.ids import IdSource, SeededIds
from edge_agent.rules.blind import BlindSettings
from edge_agent.rules.history import Scene
from edge_agent.rules.posture_to_event import PostureToEvent
from edge_agent.rules.rule import Rule
from edge_agent.rules.sight_to_event import BLIND, SightToEvent


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one camera is to watch for.

    Attributes:
        scene: The camera and its zones.
        rules: What raises incidents.
        shadow: Rules on trial: what they would raise is only counted.
        blind: When a picture that shows nobody is reported.
    """

    scene: Scene
    rules: tuple[Rule, ...]
    shadow: tuple[Rule, ...] = ()
    blind: BlindSettings = field(default_factory=BlindSettings)

    @property
    def rule_names(self) -> tuple[str, ...]:
        """Of all that may raise incidents, the most urgent first."""
        return (*(rule.name for rule in self.rules), *((BLIND,) if self.blind.enabled else ()))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules say of one frame.

    Attributes:
        events: Phases of incidents, to be put into the outbox in this order.
        shadowed: Incidents that the rules on trial would have raised; never to leave the device.
    """

    events: tuple[Event, ...]
    shadowed: tuple[Event, ...]


class RulesStage:
    """Postures and sight in, phases of incidents out: in the pipeline, and on a posture log without one.

    The same frames give the same verdicts. Not thread-safe.

    Args:
        assignment: The camera, its zones, and what to watch for.
        clock: For the wall time in identifiers.
        ids: Of events and incidents.
    """

    def __init__(self, assignment: Assignment, clock: Clock, ids: IdSource) -> None:
        scene = assignment.scene
        self._sight_to_event = SightToEvent(scene.camera, assignment.blind, clock, ids)
        self._posture_to_event = PostureToEvent(scene, assignment.rules, clock, ids)
        # With identifiers of its own: a trial must not change what the real rules say.
        self._shadow = PostureToEvent(scene, assignment.shadow, clock, SeededIds(scene.camera))

    def __call__(self, sight: Sight, postures: Postures) -> Verdicts:
        """Judge one frame. Every event must be put into the outbox and then reported to `stored`."""
        events = (*self._sight_to_event(sight), *self._posture_to_event(postures))
        return Verdicts(events, self._on_trial(postures) if self._shadow.watching else ())

    @property
    def exposures(self) -> Mapping[str, Exposure]:
        """By ergonomic rule, how long people worked so since the start."""
        return self._posture_to_event.exposures

    def stored(self, event: Event) -> None:
        """An event is safe in the outbox; only now does its rule fall silent for the cooldown."""
        self._posture_to_event.stored(event)

    def reconfigure(self, assignment: Assignment) -> tuple[Event, ...]:
        """Go on with other zones, rules and thresholds, and with everybody; returns what that cleared."""
        self._sight_to_event.retune(assignment.blind)
        self._shadow.reconfigure(assignment.scene, assignment.shadow)
        return self._posture_to_event.reconfigure(assignment.scene, assignment.rules)

    def change_shift(self, assignment: Assignment) -> tuple[Event, ...]:
        """Go on with everything but the zones that are there; returns what that cleared."""
        self._shadow.reconfigure(assignment.scene, assignment.shadow)
        return self._posture_to_event.reconfigure(assignment.scene, assignment.rules, "schedule")

    def _on_trial(self, postures: Postures) -> tuple[Event, ...]:
        """What the rules on trial would raise now."""
        events = self._shadow(postures)
        for event in events:
            self._shadow.stored(event)
        return tuple(event for event in events if event.phase is Phase.RAISED)
