"""The fleet benchmark plays what the agent does, loses nothing in small, and docs/scaling.md says what it measured."""

from __future__ import annotations

import json
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mosquitto import require_mosquitto

from edge_agent.clock import SystemClock
from edge_agent.mqtt.broker_access import BrokerAccess
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.connection import Connection, Outgoing
from edge_agent.mqtt.payload import AlarmPayload, EventPayload, HealthPayload, InfoPayload, StatusPayload
from edge_agent.mqtt.session_timing import Timing

PROJECT = Path(__file__).resolve().parents[1]
BENCHMARKS = PROJECT / "benchmarks"
FIGURES: dict[str, Any] = json.loads((BENCHMARKS / "fleet.json").read_text())
DEVICES = 20
STORMS = ("reconnect_storm", "reconnect_storm_without_jitter", "reconnect_storm_default_queue")


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The parts of the benchmark."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from fleet_load import crowd, tally, voice, wire

    return SimpleNamespace(wire=wire, voice=voice.Voice(7, SystemClock(), Timing()), tally=tally, crowd=crowd)


def run(*options: str) -> dict[str, Any]:
    """What the benchmark prints for a few devices."""
    require_mosquitto()
    command = [sys.executable, str(BENCHMARKS / "fleet.py"), "--devices", str(DEVICES), "--steady", "2", *options]
    pace = ["--settle", "0.3", "--wait", "40", "--event-every", "0.5", "--real-agents", "1"]
    done = subprocess.run([*command, *pace], capture_output=True, text=True, check=True, timeout=280)
    return json.loads(done.stdout)["runs"][str(DEVICES)]


@pytest.fixture(scope="module")
def small_run() -> dict[str, Any]:
    """All but the storms."""
    return run("--no-storms")


@pytest.mark.broker
def test_nothing_is_lost_and_nothing_comes_twice(small_run: dict[str, Any]) -> None:
    for phase in ("steady", "alarm_storm", "subscriber_away"):
        found = small_run[phase]
        assert found["events"] >= DEVICES, phase
        assert (found["lost"], found["duplicates"], found["waiting"]) == (0, 0, 0), phase
        assert found["received"] == found["events"]


@pytest.mark.broker
def test_all_come_up_with_all_their_state(small_run: dict[str, Any]) -> None:
    found = small_run["connect"]
    assert (found["complete"], found["up"], found["failures"]) == (True, DEVICES, {})
    assert (found["states_seen"], found["states_never_seen"]) == (DEVICES * 5, 0)


@pytest.mark.broker
def test_devices_speak_as_often_as_they_should(small_run: dict[str, Any]) -> None:
    published, cost = small_run["steady"]["published"], small_run["steady"]["cost"]
    assert published["event"] == published["alarm"]
    # On a busy machine what was due just before the stretch falls into it; what is due in it never falls out.
    behind_s = cost["driver_late_ms"]["max"] / 1000.0
    assert 0.85 * 2 <= published["event"] / DEVICES * 0.5 <= 1.15 * (2 + behind_s)
    assert small_run["steady"]["lost_connections"] == 0


@pytest.mark.broker
def test_real_agents_are_heard_in_the_crowd(small_run: dict[str, Any]) -> None:
    real = small_run["steady"]["real_agents"]
    assert real["events"] > 0
    assert real["not_received"] == 0


@pytest.mark.broker
def test_what_it_costs_is_told(small_run: dict[str, Any]) -> None:
    for phase in ("connect", "steady", "alarm_storm"):
        cost = small_run[phase]["cost"]
        assert cost["broker_rss_mb"] > 1, phase
        assert 0 < cost["driver_cpu_pct"] < 150, phase


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_storm_ends_with_all_back_and_nothing_waiting() -> None:
    stormy = run("--down", "2")
    for storm in STORMS:
        found = stormy[storm]
        assert (found["complete"], found["up"], found["waiting"]) == (True, DEVICES, 0), storm
        assert found["states_never_seen"] == 0, storm
        assert found["real_agents"]["not_received"] == 0, storm


@pytest.mark.parametrize("size", ["1", "100", "1000", "10000"])
def test_what_was_measured_is_complete(size: str) -> None:
    run = FIGURES["runs"][size]
    assert (run["devices"], run["degraded"]) == (int(size), False)
    assert run["connect"]["complete"]
    assert (run["steady"]["lost"], run["steady"]["duplicates"], run["steady"]["lost_connections"]) == (0, 0, 0)
    for storm in STORMS:
        found = run[storm]
        assert (found["complete"], found["up"], found["lost"], found["duplicates"]) == (True, int(size), 0, 0), storm
        assert found["waiting"] <= found["events"] / 100, "a few may be on their way when counting ends"
    for phase in ("alarm_storm", "subscriber_away"):
        assert run[phase]["lost"] == 0, phase


