"""The outbox: what is stored stays, in order, within its budget."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mqtt_device import make_event

from edge_agent.clock import MediaClock
from edge_agent.data.event import Event, Phase, Severity
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.event_to_mqtt import Message
from edge_agent.mqtt.outbox import Outbox

PLENTY = 1000


def stored(outbox: Outbox, payload: bytes = b"{}", **changes: object) -> int:
    event = make_event(**changes)
    return outbox.append(event, lambda seq: Message(f"t/{seq}", payload, event.id, event.severity))


def seqs(outbox: Outbox, *, historical: bool | None = None) -> list[int]:
    return [item.seq for item in outbox.pending(PLENTY) if historical in (None, item.historical)]


@pytest.fixture
def clock() -> MediaClock:
    return MediaClock(1_700_000_000.0)


Reopen = Callable[..., Outbox]


@pytest.fixture
def opened(tmp_path: Path, clock: MediaClock) -> Iterator[Reopen]:
    """Opens the outbox, also again: what an earlier one held without closing is left as a crash leaves it."""
    outboxes: list[Outbox] = []

    def reopen(boot_id: str = "boot-1", **settings: float) -> Outbox:
        outbox = Outbox(tmp_path / "outbox.sqlite", OutboxSettings(**settings), clock, boot_id)
        outbox.open()
        outboxes.append(outbox)
        return outbox

    yield reopen
    for outbox in outboxes:
        outbox.close()


def test_seq_counts_on_over_restarts_also_when_nothing_is_left(opened: Reopen) -> None:
    outbox = opened(keep_acknowledged_h=0)
    assert [stored(outbox), stored(outbox)] == [1, 2]
    outbox.acknowledge([1, 2])
    outbox.close()
    again = opened(keep_acknowledged_h=0)
    assert seqs(again) == []
    assert stored(again) == 3


def test_an_event_that_cannot_be_serialised_uses_no_number(opened: Reopen) -> None:
    outbox = opened()
    with pytest.raises(ZeroDivisionError):
        outbox.append(make_event(), lambda seq: Message("t", b"%d" % (1 // 0), "id", Severity.INFO))
    assert stored(outbox) == 1
    assert len(outbox.open_incidents()) == 1


def test_what_waits_for_a_minute_goes_behind_live_events(opened: Reopen, clock: MediaClock) -> None:
    outbox = opened()
    stored(outbox)
    clock.set(59.9)
    stored(outbox)
    assert seqs(outbox, historical=True) == []
    clock.set(60.1)
    assert [(item.seq, item.historical) for item in outbox.pending(PLENTY)] == [(2, False), (1, True)]


def test_events_of_an_earlier_boot_are_back_fill_though_its_clock_started_at_zero(opened: Reopen) -> None:
    stored(opened("boot-1"))
    rebooted = opened("boot-2")
    stored(rebooted)
    assert (seqs(rebooted, historical=True), seqs(rebooted, historical=False)) == ([1], [2])


def test_events_of_an_earlier_process_of_the_same_boot_are_still_live(opened: Reopen) -> None:
    stored(opened("boot-1"))
    assert seqs(opened("boot-1"), historical=False) == [1]


def test_what_is_on_its_way_is_not_given_out_again(opened: Reopen) -> None:
    outbox = opened()
    for _ in range(6):
        stored(outbox)
    assert [item.seq for item in outbox.pending(3, busy={1, 2})] == [3, 4, 5]


def test_events_of_a_paused_topic_do_not_hide_those_behind_them(opened: Reopen) -> None:
    outbox = opened()
    for topic in ["refused"] * 50 + ["taken"] * 5:
        event = make_event()
        outbox.append(event, lambda _, topic=topic, event=event: Message(topic, b"{}", event.id, event.severity))
    assert [item.seq for item in outbox.pending(3, busy={51}, paused={"refused"})] == [52, 53, 54]


def test_acknowledged_events_stay_for_a_day_and_go_then(opened: Reopen, clock: MediaClock) -> None:
    outbox = opened()
    for _ in range(50):
        stored(outbox, b"x" * 2000)
    outbox.acknowledge(range(1, 51))
    full = outbox.stats().bytes_used
    clock.set(24 * 3600 + 1.0)
    stored(outbox)
    outbox.acknowledge([51])
    assert outbox.stats().bytes_used < full / 3
    assert stored(outbox) == 52


def test_a_quarantined_event_is_not_sent_and_is_counted(opened: Reopen) -> None:
    outbox = opened()
    stored(outbox)
    outbox.quarantine(1, "too large")
    assert seqs(outbox) == []
    assert outbox.stats().quarantined == 1


def test_the_budget_holds_and_the_oldest_of_the_lowest_severity_goes_first(opened: Reopen, tmp_path: Path) -> None:
    outbox = opened(max_mb=1)
    for severity in (Severity.CRITICAL, Severity.INFO, Severity.WARNING):
        for _ in range(150):
            stored(outbox, b"x" * 2000, severity=severity)
    on_disk = sum(file.stat().st_size for file in tmp_path.iterdir() if not file.name.endswith("-shm"))
    assert on_disk <= 1_000_000
    left = seqs(outbox)
    assert left[:150] == list(range(1, 151)), "every critical event is there"
    assert left[-1] == 450, "and the newest warning"
    lost = outbox.dropped_ranges()
    assert lost[0].first == 151, "the oldest of the lowest severity"
    numbers = {seq for item in lost for seq in range(item.first, item.last + 1)}
    assert numbers.isdisjoint(left)
    assert numbers | set(left) == set(range(1, 451))
    assert outbox.stats().dropped == len(numbers)
    assert outbox.dropped_ranges() == lost, "a report that nobody heard takes nothing away"


def test_what_the_broker_has_makes_room_before_anything_is_lost(opened: Reopen) -> None:
    outbox = opened(max_mb=1)
    for seq in range(1, 601):
        stored(outbox, b"x" * 2000)
        if seq <= 400:
            outbox.acknowledge([seq])
    assert seqs(outbox) == list(range(401, 601))
    assert outbox.dropped_ranges() == ()


def test_dropped_ranges_survive_reports_and_restarts_and_grow_on(
    opened: Reopen, caplog: pytest.LogCaptureFixture
) -> None:
    first = opened(max_mb=1)
    for _ in range(400):
        stored(first, b"x" * 2000)
    (before,) = first.dropped_ranges()
    assert before.first == 1
    assert "the outbox is full: gave up 8 events, 1 to 8" in caplog.text
    again = opened(max_mb=1)
    assert again.dropped_ranges() == (before,)
    for _ in range(100):
        stored(again, b"x" * 2000)
    (after,) = again.dropped_ranges()
    assert after.first == 1
    assert after.last > before.last
    assert after.last == again.stats().dropped


def test_scattered_losses_stay_within_sixteen_ranges_that_cover_each(opened: Reopen) -> None:
    outbox = opened(max_mb=1)
    for number in range(900):
        severity = Severity.CRITICAL if number % 3 == 0 else Severity.INFO
        stored(outbox, b"x" * 2000, severity=severity)
    ranges = outbox.dropped_ranges()
    assert len(ranges) == 16
    covered = {seq for item in ranges for seq in range(item.first, item.last + 1)}
    lost = set(range(1, 901)) - set(seqs(outbox))
    assert len(lost) == outbox.stats().dropped
    assert lost <= covered
    exact = {seq for item in ranges[1:] for seq in range(item.first, item.last + 1)}
    assert exact <= lost, "only the first range spans what arrived"


def test_open_incidents_are_those_raised_and_not_cleared(opened: Reopen) -> None:
    outbox = opened()
    stays, ends = make_event(), make_event()

    def put(event: Event, **changes: object) -> None:
        stored(outbox, incident_id=event.incident_id, **changes)

    put(stays)
    put(ends)
    put(stays, rev=1, phase=Phase.UPDATED, severity=Severity.WARNING)
    put(ends, rev=1, phase=Phase.CLEARED)
    (left,) = opened().open_incidents()
    assert (left.incident_id, left.rev, left.severity) == (stays.incident_id, 1, Severity.WARNING)
    assert (left.rule, left.camera, left.zone) == ("fall", "cam-1", "press")
    assert left.raised_wall_s == 1_700_000_000.0


APPENDER = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from test_outbox import stored
from edge_agent.clock import SystemClock
from edge_agent.mqtt.broker_settings import OutboxSettings
from edge_agent.mqtt.outbox import Outbox
outbox = Outbox(Path({file!r}), OutboxSettings(), SystemClock(), "boot-1")
outbox.open()
while True:
    print(stored(outbox), flush=True)
"""


