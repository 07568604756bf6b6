"""Bytes in, a configuration that somebody may ask for or the reason why not out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge_agent.command.envelope import to_config_envelope
from edge_agent.command.gate import Gate
from edge_agent.command.jws import CONFIG_TYPE

MAX_CONFIG_BYTES = 65_536  # our own: eight cameras with 32 zones of eight corners each are half of it
CONFIG = "config"


@dataclass(frozen=True, slots=True, eq=False)
class DesiredConfig:
    """A signed wish; whether it is valid is for the settings to say.

    Attributes:
        version: Greater than that of every one before.
        document: Sections, raw as in the file.
        kid: Of the key that signed it.
    """

    version: int
    document: dict[str, Any]
    kid: str


class BytesToConfig:
    """Decides whose configuration is looked at. Pure but for the rates. Not thread-safe."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def __call__(self, payload: bytes) -> DesiredConfig:
        """Judge one message on ``config/desired``; the broker keeps it, so that it may come again and again.

        Raises:
            CommandRefused: With the reason.
        """
        self._gate.admit(len(payload), MAX_CONFIG_BYTES)
        verified = self._gate.verify(payload, CONFIG_TYPE)
        envelope = to_config_envelope(verified.payload)
        self._gate.permit(verified.kid, CONFIG, envelope.aud)
        return DesiredConfig(envelope.version, envelope.document, verified.kid)
