"""One slot per camera; the newest frame wins, and no camera starves another."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.runtime.mailbox import Mailbox

CAMERAS = st.sampled_from(["a", "b", "c"])


def test_a_new_item_overwrites_the_one_that_waits_and_the_loss_is_counted() -> None:
    mailbox: Mailbox[int] = Mailbox()
    for item in range(3):
        mailbox.put("press", item)
    assert mailbox.take(0.0) == 2
    assert mailbox.take(0.0) is None
    assert mailbox.dropped("press") == 2
    assert mailbox.dropped("another") == 0


def test_a_fast_camera_does_not_starve_a_slow_one() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("fast", "fast")
    mailbox.put("slow", "slow")
    taken = []
    for _ in range(4):
        taken.append(mailbox.take(0.0))
        mailbox.put("fast", "fast")
        mailbox.put("slow", "slow")
    assert taken == ["fast", "slow", "fast", "slow"]


@given(st.lists(st.one_of(CAMERAS, st.none())))
def test_every_item_is_taken_once_or_counted_as_dropped(steps: list[str | None]) -> None:
    """A step puts the next number under a camera, or takes (None)."""
    mailbox: Mailbox[tuple[str, int]] = Mailbox()
    put = {"a": 0, "b": 0, "c": 0}
    waiting: dict[str, int] = {}  # the model: in order of waiting
    taken = []
    for number, camera in enumerate(steps):
        if camera is None:
            item = mailbox.take(0.0)
            expected = next(iter(waiting.items()), None)
            assert item == expected
            if item is not None:
                waiting.pop(item[0])
                taken.append(item)
        else:
            mailbox.put(camera, (camera, number))
            put[camera] += 1
            waiting[camera] = number
    for camera, count in put.items():
        seen = [number for name, number in taken if name == camera]
        assert seen == sorted(seen)
        assert count == len(seen) + mailbox.dropped(camera) + (camera in waiting)


def test_take_waits_for_an_item_of_another_thread() -> None:
    mailbox: Mailbox[str] = Mailbox()
    putter = threading.Timer(0.05, mailbox.put, ("press", "frame"))
    putter.start()
    assert mailbox.take(30.0) == "frame"
    putter.join()


def test_take_gives_up_after_its_timeout() -> None:
    start_s = time.monotonic()
    assert Mailbox[int]().take(0.05) is None
    assert 0.04 < time.monotonic() - start_s < 30.0


def test_close_wakes_every_waiting_taker_and_ends_the_traffic() -> None:
    mailbox: Mailbox[str] = Mailbox()
    taken: list[str | None] = []
    takers = [threading.Thread(target=lambda: taken.append(mailbox.take(60.0)), daemon=True) for _ in range(3)]
    for taker in takers:
        taker.start()
    deadline_s = time.monotonic() + 30.0
    while len(mailbox._changed._waiters) < 3:  # type: ignore[attr-defined]
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    mailbox.close()
    for taker in takers:
        taker.join(30.0)
    assert taken == [None, None, None]
    mailbox.put("press", "late")
    assert mailbox.take(0.0) is None
