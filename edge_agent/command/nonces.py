"""Proof that a command was signed just now, for a device that does not know the time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct

from edge_agent.command.jws import from_base64url, to_base64url

VALID_S = 60.0
_HEAD = struct.Struct(">d16s")
_TAG_BYTES = 16


class Nonces:
    """Numbers that this run of the agent gave out, each good once and for a minute.

    They carry their time and an HMAC (RFC 2104) with a key of this run, so that handing them out costs no memory and
    nobody can push those of others out by asking for many.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._spent: dict[str, float] = {}

    def new(self, now_s: float) -> str:
        """A fresh nonce.

        Args:
            now_s: Monotonic seconds.
        """
        head = _HEAD.pack(now_s, secrets.token_bytes(16))
        return to_base64url(head + self._tag(head)).decode()

    def spend(self, nonce: str, now_s: float) -> bool:
        """Use a nonce up. To be asked only for what is signed well: each spent one is remembered for a minute.

        Args:
            nonce: From the command.
            now_s: Monotonic seconds.

        Returns:
            Whether it was given out by this run within the last minute and not used before.
        """
        try:
            raw = from_base64url(nonce.encode())
        except ValueError:
            return False
        head, tag = raw[: _HEAD.size], raw[_HEAD.size :]
        if len(head) != _HEAD.size or not hmac.compare_digest(tag, self._tag(head)):
            return False
        self._spent = {spent: until_s for spent, until_s in self._spent.items() if now_s < until_s}
        until_s = float(_HEAD.unpack(head)[0]) + VALID_S
        if now_s >= until_s or nonce in self._spent:
            return False
        self._spent[nonce] = until_s
        return True

    def _tag(self, head: bytes) -> bytes:
        return hmac.new(self._key, head, hashlib.sha256).digest()[:_TAG_BYTES]
