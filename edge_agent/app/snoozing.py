"""Quiet on request: who may have it, for how long, and the record of it."""

from __future__ import annotations

from edge_agent.app.audit import Audit
from edge_agent.app.vision import AtWork
from edge_agent.clock import Clock
from edge_agent.command.arguments import SnoozeArguments
from edge_agent.command.command_settings import CommandSettings
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused
from edge_agent.mqtt.snoozes import Snooze


class Snoozing:
    """A snooze keeps a lamp dark and nothing else: what happens is found, stored and published all the same.

    Every method runs on the vision thread.
    """

    def __init__(self, settings: CommandSettings, audit: Audit, clock: Clock) -> None:
        self._settings = settings
        self._audit = audit
        self._clock = clock

    def snooze(self, work: AtWork, wish: SnoozeArguments, by: str) -> float | None:
        """Begin, prolong or end a snooze.

        Args:
            work: Of the vision thread.
            wish: What was asked for.
            by: Key that signed it.

        Returns:
            When it ends, seconds since the Unix epoch; None where it was ended.

        Raises:
            CommandRefused: No such place or rule, too long, or a rule that is never snoozed.
        """
        self._check(work, wish)
        if wish.seconds == 0:
            ended = work.sink.end_snooze(wish.zone, wish.rule)
            if ended is not None:
                work.sink.record(self._audit.snoozed(ended, "ended"), work.orders.to_mqtt)
            return None
        now_s, wall_s = self._clock.monotonic_s(), self._clock.wall_s()
        snooze = Snooze(
            incident_id=self._audit.new_id(),
            place=wish.zone,
            rule=wish.rule,
            began_s=now_s,
            until_s=now_s + wish.seconds,
            until_wall_s=wall_s + wish.seconds,
            by=by,
            reason=wish.reason,
        )
        before = work.sink.snooze(snooze)
        if before is not None:
            work.sink.record(self._audit.snoozed(before, "replaced"), work.orders.to_mqtt)
        work.sink.record(self._audit.snoozed(snooze), work.orders.to_mqtt)
        return snooze.until_wall_s

    def expire(self, work: AtWork) -> None:
        """End what is over; once a turn."""
        for snooze in work.sink.expired_snoozes():
            work.sink.record(self._audit.snoozed(snooze, "expired"), work.orders.to_mqtt)

    def _check(self, work: AtWork, wish: SnoozeArguments) -> None:
        if wish.zone not in work.orders.timetable.places:
            raise CommandRefused(Reason.UNKNOWN_PLACE, "no zone and no camera has this name")
        if wish.rule is not None and wish.rule not in work.orders.timetable.rule_names:
            raise CommandRefused(Reason.UNKNOWN_RULE, "no rule of this name is in force")
        if not work.sink.snoozes.may(wish.rule):
            advice = "commands.snooze_critical would allow it"
            raise CommandRefused(Reason.NEVER_SNOOZED, f"{wish.rule} is never snoozed: {advice}")
        if wish.seconds > self._settings.snooze_max_s:
            raise CommandRefused(Reason.TOO_LONG, f"at most {self._settings.snooze_max_s} s at once")
