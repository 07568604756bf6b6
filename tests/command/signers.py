"""Somebody with a key, and a device that knows it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_agent.command.bytes_to_command import BytesToCommand, Command
from edge_agent.command.bytes_to_config import BytesToConfig
from edge_agent.command.command_settings import CommandSettings, KeySettings
from edge_agent.command.gate import Gate, Place
from edge_agent.command.jws import COMMAND_TYPE, CONFIG_TYPE
from edge_agent.command.ledger import CommandLedger
from edge_agent.command.sign import public_text, sign
from edge_agent.errors import CommandRefused

EVERYTHING = ("snooze", "ack_alarm", "replay", "self_test", "identify", "reload", "config")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NOW = 1_800_000_000


@dataclass
class TestClock:
    """Shows what the test sets."""

    __test__ = False
    wall: float = NOW
    monotonic: float = 1000.0
    synced: bool = True

    def monotonic_s(self) -> float:
        return self.monotonic

    def wall_s(self) -> float:
        return self.wall

    def synchronised(self) -> bool:
        return self.synced

    def pass_s(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def settings(**changes: Any) -> CommandSettings:
    """One key that may do everything."""
    key = {"kid": "desk", "public_key": public_text(KEY), "allow": EVERYTHING, **changes.pop("key", {})}
    return CommandSettings(**{"keys": (KeySettings(**key),), **changes})


def envelope(**changes: Any) -> dict[str, Any]:
    """A snooze that is good now; `None` takes a field out."""
    fields = {
        "aud": "plant-1/dev-1",
        "cmd_id": "id-00000001",
        "iat": NOW,
        "exp": NOW + 60,
        "cmd": "snooze",
        "args": {"zone": "press", "seconds": 60, "reason": "maintenance"},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def signed(
    fields: dict[str, Any] | bytes, key: Ed25519PrivateKey = KEY, kid: str = "desk", typ: str = COMMAND_TYPE
) -> bytes:
    payload = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return sign(key, kid, payload, typ)


def signed_config(version: int, document: Any, **changes: Any) -> bytes:
    fields = {"aud": "plant-1/dev-1", "version": version, "document": document, **changes}
    return signed(fields, typ=CONFIG_TYPE)


@dataclass
class JudgingDevice:
    """Judges as the agent does, and tells the reason instead of raising it."""

    directory: Path
    settings: CommandSettings = field(default_factory=settings)
    clock: TestClock = field(default_factory=TestClock)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.ledger = CommandLedger(self.directory / "commands.sqlite", self.clock)
        self.ledger.open()
        gate = Gate(self.settings, Place("plant-1", "dev-1"), self.clock)
        self.judge = BytesToCommand(self.settings, gate, self.ledger, self.clock)
        self.judge_config = BytesToConfig(gate)

    def reason(self, payload: bytes, topic: str = "snooze", *, retained: bool = False) -> str:
        """`obeyed`, or why not."""
        try:
            command = self.judge(topic, payload, retained=retained)
        except CommandRefused as refusal:
            return refusal.reason if str(refusal) else "no words"
        assert isinstance(command, Command)
        return "obeyed"
