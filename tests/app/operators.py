"""Somebody who may command the device under test. It may not know the time: a challenge makes that no matter."""

from __future__ import annotations

import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_subscriber import Received, Subscriber
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge_agent.command.envelope import ConfigEnvelope, Envelope
from edge_agent.command.sign import public_text, sign_command, sign_config

KEY = Ed25519PrivateKey.generate()
EVERYTHING = ["snooze", "ack_alarm", "replay", "self_test", "identify", "reload", "support_bundle", "config"]
COMMANDS = {"keys": [{"kid": "desk", "public_key": public_text(KEY), "allow": EVERYTHING}]}


class Operator:
    """Signs, sends, and waits for the answer."""

    def __init__(self, listener: Subscriber, root: str) -> None:
        self.listener = listener
        self.root = root
        self.audience = "/".join(root.split("/")[-2:])
        self._count = int(time.time() * 1000)

    def until(self, topic: str, **fields: Any) -> Any:
        """The first message on a topic with these fields, in the payload or in its `data`."""

        def fits(message: Received) -> bool:
            if message.topic != f"{self.root}/{topic}" or not message.payload:
                return False
            return fields.items() <= {**message.json, **message.json.get("data", {})}.items()

        messages = self.listener.until(lambda seen: any(fits(message) for message in seen))
        return next(message.json for message in messages if fits(message))

    def send(self, topic: str, payload: bytes, *, retain: bool = False, response: str = "") -> None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = b"c-1"
        if response:
            properties.ResponseTopic = response
        self.listener.publish(f"{self.root}/{topic}", payload, retain=retain, properties=properties)

    def signed(self, cmd: str, **args: Any) -> tuple[str, bytes]:
        before = len(self.listener.messages)
        self.send("cmd/challenge", b"")
        topic = f"{self.root}/ack/challenge"
        self.listener.until(lambda seen: any(m.topic == topic for m in seen[before:]))
        nonce = next(m.json["nonce"] for m in self.listener.messages[before:] if m.topic == topic)
        self._count += 1
        now = int(time.time())
        cmd_id = f"cmd-{self._count}"
        envelope = Envelope(aud=self.audience, cmd_id=cmd_id, iat=now, exp=now + 60, cmd=cmd, args=args, nonce=nonce)
        return cmd_id, sign_command(KEY, "desk", envelope)

    def order(self, cmd: str, **args: Any) -> Any:
        """Give a command; returns its last answer."""
        cmd_id, payload = self.signed(cmd, **args)
        self.send(f"cmd/{cmd}", payload)
        self.listener.until(lambda _: any(ack["status"] != "accepted" for ack in self.acks(cmd, cmd_id)))
        return self.acks(cmd, cmd_id)[-1]

    def acks(self, cmd: str, cmd_id: str) -> list[Any]:
        topic = f"{self.root}/ack/{cmd}"
        return [m.json for m in list(self.listener.messages) if m.topic == topic and m.json.get("cmd_id") == cmd_id]

    def desire(self, version: int, document: Any) -> None:
        envelope = ConfigEnvelope(aud=self.audience, version=version, document=document)
        self.send("config/desired", sign_config(KEY, "desk", envelope), retain=True)
