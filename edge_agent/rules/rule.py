"""What a rule is to the engine."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from edge_agent.data.event import Evidence, Severity, Verdict
from edge_agent.data.zone import Zone
from edge_agent.rules.history import FrameSize, History, Scene
from edge_agent.rules.timing import Timing


class Judgement(NamedTuple):
    """What a rule says of one person in one frame. A tuple, since every rule makes one for everybody in every frame.

    Attributes:
        verdict: Yes, no, or indeterminate where the joints that it needs are missing or unsure.
        confidence: 0..1.
        evidence: What the verdict rests on.
        risen_line_px: For rules about somebody on the ground: the shoulders must get above this line of the frame
            for the person to count as risen.
        onset_s: Hold time for this `yes` where it is not the rule's own.
        escalate_s: Likewise, how long it must last to be critical; 0 for never.
    """

    verdict: Verdict
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    risen_line_px: float | None = None
    onset_s: float | None = None
    escalate_s: float | None = None


UNKNOWN = Judgement(Verdict.INDETERMINATE, 0.0)


class Rule(Protocol):
    """One rule: a name, its times, and a pure predicate."""

    @property
    def name(self) -> str:
        """As in topics and settings."""
        ...

    @property
    def severity(self) -> Severity:
        """Of an incident when it is raised."""
        ...

    @property
    def ends_as(self) -> str:
        """The evidence word `resolved` of an incident that was seen to end."""
        ...

    @property
    def ergonomic(self) -> bool:
        """Whether it is about strain: counted as exposure everywhere, and raised by calibrated cameras only."""
        ...

    @property
    def timing(self) -> Timing:
        """When a verdict becomes an incident, and when the incident ends."""
        ...

    def places(self, scene: Scene) -> tuple[Zone | None, ...]:
        """Where it is judged apart: its zones, or ``(None,)`` for the whole view; empty where it does not apply."""
        ...

    def judge(self, history: History, place: Zone | None, size: FrameSize, *, raised: bool) -> Judgement:
        """Judge one person now.

        Args:
            history: Of this person.
            place: One of `places`.
            size: Of the frame.
            raised: Whether an incident of this rule, person and place lasts: limits are wider then.
        """
        ...
