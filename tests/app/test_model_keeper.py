"""Which model the daemon opens at its start, and how it follows the slots, with the real models and no camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from model_device import Device, damage

from edge_agent.update.model_slots import Slot, Trial
from edge_agent.update.model_statistics import FACTORY_DIGEST, STATISTICS_FILE, read_statistics
from edge_agent.update.tree_digest import tree_digest
from edge_agent.update.trial_mark import MARK_FILE, TrialMark, write_mark

FRAME = np.zeros((240, 320, 3), np.uint8)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "state")


def test_active_then_last_good_then_the_factory_model(device: Device) -> None:
    one, two = device.add("one"), device.add("two")
    device.slots(active=two, last_good=one)
    assert device.keeper().open().model.startswith("two")
    damage(device, two)
    assert device.keeper().open().model.startswith("one")
    damage(device, one)
    assert device.keeper().open().model.startswith("edge-pose-n")


def test_the_model_on_trial_is_marked_before_it_is_opened_and_unmarked_at_a_clean_end(device: Device) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    keeper = device.keeper()
    assert keeper.open().model.startswith("new")
    assert device.mark == TrialMark(digest=candidate.digest, boot_id="boot-1")
    keeper.close(on_purpose=True)
    assert device.mark is None
    assert device.keeper().open().model.startswith("new"), "a clean restart goes on with the trial"


def test_a_model_that_was_open_when_the_agent_crashed_is_not_opened_again(device: Device) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    keeper = device.keeper()
    keeper.open()
    keeper.close(on_purpose=False)  # a thread died
    assert device.keeper().open().model.startswith("edge-pose-n")
    slots = device.store.slots()
    assert slots.trial is None
    assert slots.ended is not None
    assert (slots.ended.digest, slots.ended.reason) == (candidate.digest, "trial_crash")
    assert device.mark is None


def test_what_was_taken_back_at_the_start_may_be_tried_again_in_the_same_run_when_somebody_asks(device: Device) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    device.keeper().open()  # and the agent is killed
    keeper = device.keeper()
    assert keeper.open().model.startswith("edge-pose-n")
    device.slots(trial=Trial(candidate=candidate, trial_s=20.0))
    keeper._look()
    assert [each.model.split()[0] for each in device.changes] == ["new"]


def test_a_power_cut_during_a_trial_is_no_crash(device: Device) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    device.keeper("boot-1").open()
    assert device.keeper("boot-2").open().model.startswith("new")
    assert device.keeper("boot-3").open().model.startswith("edge-pose-n"), "twice before ten frames is once too often"
    assert device.store.slots().ended.reason == "power_loss"  # type: ignore[union-attr]


def test_a_damaged_model_on_trial_is_not_opened(device: Device) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    damage(device, candidate)
    assert device.keeper().open().model.startswith("edge-pose-n")
    assert device.store.slots().ended.reason == "length_or_hash"  # type: ignore[union-attr]
    assert device.mark is None


def test_a_model_on_trial_that_does_not_open_goes_back(device: Device) -> None:
    candidate = device.add("new")
    (device.store.models / "new" / "model.tflite").write_bytes(b"\0\0\0\0TFL3 and no more")
    candidate = Slot(directory="new", digest=tree_digest(device.store.models / "new"))
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
    assert device.keeper().open().model.startswith("edge-pose-n")
    assert device.store.slots().ended.reason == "load_failed"  # type: ignore[union-attr]


def until(done: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


def test_it_follows_the_slots_without_a_restart_and_counts_for_each_model(device: Device) -> None:
    keeper, stop = device.keeper(), threading.Event()
    keeper.open()
    for _ in range(12):
        keeper.detector(FRAME)
    running = threading.Thread(target=keeper.run, args=(stop,))
    running.start()
    try:
        candidate = device.add("new")
        device.slots(trial=Trial(candidate=candidate, trial_s=10.0))
        until(lambda: len(device.changes) == 1)
        assert device.changes[0].model.startswith("new")
        assert device.mark is not None
        assert not device.mark.proven
        for _ in range(12):
            keeper.detector(FRAME)
        until(lambda: device.mark is not None and device.mark.proven)
        report = read_statistics(device.state / STATISTICS_FILE)
        assert report is not None
        assert report.incumbent is not None
        assert (report.running.digest, report.incumbent.digest) == (candidate.digest, FACTORY_DIGEST)
        assert report.incumbent.frames == 12
        assert report.incumbent.rss_mb
        device.slots(active=candidate)
        until(lambda: device.mark is None)
        assert len(device.changes) == 1, "a commit opens nothing anew"
        device.slots()
        until(lambda: len(device.changes) == 2)
        assert device.changes[1].model.startswith("edge-pose-n")
    finally:
        stop.set()
        running.join()
        keeper.close(on_purpose=True)


def test_what_was_counted_is_gone_on_with_after_a_restart(device: Device) -> None:
    keeper = device.keeper()
    keeper.open()
    for _ in range(5):
        keeper.detector(FRAME)
    keeper.close(on_purpose=True)
    again = device.keeper()
    again.open()
    assert again.detector.statistics().frames == 5


def test_a_mark_that_cannot_be_written_leaves_the_model_unopened(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = device.add("new")
    device.slots(trial=Trial(candidate=candidate, trial_s=10.0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("edge_agent.app.trial_start.write_mark", full)
    assert device.keeper().open().model.startswith("edge-pose-n")


def test_a_mark_of_a_model_that_is_no_longer_on_trial_means_nothing(device: Device) -> None:
    device.store.models.mkdir(parents=True)
    write_mark(device.store.models / MARK_FILE, TrialMark(digest="gone", boot_id="boot-1"))
    assert device.keeper().open().model.startswith("edge-pose-n")
    assert device.mark is None
