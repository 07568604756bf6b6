"""What people did to the device, on record like what it saw."""

from __future__ import annotations

from edge_agent.clock import Clock
from edge_agent.data.event import Event, Evidence, Phase, Severity, Verdict
from edge_agent.ids import IdSource
from edge_agent.mqtt.snoozes import Snooze

AUDIT = "audit"
SELF_TEST = "self_test"
SNOOZE = "snooze"


class Audit:
    """Makes events of severity ``info``.

    What is over when it is told has the one phase ``cleared``; a snooze is ``raised`` and ``cleared``. None of them
    shares the incident of what it is about: whoever follows that one must not take it for cleared.
    """

    def __init__(self, device: str, clock: Clock, ids: IdSource) -> None:
        self._device = device
        self._clock = clock
        self._ids = ids

    def new_id(self) -> str:
        """For a snooze."""
        return self._ids.new(self._clock.wall_s())

    def done(self, command: str, by: str, subject: str = "") -> Event:
        """A command was obeyed.

        Args:
            command: Its name.
            by: Key that signed it.
            subject: What it was about; empty for the device.
        """
        words = (Evidence("command", command), Evidence("by", by))
        return self._event(AUDIT, self._device, (*words, Evidence("subject", subject)) if subject else words)

    def tested(self, by: str, *, passed: bool) -> Event:
        """Somebody wants to see an event arrive."""
        words = (Evidence("by", by), Evidence("resolved", "passed" if passed else "not_passed"))
        return self._event(SELF_TEST, self._device, words)

    def snoozed(self, snooze: Snooze, resolved: str = "") -> Event:
        """A snooze began or ended.

        Args:
            snooze: Which.
            resolved: Why it ended; empty where it begins.
        """
        words = [Evidence("by", snooze.by), Evidence("snooze_reason", snooze.reason)]
        words.append(Evidence("snoozed_rule", snooze.rule or "all"))
        words.append(Evidence("asked_s", snooze.until_s - snooze.began_s))
        if resolved:
            words.append(Evidence("resolved", resolved))
        phase = Phase.CLEARED if resolved else Phase.RAISED
        return self._event(SNOOZE, snooze.place, tuple(words), phase, snooze)

    def _event(
        self,
        rule: str,
        place: str,
        evidence: tuple[Evidence, ...],
        phase: Phase = Phase.CLEARED,
        snooze: Snooze | None = None,
    ) -> Event:
        now_s = self._clock.monotonic_s()
        new = self.new_id()
        return Event(
            id=new,
            incident_id=snooze.incident_id if snooze else self.new_id(),
            rev=1 if snooze and phase is Phase.CLEARED else 0,
            phase=phase,
            rule=rule,
            severity=Severity.INFO,
            verdict=Verdict.YES,
            confidence=1.0,
            camera=place,
            zone=place,
            observed_s=now_s,
            duration_s=now_s - snooze.began_s if snooze else 0.0,
            evidence=evidence,
        )
