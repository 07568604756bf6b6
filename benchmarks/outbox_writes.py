"""What 1,000 events cost the flash: commits and bytes written, with PUBACKs noted one by one and noted together.

    python benchmarks/outbox_writes.py [--directory DIR] [--events N]

Uses the real outbox and receipts on a clock that is set, at several rates of events; each PUBACK comes 10 ms after its
event. DIR must be on a block device: on a tmpfs nothing is written. Prints one JSON object: for each rate the commits
and the kernel's ``write_bytes`` (proc_pid_io(5)) of both ways, and their ratio. Appending alone takes one commit an
event, since it is on disk before it is announced: that is the floor.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import deque
from pathlib import Path

from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity, Verdict
from edge_agent.mqtt import receipts
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox

RATES_PER_S = (0.5, 2.0, 10.0, 100.0)
PUBACK_S = 0.01
PAYLOAD = b"x" * 800  # as an event with its evidence


def written_bytes() -> int:
    """Bytes that this process caused to be sent to a block device."""
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes"):
            return int(line.split()[1])
    raise SystemExit("this kernel does not account for I/O (CONFIG_TASK_IO_ACCOUNTING)")


def event(number: int) -> Event:
    """One phase of an incident that is raised and cleared."""
    return Event(
        id=f"event-{number}",
        incident_id=f"incident-{number // 2}",
        rev=number % 2,
        phase=(Phase.RAISED, Phase.CLEARED)[number % 2],
        rule="fall",
        severity=Severity.CRITICAL,
        verdict=Verdict.YES,
        confidence=0.9,
        camera="hall",
        zone="hall",
        observed_s=0.0,
        duration_s=1.0,
    )


def cost(directory: Path, events: int, rate_per_s: float, *, together: bool) -> dict[str, int]:
    """Commits and bytes for so many events."""
    receipts.NOTE_EVERY_S, receipts.NOTE_AT_MOST = (1.0, 100) if together else (0.0, 1)
    clock = MediaClock(1_700_000_000.0)
    with tempfile.TemporaryDirectory(dir=directory) as place:
        outbox = Outbox(Path(place) / "outbox.sqlite", OutboxSettings(), clock, "boot")
        outbox.open()
        noting = receipts.Receipts(outbox, clock)
        statements: list[str] = []
        with outbox._file.reading() as connection:  # noqa: SLF001 - to count its commits
            connection.set_trace_callback(statements.append)
        before, due = written_bytes(), deque[tuple[float, int]]()
        for number in range(events):
            append(outbox, event(number), due, clock)
            settle(noting, due, clock, (number + 1) / rate_per_s)
        noting.note(at_once=True)
        after = written_bytes()
        outbox.close()
    return {"commits": statements.count("COMMIT"), "write_bytes": after - before}


def append(outbox: Outbox, what: Event, due: deque[tuple[float, int]], clock: MediaClock) -> None:
    """Store one event; its PUBACK is due soon."""
    seq = outbox.append(what, lambda _: Message("root/event/fall", PAYLOAD, what.id, what.severity))
    due.append((clock.monotonic_s() + PUBACK_S, seq))


def settle(noting: receipts.Receipts, due: deque[tuple[float, int]], clock: MediaClock, until_s: float) -> None:
    """Let the time pass until the next event, as the publisher's thread does: in turns of half a second at most."""
    while clock.monotonic_s() < until_s:
        next_s = due[0][0] if due else until_s
        clock.set(min(until_s, clock.monotonic_s() + 0.5, max(next_s, clock.monotonic_s() + 1e-3)))
        while due and due[0][0] <= clock.monotonic_s():
            noting.taken(due.popleft()[1])
        noting.note()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--directory", type=Path, default=Path.cwd())
    parser.add_argument("--events", type=int, default=1000)
    args = parser.parse_args()
    result = {}
    for rate_per_s in RATES_PER_S:
        single = cost(args.directory, args.events, rate_per_s, together=False)
        together = cost(args.directory, args.events, rate_per_s, together=True)
        ratio = {key: round(together[key] / max(1, single[key]), 2) for key in single}
        result[f"{rate_per_s:g}_per_s"] = {"one_by_one": single, "together": together, "ratio": ratio}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
