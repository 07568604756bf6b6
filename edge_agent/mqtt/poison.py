"""Finding the one event that ends connections, without giving up one that only met a bad network."""

from __future__ import annotations

from dataclasses import dataclass

EventKey = int | str
"""An event on its way: its number, or its identifier where the disk does not take it."""

_SUSPECT_AFTER = 2  # our own: two losses in a row on the same event are a reason to look, not yet to blame
_CONDEMN_AFTER = 5  # our own: losses with the event alone on its way, each after other events had got through
_MAX_DOUBLINGS = 16


@dataclass(slots=True)
class _Suspect:
    due_s: float
    losses: int = 0
    proofs: int = 0
    others_passed: bool = False


class PoisonWatch:
    """Suspects the oldest event on its way when connections end, and condemns on proof alone. Pure.

    Some brokers end the connection over one message (3.1.1 knows no other refusal), and mosquitto 2 answers one above
    its `message_size_limit` with a PUBACK code that MQTT 5 does not have there, at which paho ends the connection.
    Without this, such an event would hold up every later one for ever.

    A broker that crashes again and again or a bad radio link looks the same from a single event. Hence a suspect is
    sent last and alone, ever more rarely, and given up only where other events got through between its failures.
    """

    def __init__(self, retry_s: float, retry_max_s: float) -> None:
        """Nothing is suspected yet.

        Args:
            retry_s: A suspect that ended a connection waits so long; twice as long after each further one.
            retry_max_s: It never waits longer.
        """
        self._retry_s = retry_s
        self._retry_max_s = retry_max_s
        self._suspects: dict[EventKey, _Suspect] = {}
        self._blamed: EventKey | None = None
        self._times = 0

    @property
    def suspects(self) -> frozenset[EventKey]:
        """Events that go last, each with nothing else on its way."""
        return frozenset(self._suspects)

    def held(self, now_s: float) -> frozenset[EventKey]:
        """The suspects that must not be tried yet."""
        return frozenset(key for key, suspect in self._suspects.items() if now_s < suspect.due_s)

    def answered(self, key: EventKey, *, taken: bool) -> None:
        """The broker answered an event, and the connection still stands: that clears it of every suspicion.

        Args:
            key: Of the event.
            taken: Whether the broker has it now, which proves that events get through.
        """
        if self._suspects.pop(key, None) is None and taken:
            for suspect in self._suspects.values():
                suspect.others_passed = True

    def forget(self, key: EventKey) -> None:
        """It is not sent any more."""
        self._suspects.pop(key, None)

    def lost(self, key: EventKey | None, now_s: float) -> EventKey | None:
        """A connection was lost.

        Args:
            key: The oldest event that was on its way; None where there was none, which tells nothing.
            now_s: Monotonic seconds.

        Returns:
            The event to give up, where it is certain.
        """
        if key is None:
            return None
        suspect = self._suspects.get(key)
        if suspect is None:
            self._times = self._times + 1 if key == self._blamed else 1
            self._blamed = key
            if self._times >= _SUSPECT_AFTER:
                self._suspects[key] = _Suspect(due_s=now_s)
            return None
        suspect.due_s = now_s + min(self._retry_max_s, self._retry_s * 2.0 ** min(suspect.losses, _MAX_DOUBLINGS))
        suspect.losses += 1
        suspect.proofs += suspect.others_passed
        suspect.others_passed = False
        if suspect.proofs < _CONDEMN_AFTER:
            return None
        del self._suspects[key]
        return key
