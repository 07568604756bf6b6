"""A device's events, outbox and publisher in a process of its own, to be killed: all real but the cameras.

    python producer.py DIRECTORY PORT TOTAL BURST BOOT

Appends up to BURST events as fast as the disk takes them, until TOTAL were ever stored; then only publishes. What was
stored under another BOOT is back-fill. On its standard input, ``alarm ZONE`` raises one event, and ``replay FIRST
LAST`` sends those again that the broker has had, as a command would.

The times of reconnecting are shorter than the product's, so that a test ends: jitter up to 0.1 s instead of 30 s,
keep-alive 2 s instead of 30 s, and 10 s instead of 30 s for an event that nobody heard.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1]), str(HERE.parents[1] / "mqtt")]

from mqtt_device import Hasty, make_event  # noqa: E402

from edge_agent.app.event_sink import EventSink  # noqa: E402
from edge_agent.clock import SystemClock  # noqa: E402
from edge_agent.data.event import Phase, Severity  # noqa: E402
from edge_agent.mqtt.broker_settings import BrokerSettings, OutboxSettings  # noqa: E402
from edge_agent.mqtt.errands import MAX_REPLAYS  # noqa: E402
from edge_agent.mqtt.event_to_mqtt import Envelope, EventToMqtt  # noqa: E402
from edge_agent.mqtt.feed import Feed  # noqa: E402
from edge_agent.mqtt.inbound import Inbound  # noqa: E402
from edge_agent.mqtt.outbox import Outbox  # noqa: E402
from edge_agent.mqtt.publisher import Publisher  # noqa: E402
from edge_agent.mqtt.retained import RetainedTable  # noqa: E402
from edge_agent.mqtt.session_timing import Timing  # noqa: E402
from edge_agent.mqtt.topics import Topics  # noqa: E402

TIMING = Timing(unheard_s=10.0, connack_s=3.0, suspect_s=1.0, suspect_max_s=2.0, alone_s=2.0)


def say(word: str) -> None:
    """Tell the test."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


class Producer:
    """One life of the process."""

    def __init__(self, directory: Path, port: int, boot: str) -> None:
        clock = SystemClock()
        topics = Topics("edge-agent/v1", "hall-3", "cam-1")
        self.outbox = Outbox(directory / "outbox.sqlite", OutboxSettings(), clock, boot)
        self.outbox.open()
        self.retained = RetainedTable()
        settings = BrokerSettings(host="127.0.0.1", port=port, keepalive_s=2)
        feed = Feed(topics, self.outbox, self.retained, clock, TIMING)
        self.inbound = Inbound()
        self.publisher = Publisher(settings, feed, Hasty(random.randrange(1 << 30)), self.inbound)
        self.convert = EventToMqtt(topics, Envelope(boot, "edge-pose-n 1.1", "c0ffee"), clock)
        self.sink = EventSink(self.outbox, topics, self.retained, clock, self.publisher.wake)
        self.lock = threading.Lock()

    def put(self, **changes: object) -> None:
        with self.lock:
            self.sink.put(make_event(**changes), self.convert, lambda _: None)

    def burst(self, total: int, burst: int) -> None:
        with self.outbox._file.reading() as connection:
            stored = connection.execute("SELECT next_seq FROM counter").fetchone()[0] - 1
        for number in range(stored, min(total, stored + burst)):
            self.put(
                incident_id=f"incident-{number // 2}",
                rev=number % 2,
                phase=(Phase.RAISED, Phase.CLEARED)[number % 2],
                severity=(Severity.CRITICAL, Severity.WARNING)[number // 2 % 2],
                rule=("fall", "zone_entry")[number // 2 % 2],
                zone=f"zone-{number // 2 % 3}",
            )
        say("stored")

    def obey(self, line: str) -> None:
        match line.split():
            case ["alarm", zone]:
                self.put(zone=zone)
            case ["replay", first, last]:
                self._replay(int(first), int(last))

    def _replay(self, first: int, last: int) -> None:
        """As `cmd/replay` is obeyed, in the slices that its answers tell the operator to ask for."""
        errands, start = self.inbound.errands, first
        while start <= last:
            kept = self.outbox.kept(start, last, MAX_REPLAYS)
            errands.replay(kept.seqs)
            while errands.replays_waiting:
                time.sleep(0.05)
            if kept.next_seq is None:
                return
            start = kept.next_seq


def main(directory: str, port: str, total: str, burst: str, boot: str) -> None:
    producer = Producer(Path(directory), int(port), boot)
    stop = threading.Event()
    publishing = threading.Thread(target=producer.publisher.run, args=(stop,), daemon=True)
    publishing.start()
    say("started")
    threading.Thread(target=producer.burst, args=(int(total), int(burst)), daemon=True).start()
    for line in sys.stdin:
        producer.obey(line)
    stop.set()
    producer.publisher.wake()
    publishing.join(5)


if __name__ == "__main__":
    main(*sys.argv[1:])
