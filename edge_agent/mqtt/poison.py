"""Finding the one event that ends connections."""

from __future__ import annotations

_SUSPECT_AFTER = 2  # our own: two losses on the same event are no accident of the network yet, but a reason to look
_CONDEMN_AFTER = 5  # our own: of these, three with the event alone on its way


class PoisonWatch:
    """Blames the oldest event on its way for each lost connection. Pure.

    Some brokers end the connection over one message (3.1.1 knows no other refusal), and mosquitto 2 answers one above
    its `message_size_limit` with a PUBACK code that MQTT 5 does not have there, at which paho ends the connection.
    Without this, such an event would hold up every later one for ever.
    """

    def __init__(self) -> None:
        self._seq: int | None = None
        self._times = 0

    @property
    def suspect(self) -> int | None:
        """An event that must be sent with nothing else on its way, so that the blame is certain."""
        return self._seq if self._times >= _SUSPECT_AFTER else None

    def lost(self, seq: int | None) -> int | None:
        """A connection was lost.

        Args:
            seq: The oldest event that was on its way; None where there was none, which tells nothing.

        Returns:
            The event to give up, where it is certain.
        """
        if seq is None:
            return None
        self._times = self._times + 1 if seq == self._seq else 1
        self._seq = seq
        if self._times < _CONDEMN_AFTER:
            return None
        self._seq, self._times = None, 0
        return seq
