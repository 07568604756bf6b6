"""What the device answers: to commands on ``ack/{name}``, to a desired configuration on ``config/reported``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_agent.mqtt.payload import Payload, Rfc3339


class ReplayResult(Payload):
    """What becomes of a range of events."""

    sent: int = Field(ge=0, description="Events that are sent again, as `historical`, with their old `id`.")
    pending: int = Field(ge=0, description="Events that had not been delivered yet and come anyway.")
    missing: tuple[tuple[int, int], ...] = Field(
        description="First and last `seq` of those that are gone; at most 16, of which the last spans the later ones."
    )
    next_from_seq: int | None = Field(default=None, description="Where to go on; absent where the range is done.")


class SelfCheck(Payload):
    """One thing that was looked at."""

    check: str = Field(description="What: `outbox`, `disk`, `clock`, or `camera` and its name.")
    ok: bool = Field(description="Whether it is well.")
    detail: str = Field(description="For people.")


class SelfTestResult(Payload):
    """How the device is."""

    passed: bool = Field(description="Whether everything is well.")
    checks: tuple[SelfCheck, ...] = Field(description="Everything that was looked at.")


class IdentifyResult(Payload):
    """Who answers."""

    site: str = Field(description="Name of the site.")
    device: str = Field(description="Name of the device.")
    version: str = Field(description="Of the agent.")


class SupportBundleResult(Payload):
    """Where the bundle lies on the device; it never leaves over MQTT."""

    path: str = Field(description="Of the file, which the agent's user and root may read.")
    size_bytes: int = Field(ge=0, description="Of the file.")
    sha256: str = Field(description="Of the file, hexadecimal.")


class AckPayload(Payload):
    """What became of one command."""

    cmd: str = Field(description="Its name; `unknown` where it has none.")
    cmd_id: str | None = Field(default=None, description="Absent where its signature was not found good.")
    status: Literal["accepted", "done", "refused", "failed"] = Field(
        description="`accepted` is followed by `done` or `failed`; the others are the last word."
    )
    reason: str | None = Field(default=None, description="One word why not (docs/commands.md).")
    detail: str | None = Field(default=None, description="For people.")
    at: Rfc3339 = Field(description="RFC 3339, UTC: when it was answered.")
    nonce: str | None = Field(default=None, description="Of `challenge`: good once, for a minute.")
    snoozed_until: Rfc3339 | None = Field(default=None, description="RFC 3339, UTC; absent where no snooze was begun.")
    replay: ReplayResult | None = Field(default=None, description="Of `replay`.")
    self_test: SelfTestResult | None = Field(default=None, description="Of `self_test`.")
    identify: IdentifyResult | None = Field(default=None, description="Of `identify`.")
    support_bundle: SupportBundleResult | None = Field(default=None, description="Of `support_bundle`.")


class ConfigReportedPayload(Payload):
    """What became of the desired configuration."""

    state: Literal["none", "applied", "refused"] = Field(description="Of the last one that came.")
    version: int = Field(ge=0, description="In force; 0 where the device's file alone is.")
    config_hash: str = Field(description="Of the whole configuration in force, as in every event.")
    refused_version: int | None = Field(default=None, description="Absent where it could not be read.")
    reason: str | None = Field(default=None, description="One word why not.")
    problems: tuple[str, ...] = Field(default=(), description="All that is wrong with it, as far as it fits.")
    at: Rfc3339 = Field(description="RFC 3339, UTC: when this was so first.")
