"""How to reach the broker, as the configuration file writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Le
from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSettings:
    """Where the certificate of this device comes from: an EST server (RFC 7030), asked by `edge-agent claim run`.

    The key is made on the device and never leaves it; both go where `cert_file` and `key_file` say.
    """

    url: Annotated[str, Field(pattern=r"^https://[^\s/@?#]+/?$", max_length=300)]
    """The server, as in `https://est.example:8443`; `/.well-known/est/` follows by itself."""
    label: Annotated[str, Field(pattern="^[A-Za-z0-9._~-]{1,64}$")] | None = None
    """Which of its authorities is asked, where the server has several (RFC 7030, section 3.2.2)."""
    ca_file: Path
    """PEM of the authority of the server's own certificate, brought by a way that is trusted."""
    token_file: Path | None = None
    """A file that holds only the one-time token of the invitation (``chmod 600``)."""
    token_credential: str | None = None
    """Instead of `token_file`: the name of a systemd credential (``LoadCredential=NAME:PATH``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """TLS 1.2 or newer towards the broker. The server's certificate and name are always checked."""

    ca_file: Path | None = None
    """PEM of the authority that signed the broker's certificate; the system's authorities where absent."""
    cert_file: Path | None = None
    """PEM of this device's certificate, for mutual TLS; goes with `key_file`."""
    key_file: Path | None = None
    """PEM of this device's private key, readable by the agent alone (``chmod 600``)."""
    key_credential: str | None = None
    """Instead of `key_file`: the name of a systemd credential that holds the key (``LoadCredential=NAME:PATH``)."""
    claim: ClaimSettings | None = None
    """Have the certificate fetched and renewed by `edge-agent claim run`; none of this where absent."""
    bind_client_id: bool = True
    """The client id must be a name in `cert_file`: its CN or one of its SANs. Only for an authority that gives every
    device the same name, switch it off and let the broker tell devices apart by something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthSettings:
    """A message by which a consumer says that it has started, as Home Assistant does."""

    topic: str = "homeassistant/status"
    """Where it comes."""
    payload: str = "online"
    """What it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeAssistantSettings:
    """Whether Home Assistant sets this device up by itself."""

    enabled: bool = False
    """Announce every zone, camera and rule to Home Assistant 2024.11 or later. Off unless switched on: the announcement
    lies outside of the device's own topics, and who may write there may announce anything."""
    prefix: Annotated[str, Field(pattern="^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")] = "homeassistant"
    """What the topic of the announcement begins with, as Home Assistant's MQTT integration has it."""


SparkplugName = Annotated[str, Field(pattern="^[^/+#\\x00]{1,128}$")]
"""One level of a topic (Eclipse Sparkplug 3.0, section 4: any UTF-8 text without `/`, `+` and `#`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkplugSettings:
    """Whether a SCADA system sees this device as a Sparkplug B edge node. Needs `edge-agent[sparkplug]`."""

    enabled: bool = False
    """Show alarms and health as metrics under `spBv1.0/`, over a connection of its own. Off unless switched on: it
    costs the broker a second connection, and only a Sparkplug host reads it."""
    group: SparkplugName | None = None
    """Group ID; the site where absent."""
    edge_node: SparkplugName | None = None
    """Edge node ID; the device where absent. Unique in its group."""
    client_id: str | None = None
    """Of the second connection; the client id of the first with `-sparkplug` behind it where absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """The MQTT broker and the topics on it."""

    host: str
    """Name or address of the broker, without scheme or port."""
    port: Annotated[int, Ge(1), Le(65535)] | None = None
    """8883 with TLS and 1883 without, where absent."""
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    """``auto`` speaks MQTT 5 and falls back to 3.1.1 where the broker refuses it."""
    client_id: str | None = None
    """``edge-agent-{site}-{device}`` where absent."""
    topic_prefix: str = "edge-agent/v1"
    """What every topic begins with, before ``{site}/{device}``."""
    username: str | None = None
    """User at the broker; anonymous where absent."""
    password_file: Path | None = None
    """A file that holds only the password, readable by the agent alone (``chmod 600``). A password is never written
    into this file, and never taken from the environment."""
    password_credential: str | None = None
    """Instead of `password_file`: the name of a systemd credential (``LoadCredential=NAME:PATH``)."""
    tls: TlsSettings | None = None
    """Encryption; ``tls: {}`` checks the broker by the system's authorities. Plain text where absent."""
    keepalive_s: Annotated[int, Ge(5), Le(600)] = 30
    """Seconds of silence after which the connection is tested."""
    zone_numbers: bool = True
    """Whether counts of persons and incidents by zone are published every minute (topics `agg/...`). They are about
    nobody in particular, yet where one person works alone they show whether that person is there."""
    birth: BirthSettings | None = None
    """Publish everything retained again when this message comes; ``birth: {}`` for Home Assistant. Off where absent:
    the broker keeps what is retained, and the topic is outside of the device's own."""
    home_assistant: HomeAssistantSettings = field(default_factory=HomeAssistantSettings)
    """Whether Home Assistant sets this device up by itself."""
    sparkplug: SparkplugSettings = field(default_factory=SparkplugSettings)
    """Whether a SCADA system sees this device as a Sparkplug B edge node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    """How much may wait on disk while the broker is away."""

    max_mb: Annotated[float, Ge(1), Le(10_000)] = 64.0
    """At most so many megabytes; then the oldest of the lowest severity is dropped, and the loss reported."""
    keep_acknowledged_h: Annotated[float, Ge(0), Le(168)] = 24.0
    """Hours for which an event stays after its PUBACK, so that it can be sent again on request."""
