"""What a camera's picture is good for, as incidents of the rule `blind`."""

from __future__ import annotations

from edge_agent.clock import Clock, wall_at
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.data.sight import Sight
from edge_agent.ids import IdSource
from edge_agent.rules.blind import BlindSettings
from edge_agent.rules.rule import Judgement
from edge_agent.rules.timing import Timing
from edge_agent.rules.watch import Change, Watch, advance

BLIND = "blind"
# A camera that is silent for longer is lost, which is told as such.
_LONGEST_GAP_S = 5.0
_NEVER_S = float("inf")


class SightToEvent:
    """Watches one camera's sight. Not thread-safe."""

    def __init__(self, camera: str, settings: BlindSettings, clock: Clock, ids: IdSource) -> None:
        self._camera = camera
        self._clock = clock
        self._ids = ids
        self._watch = Watch()
        self._incident_id = ""
        self.retune(settings)

    def retune(self, settings: BlindSettings) -> None:
        """Go on with other times."""
        self._enabled = settings.enabled
        self._timing = Timing(
            onset_s=settings.hold_s,
            clear_s=settings.clear_s,
            unseen_s=_NEVER_S,
            cooldown_s=0.0,
            longest_gap_s=_LONGEST_GAP_S,
        )

    def __call__(self, sight: Sight) -> tuple[Event, ...]:
        """Take in a frame's sight; each incident is raised once and cleared once."""
        blind = self._enabled and sight.fault is not None
        judgement = Judgement(Verdict.YES if blind else Verdict.NO, 1.0)
        running = self._watch.running
        step = advance(self._watch, judgement, sight.t_s, self._timing, Severity.WARNING)
        self._watch = step.watch
        if step.change is Change.RAISED and step.watch.running is not None and sight.fault is not None:
            self._incident_id = self._ids.new(wall_at(self._clock, sight.t_s))
            reason = Evidence("reason", sight.fault.value)
            return (self._event(sight, Phase.RAISED, step.watch.running.since_s, reason),)
        if step.change is Change.CLEARED and running is not None:
            return (self._event(sight, Phase.CLEARED, running.since_s, Evidence("resolved", "recovered")),)
        return ()

    def _event(self, sight: Sight, phase: Phase, since_s: float, evidence: Evidence) -> Event:
        return Event(
            id=self._ids.new(wall_at(self._clock, sight.t_s)),
            incident_id=self._incident_id,
            rev=0 if phase is Phase.RAISED else 1,
            phase=phase,
            rule=BLIND,
            severity=Severity.WARNING,
            verdict=Verdict.YES if phase is Phase.RAISED else Verdict.NO,
            confidence=1.0,
            camera=self._camera,
            zone=self._camera,
            observed_s=sight.t_s,
            duration_s=sight.t_s - since_s,
            evidence=(evidence,),
        )
