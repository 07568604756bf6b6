"""What the updater says on ``update/...``: where an update of the model stands, and how it ended."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_agent.mqtt.payload import Payload, Rfc3339

JobWord = Literal[
    "QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "TIMED_OUT", "REJECTED", "REMOVED", "CANCELED"
]  # AWS IoT Jobs, "Job execution states"
StateWord = Literal[
    "IDLE", "CHECKING", "QUEUED", "DOWNLOADING", "PAUSED", "VERIFYING", "SELF_TEST", "STAGED", "ACTIVATING", "TRIAL",
    "COMMITTED", "ROLLING_BACK", "ROLLED_BACK", "FAILED",
]  # fmt: skip


class UpdateStatusPayload(Payload):
    """One device, and the update that goes on or the last one that ended."""

    device: str = Field(description="`{site}/{device}`.")
    group: str = Field(description="Whose pointer the device follows.")
    release: str | None = Field(default=None, description="SHA-256 of the release's `release.json`; absent before one.")
    counter: int = Field(ge=0, description="Of the newest pointer that the device saw; 0 before the first.")
    rollout: str | None = Field(
        default=None,
        description="Which rollout `status` is of, as in the signed pointer; absent where nobody knows.",
        json_schema_extra={"x-since": "1.2"},
    )
    status: JobWord | None = Field(default=None, description="What became of `release`, in the words of AWS IoT Jobs.")
    state: StateWord = Field(description="Where it stands, in our own words (docs/updates.md).")
    reason: str | None = Field(default=None, description="One word why, where it did not go on (docs/updates.md).")
    model: str | None = Field(default=None, description="Name of the model that is active.")
    version: str | None = Field(default=None, description="Its version.")
    previous: str | None = Field(default=None, description="Name and version of the model that would take its place.")
    watching: str | None = Field(
        default=None,
        description="Name and version of the model that watches, where the agent could not keep the active one open "
        "for ten minutes; absent otherwise.",
        json_schema_extra={"x-since": "1.2"},
    )
    since: Rfc3339 | None = Field(default=None, description="RFC 3339, UTC: when `state` began.")
    at: Rfc3339 = Field(description="RFC 3339, UTC: when this was said.")


class UpdateProgressPayload(Payload):
    """How far a download is."""

    release: str = Field(description="SHA-256 of the release's `release.json`.")
    done_bytes: int = Field(ge=0, description="Bytes that are there.")
    total_bytes: int = Field(ge=0, description="Of all files of the release.")
    at: Rfc3339 = Field(description="RFC 3339, UTC.")


class UpdateEventPayload(Payload):
    """One transition. In memory only: what is lost while the broker is away is in the journal on the device."""

    id: str = Field(description="UUIDv7.")
    number: int = Field(ge=0, description="Of the transition in the device's journal.")
    release: str | None = Field(default=None, description="SHA-256 of the release's `release.json`; absent before one.")
    state: StateWord = Field(description="The state that began.")
    reason: str | None = Field(default=None, description="One word why, where it did not go on (docs/updates.md).")
    at: Rfc3339 = Field(description="RFC 3339, UTC.")
