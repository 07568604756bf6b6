"""A trouble that comes back every second is told less and less often, and what counts is never left out."""

from __future__ import annotations

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from edge_agent.runtime.log_limit import LogLimit


class Journal(logging.Handler):
    """Keeps what passes the limit, on a clock that the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.lines: list[str] = []
        self.addFilter(LogLimit(lambda: self.now_s))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def write(self, level: int, text: str, *args: object, name: str = "edge_agent.x") -> None:
        self.handle(logging.LogRecord(name, level, __file__, 1, text, args, None))


def test_twenty_are_told_then_one_in_half_a_minute_with_how_many_were_left_out() -> None:
    journal = Journal()
    for second in range(600):
        journal.now_s = float(second)
        journal.write(logging.WARNING, "MQTT connection lost; next try in %.1f s", second * 0.37)
    assert 35 <= len(journal.lines) <= 41
    assert "more like it" not in "".join(journal.lines[:20])
    told = sum(int(line.rpartition("(and ")[2].split()[0]) for line in journal.lines if "more like it" in line)
    assert 600 - 30 <= told + len(journal.lines) <= 600, "all but the last few are accounted for"


def test_other_troubles_are_told_meanwhile_and_an_old_one_anew_after_a_rest() -> None:
    journal = Journal()
    for _ in range(30):
        journal.write(logging.WARNING, "camera %s: no frame", "hall")
    assert len(journal.lines) == 20
    journal.write(logging.WARNING, "camera %s: no frame", "yard")
    journal.write(logging.ERROR, "camera %s: no frame", "hall")
    assert len(journal.lines) == 22
    journal.now_s = 3600.0
    journal.write(logging.WARNING, "camera %s: no frame", "hall")
    assert journal.lines[-1] == "camera hall: no frame (and 10 more like it)"


@pytest.mark.parametrize(
    ("one", "other"),
    [("cam-1", "cam-2"), ("10.0.0.1", "10.0.0.2"), ("/dev/video0", "/dev/video2"), ("1", "2")],
)
def test_one_that_flaps_does_not_hide_another_whose_name_differs_in_a_number(one: str, other: str) -> None:
    journal = Journal()
    for second in range(0, 480, 8):
        journal.now_s = float(second)
        journal.write(logging.ERROR, "camera %s is lost: %s", one, f"{one} stopped sending")
    journal.write(logging.ERROR, "camera %s is lost: %s", other, f"{other} stopped sending")
    assert journal.lines[-1] == f"camera {other} is lost: {other} stopped sending"


def test_counts_and_times_within_a_reason_make_no_new_kind() -> None:
    journal = Journal()
    for number in range(60):
        journal.write(logging.WARNING, "%s; trying again", OSError(f"row {number} is damaged after {number}.5 s"))
    assert len(journal.lines) == 20


def test_incidents_and_what_is_critical_are_never_left_out() -> None:
    journal = Journal()
    for _ in range(100):
        journal.write(logging.INFO, "camera hall: fall raised in hall (critical)")
        journal.write(logging.CRITICAL, "thread vision died")
    assert len(journal.lines) == 200


def test_ever_new_texts_do_not_fill_the_memory() -> None:
    journal = Journal()
    limit = journal.filters[0]
    assert isinstance(limit, LogLimit)
    for number in range(2000):
        journal.write(logging.WARNING, "a" * (number + 1))
    assert len(limit._kinds) == 500
    assert len(journal.lines) == 2000


def test_threads_that_write_at_once_lose_no_count_and_none_dies() -> None:
    journal = Journal()
    each, threads = 1000, 8
    begin = threading.Barrier(threads)

    def write(_: int) -> None:
        begin.wait()
        for _ in range(each):
            journal.write(logging.WARNING, "no broker")

    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that a thread is interrupted anywhere
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(write, range(threads)))
    finally:
        sys.setswitchinterval(before_s)
    journal.now_s = 3600.0
    journal.write(logging.WARNING, "no broker")
    assert journal.lines.count("no broker") == 20
    assert journal.lines[-1] == f"no broker (and {threads * each - 20} more like it)"
