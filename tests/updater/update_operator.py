"""Somebody who may command the updater under test."""

from __future__ import annotations

import itertools
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mqtt_subscriber import Subscriber

from edge_agent.command.envelope import Envelope
from edge_agent.command.sign import public_text, sign_command, sign_update_command

KEY = Ed25519PrivateKey.generate()
COMMANDS = {"keys": [{"kid": "fleet", "public_key": public_text(KEY), "allow": ["update"]}]}
_numbers = itertools.count(int(time.time()))


class UpdateOperator:
    """Signs, sends, and waits for the answer. A challenge stands in for the device's clock."""

    def __init__(self, listener: Subscriber, root: str) -> None:
        self.listener = listener
        self.root = root

    def order(self, command: str, *, agents_type: bool = False, **changes: Any) -> Any:
        # An updater subscribes before it says where it stands; what comes earlier it never hears.
        self.listener.until(lambda seen: any(each.topic == f"{self.root}/update/status" for each in seen))
        nonce = self._answer_to(b"challenge", None)["nonce"]
        cmd_id, now = f"order-{next(_numbers)}", int(time.time())
        fields = {"aud": "plant-1/dev-1", "iat": now, "exp": now + 60, "args": {}, **changes}
        envelope = Envelope(cmd_id=cmd_id, cmd=command, nonce=nonce, **fields)
        sign = sign_command if agents_type else sign_update_command
        return self._answer_to(sign(KEY, "fleet", envelope), None if agents_type else cmd_id)

    def send(self, payload: bytes) -> None:
        self.listener.publish(f"{self.root}/update/cmd", payload)

    def _answer_to(self, payload: bytes, cmd_id: str | None) -> Any:
        before = len(self.listener.messages)
        self.send(payload)

        def answers() -> list[Any]:
            new = self.listener.messages[before:]
            return [m.json for m in new if m.topic == f"{self.root}/update/ack" and m.json.get("cmd_id") == cmd_id]

        self.listener.until(lambda _: bool(answers()))
        return answers()[0]
