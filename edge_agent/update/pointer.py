"""The pointer of a group: which release its devices shall run. Signed by the group's role; nothing else chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timezone
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter

from edge_agent.update.signed_file import (
    ModelName,
    ModelVersion,
    Sha256,
    parse_signed_file,
    signed_file_to_bytes,
)
from edge_agent.update.window import MaintenanceWindow

SCHEMA_VERSION = 1
MAX_POINTER_BYTES = 64 * 1024  # our own: five hundred revoked releases, and no burden for a device
GROUP_PATTERN = r"^[a-z0-9][a-z0-9-]{0,31}$"
ROLLOUT_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"

_STRICT = ConfigDict(extra="forbid", strict=True)
_Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(timezone.utc))]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortRule:
    """When a rollout is halted by itself. Words as in AWS IoT Jobs: minimum of finished things, and threshold."""

    __pydantic_config__ = _STRICT

    max_failure_rate: Annotated[float, Field(ge=0, le=1)] = 0.05
    """More than this part of the devices that finished, failed. Our own default: of ten devices, one is too many."""
    min_finished: Annotated[int, Field(ge=1)] = 1
    """So many must have finished before the rate counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What the devices of one group shall run.

    A device whose active release is the pointer's has nothing to do, whatever `percent` says. A device whose active
    release is in `revoked` goes back to its last good one at once, outside of windows and percentages. Any other
    begins only where `takes_part` says so, within a window, before the deadline.
    """

    __pydantic_config__ = _STRICT

    schema_version: Annotated[int, Field(ge=1)] = SCHEMA_VERSION
    group: Annotated[str, Field(pattern=GROUP_PATTERN)]
    """Whose it is; a device refuses that of another group."""
    counter: Annotated[int, Field(ge=1)]
    """Grows with each publication and never falls; a device remembers the highest that it saw."""
    name: ModelName
    version: ModelVersion
    release_sha256: Sha256
    """Of the model's ``release.json``."""
    rollout: Annotated[str, Field(pattern=ROLLOUT_PATTERN)]
    """Identifier of the rollout: the same through all of its stages, so that who took part still does."""
    percent: Annotated[int, Field(ge=0, le=100)]
    """Which part of the group may begin (`takes_part`)."""
    windows: tuple[MaintenanceWindow, ...] = ()
    """When a device may begin, by its local time; at any time where empty."""
    deadline: _Utc | None = None
    """After it no device begins any more."""
    abort: AbortRule = AbortRule()
    """What the rollout controller holds against what devices report; signed, so that everybody can read it."""
    trial_s: Annotated[float, Field(ge=0, le=7 * 86_400)] = 600.0
    """How long a new model is watched before it is committed."""
    revoked: tuple[Sha256, ...] = ()
    """Releases (SHA-256 of their ``release.json``) that must not run in this group."""


_ADAPTER = TypeAdapter(Pointer)


def pointer_path(group: str) -> str:
    """Target path of a group's pointer."""
    return f"groups/{group}/pointer.json"


def group_role(group: str) -> str:
    """Name of the delegated role that signs a group's pointer."""
    return f"group-{group}"


def parse_pointer(raw: bytes) -> Pointer:
    """Read a pointer whose signature was checked.

    Raises:
        SignedFileError: Damaged, or written for a later agent.
    """
    return parse_signed_file(raw, "pointer", SCHEMA_VERSION, _ADAPTER)


def pointer_to_bytes(pointer: Pointer) -> bytes:
    """The pointer as it is signed.

    Raises:
        SignedFileError: A value is not allowed: no device would take it.
    """
    raw = signed_file_to_bytes(pointer, _ADAPTER)
    parse_pointer(raw)
    return raw
