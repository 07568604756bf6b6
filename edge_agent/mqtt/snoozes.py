"""Who asked for quiet, where, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from edge_agent.data.event import Severity

NEVER_SNOOZED = frozenset(
    {
        "fall",
        "slow_collapse",
        "lost_while_falling",
        "man_down",
        "sos_gesture",
        "blind",
        "camera_lost",
    }
)
"""Rules that tell of a person in need, or that nobody watches. Our own choice: these are what the agent is for."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """A wish for quiet.

    Attributes:
        incident_id: UUIDv7 under which it is on record.
        place: Zone or camera, as in ``alarm/{zone}``.
        rule: Only this rule; None for all that may be snoozed.
        began_s: Monotonic seconds.
        until_s: Monotonic seconds.
        until_wall_s: Seconds since the Unix epoch, to be shown.
        by: Key that signed the wish.
        reason: One word.
    """

    incident_id: str
    place: str
    rule: str | None
    began_s: float
    until_s: float
    until_wall_s: float
    by: str
    reason: str


class Snoozes:
    """Quiet is kept by the monotonic clock, in memory: it ends by itself, and with the agent. Pure."""

    def __init__(self, *, allow_critical: bool = False) -> None:
        """Nobody asked for quiet yet.

        Args:
            allow_critical: Whether what is critical, or in `NEVER_SNOOZED`, may be snoozed by its rule's name.
        """
        self._allow_critical = allow_critical
        self._snoozes: dict[tuple[str, str | None], Snooze] = {}

    def may(self, rule: str | None) -> bool:
        """Whether this rule may be snoozed."""
        return rule not in NEVER_SNOOZED or self._allow_critical

    def put(self, snooze: Snooze) -> Snooze | None:
        """Take in a wish; returns the one that it replaces."""
        before = self.end(snooze.place, snooze.rule)
        self._snoozes[snooze.place, snooze.rule] = snooze
        return before

    def end(self, place: str, rule: str | None) -> Snooze | None:
        """Withdraw a wish; returns it."""
        return self._snoozes.pop((place, rule), None)

    def expired(self, now_s: float) -> tuple[Snooze, ...]:
        """Take out the wishes whose time is over.

        Args:
            now_s: Monotonic seconds.
        """
        over = tuple(snooze for snooze in self._snoozes.values() if now_s >= snooze.until_s)
        for snooze in over:
            self.end(snooze.place, snooze.rule)
        return over

    def covers(self, place: str, rule: str, severity: Severity) -> bool:
        """Whether an incident goes unannounced. What is critical does so only by its name, where that is allowed."""
        if (place, rule) in self._snoozes and self._allow_critical:
            return True
        if rule in NEVER_SNOOZED or severity is Severity.CRITICAL:
            return False
        return (place, rule) in self._snoozes or (place, None) in self._snoozes

    def until_wall_s(self, place: str) -> float | None:
        """When the last wish for this place ends; None where there is none."""
        return max((snooze.until_wall_s for snooze in self._snoozes.values() if snooze.place == place), default=None)
