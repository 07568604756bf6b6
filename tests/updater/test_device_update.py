"""A model over the air on a real device: agent, updater, repository and broker as they are."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from device_run import ROOT, DeviceRun
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

from edge_agent.update.status_payload import parse_status

pytestmark = pytest.mark.broker

TOLD = {"update/status": b'"SUCCEEDED"', "update/events": b'"COMMITTED"', "info": b'"edge-pose-n 1.2"'}
PEAK_RSS_MB = 60.0  # issue: peak RSS of the updater


def peak_rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise AssertionError


def all_is_told(messages: list[Received]) -> bool:
    """Status, event and model of a commit come each on its own, in any order."""
    return all(
        any(each.topic == f"{ROOT}/{topic}" and word in each.payload for each in messages)
        for topic, word in TOLD.items()
    )


def test_a_release_reaches_the_camera_without_a_restart_and_the_fleet_hears_of_it(
    broker: Callable[..., Mosquitto], subscriber: Callable[..., Subscriber], tmp_path: Path, closing: ExitStack
) -> None:
    port = broker().port
    listener = subscriber(port)
    device = DeviceRun(tmp_path, closing, port)
    release = device.publish("1.2")
    device.agent.start()
    device.until(lambda: "edge-pose-n 1.1 watches" in device.agent.text, what="the factory model")
    agent_pid = device.agent.process.pid  # type: ignore[union-attr]
    device.updater.start()
    device.until(lambda: device.active_release() == release, what="the commit")
    device.until(lambda: "the model on trial is the active one now" in device.agent.text)
    assert device.agent.process.pid == agent_pid  # type: ignore[union-attr]
    assert device.agent.runs
    listener.until(all_is_told)
    statuses = [parse_status(each.payload) for each in listener.messages if each.topic == f"{ROOT}/update/status"]
    assert statuses[-1] is not None
    assert (statuses[-1].release, statuses[-1].state, statuses[-1].version) == (release, "COMMITTED", "1.2")
    states = [each.json["state"] for each in listener.messages if each.topic == f"{ROOT}/update/events"]
    assert [state for state in states if state != "IDLE"] == [
        "QUEUED", "DOWNLOADING", "VERIFYING", "SELF_TEST", "STAGED", "ACTIVATING", "TRIAL", "COMMITTED",
    ]  # fmt: skip
    infos = [each.json["model"] for each in listener.messages if each.topic == f"{ROOT}/info"]
    assert infos[-1] == "edge-pose-n 1.2"
    assert peak_rss_mb(device.updater.process.pid) < PEAK_RSS_MB  # type: ignore[union-attr]
    assert device.updater.stop() == 0


def test_the_updater_never_imports_what_it_has_no_room_for(tmp_path: Path, closing: ExitStack) -> None:
    device = DeviceRun(tmp_path, closing)
    device.publish("1.2", percent=0)
    device.updater.start(PYTHONPROFILEIMPORTTIME="1")
    device.until(lambda: "not yet this device's turn" in device.updater.text)
    imported = device.updater.text
    for module in ("numpy", "cv2", "scipy", "ai_edge_litert", "tflite_runtime", "lap"):
        assert f"| {module}\n" not in imported.replace("|   ", "| ").replace("  ", ""), module
    mapped = {each.path for each in psutil.Process(device.updater.process.pid).memory_maps()}  # type: ignore[union-attr]
    assert not [path for path in mapped if "numpy" in path or "cv2" in path or "litert" in path]


def test_a_model_that_takes_the_agent_down_is_taken_back_at_the_next_start(tmp_path: Path, closing: ExitStack) -> None:
    device = DeviceRun(tmp_path, closing)
    device.publish("1.2", trial_s=600.0)
    device.agent.start()
    device.updater.start()
    device.until(lambda: "edge-pose-n 1.2 watches, on trial" in device.agent.text, what="the trial")
    device.agent.kill()  # what an abort in the interpreter leaves
    device.agent.start()
    device.until(lambda: "taken back: the agent ended while it was open (trial_crash)" in device.agent.text)
    device.until(lambda: "ROLLED_BACK: trial_crash" in device.updater.text)
    device.until(lambda: device.agent.text.count("edge-pose-n 1.1 watches") >= 2)
    assert device.agent.text.count("edge-pose-n 1.2 watches") == 1
    assert device.active_release() is None


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_device_whose_processes_are_killed_again_and_again_always_watches_with_a_whole_model(
    tmp_path: Path, closing: ExitStack
) -> None:
    rng = random.Random(6)
    device = DeviceRun(tmp_path, closing)
    release = device.publish("1.2", trial_s=3.0)
    for number in range(8):
        before = device.agent.text.count(" watches")
        device.agent.start()
        device.updater.start()
        device.until(lambda seen=before: device.agent.text.count(" watches") > seen, what="watching again")
        time.sleep(rng.uniform(0.0, 8.0))
        device.updater.kill()
        device.agent.kill()
        device.point(release, "1.2", rollout=f"again-{number}", trial_s=3.0)  # a killed trial is not tried again
    device.agent.start()
    device.updater.start()
    device.until(lambda: device.active_release() == release, what="the commit")
    assert "damaged or gone" not in device.agent.text
