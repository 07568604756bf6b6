"""What the chaos suite uses: a device in a process of its own, and a subscriber that keeps its session."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PRODUCER = Path(__file__).with_name("producer.py")
EVENTS = "edge-agent/v1/hall-3/cam-1/event/#"
ROUNDS = int(os.environ.get("EDGE_AGENT_CHAOS_ROUNDS", "50"))
"""How often something is killed or cut; the number of events grows with it."""


def say(line: str) -> None:
    """Shown by pytest with -s, and where a test fails."""
    sys.stdout.write(line + "\n")


class DeviceProcess:
    """The producer; `start` and `kill` may alternate, its outbox stays."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.port = port
        self._process: subprocess.Popen[str] | None = None
        self.log = directory / "producer.log"

    def start(self, total: int, burst: int, boot: str = "boot-1") -> None:
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(PRODUCER), str(self.directory), *map(str, (self.port, total, burst, boot))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.read("started")

    def read(self, word: str) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line == word, f"{line!r} instead of {word}:\n{self.log.read_text()[-3000:]}"

    def tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def contents(self) -> Any:
        from edge_agent.mqtt.dead_letters import read_contents

        return read_contents(self.directory / "outbox.sqlite")


class Listener:
    """A subscriber that keeps its session over reconnects; remembers when which event came first, and how often."""

    def __init__(self, port: int, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5, **limits: int) -> None:
        self.first: dict[tuple[str, str], dict[str, Any]] = {}
        self.came: list[tuple[int, bool, str, float]] = []
        """Number, historical, zone and monotonic seconds of each first arrival."""
        self.arrivals = 0
        self.ready = threading.Event()
        five = protocol == MQTTProtocolVersion.MQTTv5
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"listener-{random.randrange(1 << 30)}",
            protocol=protocol,
            clean_session=None if five else False,
        )
        self._client.reconnect_delay_set(0.1, 0.2)  # type: ignore[arg-type]
        self._client.on_socket_open = lambda _client, _data, sock: sock.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        self._client.on_connect = lambda client, *_: client.subscribe(EVENTS, 1)
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = self._on_message
        options: dict[str, Any] = {}
        if five:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 3600
            for name, value in limits.items():
                setattr(properties, name, value)
            options = {"clean_start": False, "properties": properties}
        self._client.connect("127.0.0.1", port, 5, **options)
        self._client.loop_start()
        assert self.ready.wait(30)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def seqs(self) -> set[int]:
        return {seq for seq, *_ in self.came}

    def until(self, done: Callable[[], bool], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline, f"not within {timeout_s} s; {len(self.came)} events have come"
            time.sleep(0.01)

    def in_order(self, *, historical: bool) -> bool:
        """Whether each event of a lane came after those before it."""
        lane = [seq for seq, late, *_ in self.came if late == historical]
        return lane == sorted(lane)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        event = json.loads(message.payload)
        self.arrivals += 1
        key = event["source"], event["id"]
        if key not in self.first:
            self.first[key] = event
            self.came.append((event["seq"], event["historical"], event["data"]["zone"], time.monotonic()))