def test_the_document_says_what_was_measured() -> None:
    tables = runpy.run_path(str(BENCHMARKS / "fleet_table.py"))["tables"](FIGURES)
    document = (PROJECT / "docs" / "scaling.md").read_text().splitlines()
    assert [line for line in tables if line not in document] == []


def test_what_was_measured_does_not_name_a_machine() -> None:
    assert socket.gethostname() not in json.dumps(FIGURES)
    assert set(FIGURES["machine"]) <= {
        "cores",
        "architecture",
        "memory_gb",
        "python",
        "broker",
        "load_average_at_start",
    }


def test_payloads_are_those_of_the_agent(load: SimpleNamespace) -> None:
    voice = load.voice
    said = voice.event()
    StatusPayload.model_validate_json(voice.online().payload)
    HealthPayload.model_validate_json(voice.health().payload)
    assert EventPayload.model_validate_json(said.event.payload).data.rule == "fall"
    AlarmPayload.model_validate_json(said.alarm.payload)
    info, *alarms = voice.state.values()
    InfoPayload.model_validate_json(info.payload)
    assert [json.loads(each.payload)["active"] for each in alarms] == [True, False, False]
    assert not json.loads(voice.event().alarm.payload)["active"]


def test_packets_are_those_that_the_agent_sends(load: SimpleNamespace) -> None:
    voice = load.voice
    messages = [voice.online(), voice.health(), voice.event().event, *voice.state.values()]
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings = BrokerSettings(host="127.0.0.1", port=server.getsockname()[1], protocol="5")
        connection = Connection(settings, BrokerAccess(None, None, None), voice.client_id, "5")
        connection.open(voice.will())
        broker, _ = server.accept()
        with broker:
            broker.settimeout(30)
            hello = _read(connection, broker, 1)
            broker.sendall(b"\x20\x03\x00\x00\x00")
            while connection.limits is None:
                connection.read()
            for message in messages:
                connection.publish(message)
            sent = _read(connection, broker, len(messages))
        connection.close()
    assert hello == load.wire.connect(voice.client_id, settings.keepalive_s, Timing().session_s, voice.will())
    mids = iter(range(1, len(messages) + 1))
    assert sent == b"".join(load.wire.publish(each, next(mids)) for each in messages)


def _read(connection: Connection, broker: socket.socket, packets: int) -> bytes:
    """So many packets from the agent, as bytes."""
    got, seen = b"", bytearray()
    from fleet_load import wire

    count = 0
    while count < packets:
        while connection.wants_write():
            connection.write()
        chunk = broker.recv(65_536)
        got += chunk
        seen += chunk
        count += len(list(wire.packets(seen)))
    return got


def test_a_torn_packet_waits_for_its_rest(load: SimpleNamespace) -> None:
    whole = load.wire.publish(Outgoing("a/b", b"x" * 300), 9)
    buffer, seen = bytearray(), []
    for byte in whole + load.wire.puback(3):
        buffer.append(byte)
        seen += load.wire.packets(buffer)
    assert [first for first, _ in seen] == [0x32, 0x40]
    message = load.wire.received(*seen[0])
    assert (message.topic, message.payload, message.mid) == (b"a/b", b"x" * 300, 9)


def test_the_peak_is_that_of_any_stretch(load: SimpleNamespace) -> None:
    assert load.tally.peak([0.9, 1.0, 1.5, 1.8, 3.0]) == 4
    assert load.tally.peak([]) == 0
    assert load.tally.percentiles(range(1, 101)) == {"p50": 50, "p95": 95, "p99": 99, "max": 100}


def test_what_is_due_within_a_stretch_is_done_in_it_however_busy_the_machine(
    load: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks_s = iter([0.0, 9.0, 9.0])
    monkeypatch.setattr(load.crowd, "time", SimpleNamespace(monotonic=lambda: next(looks_s)))
    crowd = load.crowd.Crowd(0, 1, load.crowd.Pace())
    done: list[float] = []
    for due_s in (0.5, 1.5):
        crowd._at(due_s, done.append)
    crowd.run(1.0)
    crowd.close()
    assert done == [9.0]
    assert crowd.tally.late_ms == [8500.0]