def test_kill_9_loses_nothing_that_was_returned(tmp_path: Path, opened: Reopen) -> None:
    here = Path(__file__).parent
    source = APPENDER.format(paths=[str(here), str(here.parent)], file=str(tmp_path / "outbox.sqlite"))
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        returned = [int(child.stdout.readline()) for _ in range(50)]
        child.send_signal(signal.SIGKILL)
        returned += [int(line) for line in child.stdout if line.endswith("\n")]
    outbox = opened()
    left = seqs(outbox)
    assert left == list(range(1, len(left) + 1))
    assert len(left) >= len(returned) >= 50
    assert stored(outbox) == len(left) + 1


def test_the_age_of_the_oldest_event_that_waits_is_told(opened: Reopen, clock: MediaClock) -> None:
    outbox = opened()
    assert outbox.stats().oldest_pending_s == 0.0
    clock.set(10.0)
    first = stored(outbox)
    clock.set(40.0)
    second = stored(outbox)
    assert outbox.stats().oldest_pending_s == 30.0
    outbox.acknowledge([first])
    assert outbox.stats().oldest_pending_s == 0.0
    clock.set(45.0)
    assert outbox.stats().oldest_pending_s == 5.0
    outbox.acknowledge([second])
    assert outbox.stats().oldest_pending_s == 0.0


def test_an_event_of_an_earlier_boot_has_waited_since_this_boot_at_least(opened: Reopen, clock: MediaClock) -> None:
    clock.set(9000.0)
    stored(opened("boot-1"))
    clock.set(25.0)
    assert opened("boot-2").stats().oldest_pending_s == 25.0
