"""How events are kept, for the health report: always an answer, above all where the disk gives none."""

from __future__ import annotations

import contextlib

from edge_agent.app.event_sink import EventSink
from edge_agent.errors import OutboxError
from edge_agent.mqtt.outbox_rows import OutboxStats, SeqRange
from edge_agent.mqtt.payload import OutboxHealth, rfc3339


class OutboxToHealth:
    """Reads the numbers; where the outbox cannot be read, the last ones stand."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._stats = OutboxStats(pending=0, quarantined=0, dropped=0, bytes_used=0)
        self._dropped: tuple[SeqRange, ...] = ()

    def __call__(self) -> OutboxHealth:
        """The numbers now."""
        outbox = self._sink.outbox
        with contextlib.suppress(OutboxError):  # `state` and `reason` say so
            self._stats, self._dropped = outbox.stats(), outbox.dropped_ranges()
        storage = outbox.storage
        return OutboxHealth(
            pending=self._stats.pending,
            quarantined=self._stats.quarantined,
            dropped=self._stats.dropped,
            dropped_ranges=tuple((gap.first, gap.last) for gap in self._dropped),
            state=None if storage.state == "ok" else storage.state,
            since=None if storage.state == "ok" else rfc3339(storage.since_wall_s),
            reason=storage.reason or None,
            waiting=self._sink.waiting or None,
        )
