"""Whatever happens in whatever order: no gap, no loss, order within each lane."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from mqtt_device import make_event
from test_outbox import PLENTY

from edge_agent.clock import MediaClock
from edge_agent.data.event import Phase, Severity
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import LIVE_S, Outbox


class OutboxMachine(RuleBasedStateMachine):
    """Appends, acknowledgements, time, crashes and reboots against a model of two dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.copies = 0
        self.clock = MediaClock(1_700_000_000.0)
        self.now_s = 0.0
        self.boots = 0
        self.next_seq = 1
        self.waiting: dict[int, tuple[int, float, bytes]] = {}  # seq -> boot, time, payload
        self.incidents: set[str] = set()
        self.outbox = self.opened()

    def opened(self) -> Outbox:
        settings_ = OutboxSettings(keep_acknowledged_h=0 if self.boots % 2 else 24)
        outbox = Outbox(self.directory / str(self.copies), settings_, self.clock, f"boot-{self.boots}")
        outbox.open()
        return outbox

    @rule(severity=st.sampled_from(Severity), size=st.integers(0, 3000))
    def append(self, severity: Severity, size: int) -> None:
        event = make_event(severity=severity)
        payload = event.id.encode() + b"x" * size
        seq = self.outbox.append(event, lambda seq: Message(f"t/{seq}", payload, event.id, severity))
        assert seq == self.next_seq
        self.next_seq += 1
        self.waiting[seq] = (self.boots, self.now_s, payload)
        self.incidents.add(event.incident_id)

    @rule()
    def append_fails(self) -> None:
        def make(seq: int) -> Message:
            raise LookupError

        try:
            self.outbox.append(make_event(), make)
        except LookupError:
            return
        raise AssertionError("the error was swallowed")

    @rule(data=st.data())
    def clear_an_incident(self, data: st.DataObject) -> None:
        if self.incidents:
            incident_id = data.draw(st.sampled_from(sorted(self.incidents)))
            event = make_event(incident_id=incident_id, phase=Phase.CLEARED)
            seq = self.outbox.append(event, lambda seq: Message("t", b"cleared", event.id, event.severity))
            self.incidents.discard(incident_id)
            self.waiting[seq] = (self.boots, self.now_s, b"cleared")
            self.next_seq += 1

    @rule(data=st.data(), quarantine=st.booleans())
    def settle(self, data: st.DataObject, quarantine: bool) -> None:
        if self.waiting:
            seqs = data.draw(st.lists(st.sampled_from(sorted(self.waiting)), max_size=4, unique=True))
            if quarantine:
                for seq in seqs:
                    self.outbox.quarantine(seq, "refused")
            else:
                self.outbox.acknowledge(seqs)
            for seq in seqs:
                del self.waiting[seq]

    @rule(seconds=st.sampled_from([0.5, 20.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.clock.set(self.now_s)

    @rule(reboot=st.booleans())
    def crash(self, reboot: bool) -> None:
        """The files stay as they are; the process, and with `reboot` the monotonic clock, start again."""
        for suffix in ("", "-wal"):
            old = self.directory / f"{self.copies}{suffix}"
            if old.exists():
                shutil.copy(old, self.directory / f"{self.copies + 1}{suffix}")
        self.outbox.close()
        self.copies += 1
        if reboot:
            self.boots += 1
            self.now_s = 0.0
            self.clock.set(0.0)
        self.outbox = self.opened()

    @invariant()
    def everything_that_waits_is_there_in_order(self) -> None:
        def live(seq: int) -> bool:
            boot, stored_s, _ = self.waiting[seq]
            return boot == self.boots and stored_s > self.now_s - LIVE_S

        found = self.outbox.pending(PLENTY)
        expected = sorted(filter(live, self.waiting)) + sorted(seq for seq in self.waiting if not live(seq))
        assert [item.seq for item in found] == expected
        assert all(item.payload == self.waiting[item.seq][2] for item in found)
        assert all(item.historical is not live(item.seq) for item in found)
        assert {incident.incident_id for incident in self.outbox.open_incidents()} == self.incidents

    def teardown(self) -> None:
        self.outbox.close()
        shutil.rmtree(self.directory)


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
