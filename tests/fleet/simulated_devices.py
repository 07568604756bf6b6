"""Two hundred devices in one thread: each has its own connection to a real broker, and obeys the signed pointer.

What a device reads of the repository it reads through a real TUF client; the devices of a group share one, because two
hundred of them would only read the same bytes.
"""

from __future__ import annotations

import random
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from operator_and_device import Device
from paho.mqtt.client import MQTT_ERR_SUCCESS, Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.update.pointer import Pointer
from edge_agent.update.status_payload import JobStatus, UpdateStatus, status_to_bytes
from edge_agent.update.takes_part import takes_part

PREFIX = "edge-agent/v1"
Verdict = Callable[["SimulatedDevice", str], str | None]
"""Why a device goes back from a release; None where it commits it; "silent" where it never says anything more."""


@dataclass
class SimulatedDevice:
    """One device: what it runs, what it would go back to, and its connection.

    It says what it does before it has done it here: whoever sees that it is done finds its word at the broker.
    """

    name: str
    group: str
    active: str
    client: Client
    last_good: str = ""
    counter: int = 0
    trying: str = ""
    rollout: str | None = None
    refused: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)

    @property
    def older(self) -> bool:
        """Whether its agent does not name the rollout: every third one."""
        return int(self.name.rpartition("-")[2]) % 3 == 0

    def say(self, status: JobStatus | None, state: str, release: str, reason: str | None = None) -> None:
        payload = UpdateStatus(
            device=self.name,
            group=self.group,
            release=release,
            counter=self.counter,
            rollout=None if self.older else self.rollout,
            status=status,
            state=state,
            reason=reason,
            at=datetime.now(timezone.utc),
        )
        self.client.publish(f"{PREFIX}/{self.name}/update/status", status_to_bytes(payload), 1, retain=True)


class SimulatedFleet:
    """Connects at once and obeys until it is stopped."""

    def __init__(self, port: int, groups: dict[str, int], devices: dict[str, Device], first: str) -> None:
        """Args: broker, devices of each group, a TUF client of each group, and the release that all of them run."""
        self.verdict: Verdict = lambda _device, _release: None
        self._clients = devices
        self._rng = random.Random(7)
        self._selector = selectors.DefaultSelector()
        self.devices = [
            self._connect(SimulatedDevice(f"{group}/cam-{number}", group, first, _client()), port)
            for group, count in groups.items()
            for number in range(count)
        ]
        for device in self.devices:
            device.say(JobStatus.SUCCEEDED, "IDLE", first)
        self._rounds = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-fleet", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)
        for device in self.devices:
            device.client.disconnect()
        self._selector.close()

    def running(self, release: str) -> int:
        """Devices that run it."""
        return sum(device.active == release for device in self.devices)

    def until_all_are_back(self, release: str) -> None:
        """Wait for nobody to try anything, with the pointers that stand, and everybody to run this release."""
        begun = self._rounds + 1  # the round that goes on may have read its pointers before
        self.until(lambda: self._rounds > begun)
        self.until(lambda: not any(each.trying for each in self.devices) and self.running(release) == len(self.devices))

    def ever_ran(self, release: str) -> int:
        return sum(release in device.ran for device in self.devices)

    def until(self, done: Callable[[], bool], timeout_s: float = 30.0) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline_s, "the fleet did not get there"
            assert self._thread.is_alive(), "the fleet has died"
            time.sleep(0.02)

    def _connect(self, device: SimulatedDevice, port: int) -> SimulatedDevice:
        device.client.connect("127.0.0.1", port)
        self._selector.register(device.client.socket(), selectors.EVENT_READ, device)
        return device

    def _run(self) -> None:
        while not self._stop.is_set():
            self._network()
            for group, client in self._clients.items():
                pointer = client.pointer(group)
                if pointer is not None:
                    self._obey(group, pointer)
            self._rounds += 1

    def _network(self) -> None:
        for key, _ in self._selector.select(0.02):
            assert key.data.client.loop_read() == MQTT_ERR_SUCCESS, f"{key.data.name} was disconnected"
        for device in self.devices:
            while device.client.want_write():
                device.client.loop_write()
            device.client.loop_misc()

    def _obey(self, group: str, pointer: Pointer) -> None:
        for device in self.devices:
            if device.group != group:
                continue
            assert pointer.counter >= device.counter, "a counter fell"
            device.counter = pointer.counter
            if device.trying:
                if self._rng.random() < 0.5:  # trials do not all end at once
                    self._finish(device)
            elif device.active in pointer.revoked:
                device.say(JobStatus.FAILED, "ROLLED_BACK", device.active, "canceled")
                device.refused.add(device.active)
                device.active = device.last_good
            elif pointer.release_sha256 not in (device.active, *device.refused, *pointer.revoked) and takes_part(
                pointer.rollout, device.name, pointer.percent
            ):
                device.rollout = pointer.rollout
                device.say(JobStatus.IN_PROGRESS, "SELF_TEST", pointer.release_sha256)
                device.trying = pointer.release_sha256

    def _finish(self, device: SimulatedDevice) -> None:
        release = device.trying
        device.ran.add(release)
        reason = self.verdict(device, release)
        if reason is None:
            device.say(JobStatus.SUCCEEDED, "COMMITTED", release)
            device.last_good, device.active = device.active, release
        else:
            if reason != "silent":
                device.say(JobStatus.FAILED, "ROLLED_BACK", release, reason)
            device.refused.add(release)
        device.trying = ""


def _client() -> Client:
    return Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)


def tuf_clients(repository: Path, caches: Path, groups: list[str]) -> dict[str, Device]:
    return {group: Device(repository, caches / group) for group in groups}
