"""What a device says of its update, retained on ``update/status``: what the rollout controller counts."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from edge_agent.update.pointer import ROLLOUT_PATTERN

MAX_STATUS_BYTES = 8 * 1024  # our own: ten times what a device says
_Line = Annotated[str, Field(max_length=500, pattern=r"^\P{C}*$")]


class JobStatus(str, Enum):
    """The words of AWS IoT Jobs ("Job execution states"), so that existing dashboards understand them."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    REJECTED = "REJECTED"
    REMOVED = "REMOVED"
    CANCELED = "CANCELED"


class UpdateStatus(BaseModel):
    """One device and the update that it was last told of.

    A controller hears agents of many versions: it ignores fields that it does not know, and takes state and reason as
    the words that they are.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    device: Annotated[str, Field(pattern=r"^[^/+#\x00]{1,128}/[^/+#\x00]{1,128}$")]
    """``{site}/{device}``: the name that `takes_part` hashes."""
    group: Annotated[str, Field(max_length=64)]
    """Whose pointer it follows."""
    release: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """SHA-256 of the ``release.json`` that this is about: of the update that goes on, or of the last one that ended.
    None where there never was one."""
    counter: Annotated[int, Field(ge=0)]
    """Of the newest pointer that the device saw; 0 before the first."""
    rollout: Annotated[str, Field(pattern=ROLLOUT_PATTERN)] | None = None
    """Which rollout `status` is of (`Pointer.rollout`): the one that brought `release`, or the last one that named it
    where it ran already. None of an agent older than contract 1.2, and where nobody knows."""
    status: JobStatus | None = None
    """What became of `release`; None where that is None."""
    state: Annotated[str, Field(pattern=r"^[A-Z_]{1,32}$")]
    """As in ``DOWNLOADING`` or ``ROLLED_BACK``."""
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")] | None = None
    """Why, where it did not go on, as in ``golden_mismatch``."""
    model: _Line | None = None
    """Name of the active model: the one that shall run."""
    version: _Line | None = None
    """Its version."""
    previous: _Line | None = None
    """Name and version of the model that would take its place (last good)."""
    watching: _Line | None = None
    """Name and version of the model that watches in its place, where the agent could not keep it open; None otherwise,
    and where nobody knows."""
    since: AwareDatetime | None = None
    """When `state` began, by the device's clock."""
    at: AwareDatetime
    """When this was said, by the device's clock."""


def parse_status(raw: bytes) -> UpdateStatus | None:
    """What a device said; None where it is nothing that a device of this project says."""
    if len(raw) > MAX_STATUS_BYTES:
        return None
    try:
        return UpdateStatus.model_validate_json(raw)
    except ValidationError:
        return None


def status_to_bytes(status: UpdateStatus) -> bytes:
    """The payload to publish, retained, with QoS 1."""
    return status.model_dump_json(exclude_none=True).encode()
