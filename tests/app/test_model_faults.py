"""What the daemon does about a disk, a model or a start that fails: it watches on, with the best that there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from model_device import Device

from edge_agent.app import model_keeper
from edge_agent.app.open_detector import OpenDetector
from edge_agent.errors import ModelError
from edge_agent.update.model_slots import Trial
from edge_agent.update.model_statistics import FACTORY_DIGEST, STATISTICS_FILE, read_statistics


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path / "state")


def break_disk(monkeypatch: pytest.MonkeyPatch, method: str, *names: str) -> None:
    """From now on the disk has an error where these files lie."""
    real = getattr(Path, method)

    def broken(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path.name in names:
            raise OSError(5, "Input/output error", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, method, broken)


def test_slots_of_which_one_copy_cannot_be_read_are_read_from_the_other(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.slots(active=device.add("one"))
    break_disk(monkeypatch, "open", "slots-1.twin")
    assert device.keeper().open().model.startswith("one")


def test_slots_that_cannot_be_read_at_all_mean_the_factory_model_until_they_can(
    device: Device, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    device.slots(active=device.add("one"))
    keeper = device.keeper()
    with monkeypatch.context() as patch:
        break_disk(patch, "open", "slots-1.twin", "slots-2.twin")
        assert keeper.open().model.startswith("edge-pose-n")
        assert "the factory model is used" in caplog.text
        caplog.clear()
        keeper._look()
        assert caplog.text == "", "it is not said twice a second"
    keeper._retry_s = time.monotonic()
    keeper._look()
    assert [each.model.split()[0] for each in device.changes] == ["one"]


def test_a_look_at_slots_that_the_disk_does_not_give_ends_nothing(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.slots(active=device.add("one"))
    keeper = device.keeper()
    keeper.open()
    with monkeypatch.context() as patch:
        break_disk(patch, "stat", "slots-1.twin", "slots-2.twin")
        break_disk(patch, "open", "slots-1.twin", "slots-2.twin")
        keeper._look()
    keeper._look()
    assert device.changes == []


def test_an_active_model_that_does_not_open_once_is_tried_again(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child process that has no time at a busy start, as an example."""
    device.slots(active=device.add("one"))
    keeper = device.keeper()
    with monkeypatch.context() as patch:
        patch.setattr(model_keeper, "open_detector", refusing("one", model_keeper.open_detector))
        assert keeper.open().model.startswith("edge-pose-n")
        keeper._retry_s = time.monotonic()
        keeper._look()
        assert device.changes == [], "and what runs is not opened once more meanwhile"
    assert keeper._retry_s > time.monotonic() + 30.0, "the pauses grow"
    keeper._retry_s = time.monotonic()
    keeper._look()
    assert [each.model.split()[0] for each in device.changes] == ["one"]
    assert keeper._retry_s == 0.0


def refusing(name: str, real: Callable[..., OpenDetector]) -> Callable[..., OpenDetector]:
    def opened(model: str, *rest: Any) -> OpenDetector:
        if Path(model).name == name:
            raise ModelError("the child took longer than 60 s")
        return real(model, *rest)

    return opened


def test_an_active_model_that_takes_the_agent_down_three_times_makes_room_for_the_one_before(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = device.add("one"), device.add("two")
    device.slots(active=two, last_good=one)
    opened = []
    for _ in range(6):
        keeper = device.keeper()
        opened.append(keeper.open().model.split()[0])
        keeper.close(on_purpose=False)
    assert opened == ["two"] * 3 + ["one"] * 3
    keeper = device.keeper()
    assert keeper.open().model.startswith("edge-pose-n")
    assert "took the agent down 3 times" in caplog.text
    told = read_statistics(device.state / STATISTICS_FILE)
    assert told is not None
    assert (told.running.digest, told.since_s) == (FACTORY_DIGEST, pytest.approx(told.at_s, abs=5.0))
    assert keeper._retry_s == 0.0, "and nothing tries them again"
    keeper.close(on_purpose=True)
    assert device.keeper().open().model.startswith("two"), "who stops the agent on purpose gives it another try"


def test_crashes_after_a_commit_count_and_a_stop_on_purpose_does_not(device: Device) -> None:
    old, new = device.add("old"), device.add("new")
    device.slots(active=old, trial=Trial(candidate=new, trial_s=1.0))
    keeper = device.keeper()
    keeper.open()
    device.slots(active=new, last_good=old)
    keeper._look()
    keeper.close(on_purpose=True)
    for _ in range(5):
        keeper = device.keeper()
        assert keeper.open().model.startswith("new")
        keeper.close(on_purpose=True)
    for _ in range(3):
        keeper = device.keeper()
        assert keeper.open().model.startswith("new")
        keeper.close(on_purpose=False)
    assert device.keeper().open().model.startswith("old")
