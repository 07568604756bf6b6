"""A provisioning file: the ordinary configuration, and what is put elsewhere before the agent reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, NewType

from pydantic import Field, TypeAdapter

from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_adapter import strict

SECTION = "provision"
HOST_NAME_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
"""One label of a host name (RFC 1123, section 2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionSettings:
    """What only the first start needs, and what must not stay where anybody can read it."""

    host_name: Annotated[str, Field(pattern=HOST_NAME_PATTERN)] | None = None
    """Of the computer in its network; the device's name where absent."""
    mqtt_password: str | None = None
    """The password at the broker; goes with `mqtt.username`."""
    ca: str | None = None
    """PEM of the authority that signed the broker's certificate, in place of `mqtt.tls.ca_file`."""
    certificate: str | None = None
    """PEM of this device's certificate, in place of `mqtt.tls.cert_file`."""
    private_key: str | None = None
    """PEM of this device's private key, in place of `mqtt.tls.key_file`."""
    claim_token: str | None = None
    """The one-time token of this device's invitation, in place of `mqtt.tls.claim.token_file`."""
    claim_ca: str | None = None
    """PEM of the authority of the server that is asked for a certificate, in place of `mqtt.tls.claim.ca_file`."""
    camera_passwords: Mapping[str, str] = field(default_factory=dict)
    """By the camera's name, in place of its `password_file`."""
    accept_usb: bool = True
    """Whether a USB stick may provision this device from then on. Switch it off where strangers can reach the sockets:
    whoever plugs one in decides which broker hears of the alarms. The boot partition is taken in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisioningFile(Settings):
    """All that stands in `edge-agent.yaml`."""

    provision: ProvisionSettings = field(default_factory=ProvisionSettings)
    """What is put elsewhere."""


_Document = NewType("_Document", ProvisioningFile)


@cache
def provisioning_adapter() -> TypeAdapter[ProvisioningFile]:
    """The validator of a provisioning file."""
    return TypeAdapter(_Document, config=strict())
