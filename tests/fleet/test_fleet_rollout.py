"""Two hundred devices on loopback: a good release reaches all of them in stages, a bad one ends at the canary."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mosquitto import Mosquitto
from mqtt_subscriber import Subscriber
from operator_and_device import NAME, Operator
from simulated_devices import SimulatedDevice, SimulatedFleet, tuf_clients

from edge_agent.fleet.plan import PlanState, read_plan

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

GROUPS = {"lab": 10, "plant-1": 190}
START = ("rollout", "start", "--group", "plant-1", "--canary", "lab", NAME, "1.1")


@pytest.fixture
def port(broker: Callable[..., Mosquitto]) -> int:
    return broker().port


@pytest.fixture
def releases(operator: Operator) -> dict[str, str]:
    """SHA-256 of each version; both groups run 1.0."""
    assert operator.run("publish", "--group", "lab", NAME, "1.0") == 0
    with operator.bench() as bench:
        return {version: bench.edition.release(bench.files, NAME, version)[1] for version in ("1.0", "1.1")}


@pytest.fixture
def fleet(
    operator: Operator, releases: dict[str, str], port: int, tmp_path: Path, closing: ExitStack
) -> SimulatedFleet:
    clients = tuf_clients(operator.workspace.repository, tmp_path / "devices", [*GROUPS])
    made = SimulatedFleet(port, GROUPS, clients, releases["1.0"])
    closing.callback(made.stop)
    return made


def conduct(operator: Operator, port: int) -> int:
    """`rollout run`, to its end."""
    options = ["--group", "plant-1", "--broker", f"127.0.0.1:{port}", "--interval", "0.05"]
    return operator.run("rollout", "run", *options)


def counts(operator: Operator, port: int, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    options = ["--group", "plant-1", "--broker", f"127.0.0.1:{port}", "--json"]
    assert operator.run("rollout", "status", *options) == 0
    document = json.loads(capsys.readouterr().out)
    return document | {"counts": {row["group"]: row for row in document["counts"]}}


def test_a_good_release_reaches_everybody_through_its_stages(
    operator: Operator, fleet: SimulatedFleet, releases: dict[str, str], port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run(*START) == 0
    assert conduct(operator, port) == 0
    said = capsys.readouterr().out
    places = [
        said.index(f"{stage} %:") for stage in ("lab 100", "plant-1 1", "plant-1 10", "plant-1 50", "plant-1 100")
    ]
    assert places == sorted(places)
    assert read_plan(operator.workspace.rollouts, "plant-1").state is PlanState.DONE
    fleet.until(lambda: fleet.running(releases["1.1"]) == 200)
    row = counts(operator, port, capsys)["counts"]
    assert (row["lab"]["committed"], row["plant-1"]["committed"]) == (10, 190)
    assert (row["lab"]["failed"], row["plant-1"]["rolled_back"], row["plant-1"]["silent"]) == (0, 0, 0)


def test_a_bad_release_is_halted_at_the_canary_and_everybody_is_back(
    operator: Operator, fleet: SimulatedFleet, releases: dict[str, str], port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def verdict(device: SimulatedDevice, release: str) -> str | None:
        number = int(device.name.rpartition("-")[2])
        return None if number < 3 or release != releases["1.1"] else "trial_crash"

    fleet.verdict = verdict
    assert operator.run(*START, "--min-finished", "4") == 0
    assert conduct(operator, port) == 1
    plan = read_plan(operator.workspace.rollouts, "plant-1")
    assert (plan.state, plan.current.group) == (PlanState.HALTED, "lab")
    fleet.until_all_are_back(releases["1.0"])
    assert all(device.group == "lab" for device in fleet.devices if releases["1.1"] in device.ran)
    document = counts(operator, port, capsys)
    lab = document["counts"]["lab"]
    assert "devices of lab failed" in document["reason"]
    assert (lab["rolled_back"] + lab["silent"], lab["committed"], lab["known"]) == (10, 0, 10)
    assert lab["rolled_back"] == fleet.ever_ran(releases["1.1"])
    assert lab["reasons"]["trial_crash"] >= 1
    assert "plant-1" not in document["counts"], "the other group never heard of it"


def test_a_release_that_strikes_devices_dumb_is_halted_at_the_deadline(
    operator: Operator, fleet: SimulatedFleet, releases: dict[str, str], port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.verdict = lambda _device, _release: "silent"
    # Judged when all ten are silent: they fell so one after the other.
    assert operator.run(*START, "--silence-s", "3", "--min-finished", "10") == 0
    assert conduct(operator, port) == 1
    assert "10 of them by silence" in read_plan(operator.workspace.rollouts, "plant-1").reason


def test_a_controller_that_is_stopped_advances_nothing_and_goes_on_later(
    operator: Operator, fleet: SimulatedFleet, releases: dict[str, str], port: int
) -> None:
    assert operator.run(*START) == 0
    fleet.until(lambda: fleet.running(releases["1.1"]) == 10)
    threading.Event().wait(1.0)
    assert fleet.ever_ran(releases["1.1"]) == 10, "without a controller the canary is all that changes"
    assert conduct(operator, port) == 0
    fleet.until(lambda: fleet.running(releases["1.1"]) == 200)


def test_a_device_cannot_speak_for_another_one(
    operator: Operator,
    fleet: SimulatedFleet,
    releases: dict[str, str],
    port: int,
    subscriber: Callable[..., Subscriber],
    capsys: pytest.CaptureFixture[str],
) -> None:
    fleet.verdict = lambda device, _release: "silent" if device.name == "lab/cam-0" else None
    assert operator.run(*START, "--success", "1.0") == 0
    fleet.until(lambda: fleet.running(releases["1.1"]) == 9)
    fleet.until(lambda: counts(operator, port, capsys)["counts"]["lab"]["committed"] == 9)
    liar = subscriber(port, topics="nothing")
    seen = subscriber(port, topics="edge-agent/v1/lab/cam-1/update/status")
    (honest,) = seen.until(lambda messages: len(messages) == 1)
    liar.publish("edge-agent/v1/lab/cam-0/update/status", honest.payload, retain=True)
    assert counts(operator, port, capsys)["counts"]["lab"]["committed"] == 9
