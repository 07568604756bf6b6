"""A broker whose access list is wrong: nothing is lost, the rest goes on, and the repaired list delivers everything."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from mqtt_device import ROOT, Device, broker_retained, until
from mqtt_subscriber import Subscriber

pytestmark = pytest.mark.broker

READING = "topic read #\n"


def allow(mosquitto: Mosquitto, *suffixes: str) -> None:
    """Rewrite the access list of the running broker."""
    rules = "".join(f"topic write {ROOT}/{suffix}\n" for suffix in suffixes)
    (mosquitto.directory / "acl").write_text(rules + READING)
    assert mosquitto._process is not None
    mosquitto._process.send_signal(signal.SIGHUP)


def test_what_the_access_list_forbids_is_kept_and_delivered_once_it_is_repaired(
    broker: Callable[..., Mosquitto],
    device: Callable[..., Device],
    subscriber: Callable[..., Subscriber],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level("INFO")
    mosquitto = broker(acl=f"topic write {ROOT}/event/fall\n" + READING)
    heard = subscriber(mosquitto.port, topics=f"{ROOT}/event/#")
    running = device(mosquitto.port)
    running.retained.set(running.topics.alarm("press"), b'{"active":true}')
    forbidden = running.append(50, rule="bend_hold")  # more than two windows, ahead of what is allowed
    running.start()
    allowed = running.append(50)
    heard.until(lambda messages: len(messages) == 50)
    assert [event["seq"] for event in heard.events()] == allowed
    until(lambda: mosquitto.log.read_text().count("Denied PUBLISH") >= 60)  # it is tried again
    until(lambda: running.outbox.stats().pending == 50)
    assert running.outbox.stats().quarantined == 0

    allow(mosquitto, "#")
    heard.until(lambda messages: len(messages) == 100)
    assert sorted(event["seq"] for event in heard.events()) == forbidden + allowed
    until(lambda: running.outbox.stats().pending == 0)
    until(lambda: broker_retained(mosquitto.port).keys() >= {"status", "alarm/press"})
    for suffix in ("event/bend_hold", "status", "alarm/press"):
        words = f"does not authorise this client to publish to {ROOT}/{suffix}: allow it in the broker's access list"
        assert caplog.text.count(words) == 1
    assert f"the broker takes {ROOT}/event/bend_hold again" in caplog.text
    assert mosquitto.log.read_text().count("as edge-agent-hall-3-cam-1") == 1, "on the same connection"
    with sqlite3.connect(tmp_path / "outbox.sqlite") as connection:
        assert connection.execute("SELECT COUNT(*) FROM event WHERE reason IS NOT NULL").fetchone() == (0,)
    connection.close()


def test_what_waits_for_the_access_list_survives_a_restart_of_the_broker(
    broker: Callable[..., Mosquitto], device: Callable[..., Device], caplog: pytest.LogCaptureFixture
) -> None:
    mosquitto = broker(acl=f"topic write {ROOT}/status\n" + READING)
    running = device(mosquitto.port).start()
    running.append(3)
    until(lambda: "does not authorise" in caplog.text)
    mosquitto.stop()
    until(lambda: not running.publisher.connected)
    mosquitto.start()
    until(lambda: mosquitto.log.read_text().count("Denied PUBLISH") >= 6)
    assert caplog.text.count("does not authorise") == 1, "told once, whatever the connection"
    mosquitto.stop()
    mosquitto.acl = f"topic write {ROOT}/#\n" + READING
    mosquitto.start()
    until(lambda: running.outbox.stats().pending == 0)
    assert running.outbox.stats().quarantined == 0
