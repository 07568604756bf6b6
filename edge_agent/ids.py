"""Identifiers of events and incidents: UUID version 7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import random
import secrets
import uuid
from typing import Protocol


class IdSource(Protocol):
    """Where new identifiers come from."""

    def new(self, unix_s: float) -> str:
        """A fresh UUIDv7 for an instant in seconds since the Unix epoch."""
        ...


class RandomIds:
    """Unpredictable identifiers, for the daemon."""

    def new(self, unix_s: float) -> str:
        """A UUIDv7 whose random bits come from the operating system."""
        return _uuid7(unix_s, secrets.randbits(74))


class SeededIds:
    """The same identifiers in the same order at every run, for replay."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def new(self, unix_s: float) -> str:
        """A UUIDv7 whose random bits come from the seed."""
        return _uuid7(unix_s, self._random.getrandbits(74))


def _uuid7(unix_s: float, random_bits: int) -> str:
    unix_ms = int(unix_s * 1000) & ((1 << 48) - 1)
    rand_a, rand_b = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return str(uuid.UUID(int=unix_ms << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b))
