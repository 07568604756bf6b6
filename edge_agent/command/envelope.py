"""What stands around every command, under its signature."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_agent.command.reason import Reason
from edge_agent.command.strict_json import strict_json
from edge_agent.errors import CommandRefused

_MAX_UNIX_S = 2**40  # our own: far beyond any clock, and an exact double
_AUDIENCE = Field(max_length=140, description="`SITE/DEVICE`, or `SITE/*` where the key may speak to the whole site.")


class _Signed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Envelope(_Signed):
    """One command."""

    aud: str = _AUDIENCE
    cmd_id: str = Field(pattern="^[A-Za-z0-9_-]{8,64}$", description="New for each command.")
    iat: int = Field(ge=0, le=_MAX_UNIX_S, description="Issued at, seconds since the Unix epoch (RFC 7519, 4.1.6).")
    exp: int = Field(ge=0, le=_MAX_UNIX_S, description="Not obeyed from then on (RFC 7519, section 4.1.4).")
    cmd: str = Field(max_length=40, description="As in the topic.")
    args: dict[str, Any] = Field(default_factory=dict)
    nonce: str | None = Field(default=None, max_length=100, description="From `cmd/challenge`.")


class ConfigEnvelope(_Signed):
    """One desired configuration. Its version stands for its time: it does not expire, since the broker keeps it."""

    aud: str = _AUDIENCE
    version: int = Field(ge=1, le=2**53 - 1, description="Greater than that of every configuration before.")
    document: dict[str, Any] = Field(description="Sections that stand in for those of the device's file.")


def to_envelope(payload: bytes) -> Envelope:
    """Read the signed bytes of a command.

    Raises:
        CommandRefused: They hold no such envelope.
    """
    return _read(payload, Envelope)


def to_config_envelope(payload: bytes) -> ConfigEnvelope:
    """Read the signed bytes of a desired configuration.

    Raises:
        CommandRefused: They hold no such envelope.
    """
    return _read(payload, ConfigEnvelope)


_E = TypeVar("_E", bound=_Signed)


def _read(payload: bytes, kind: type[_E]) -> _E:
    try:
        return kind.model_validate(strict_json(payload))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = next((f"{part}: " for part in first["loc"] if part in kind.model_fields), "")
        raise CommandRefused(Reason.MALFORMED, f"{where}{first['msg']}") from error
    except ValueError as error:
        raise CommandRefused(Reason.MALFORMED, str(error)) from error
