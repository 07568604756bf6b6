"""The operator's directory: where keys, repository and plans lie, and who may change them at a time.

::

    <fleet>/fleet.json        lifetimes of the metadata, and what was revoked
    <fleet>/keys-online/      private keys that sign every day: snapshot, timestamp, groups
    <fleet>/keys-offline/     root and targets: to be moved away after `init`, and brought back with --keys
    <fleet>/repository/       what is hosted, and nothing else: metadata/ and targets/
    <fleet>/rollouts/         one plan for each group, and the devices that were heard of
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.signed_file import Sha256

_STRICT = ConfigDict(extra="forbid", strict=True)
_Days = Annotated[float, Field(gt=0, le=3650)]
_RETRY_S = 0.1
LOCK_WAIT_S = 10.0  # our own: a publication takes well under a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """For how many days a signature is good.

    Our own. Short where the key is online and a timer renews it: a repository that is held back is noticed that soon.
    Long where people must come together for it.
    """

    __pydantic_config__ = _STRICT

    root: _Days = 365.0
    targets: _Days = 365.0
    group: _Days = 90.0
    snapshot: _Days = 30.0
    timestamp: _Days = 7.0

    def of(self, role: str) -> float:
        """Days for a role; every delegated one is a group's."""
        return float(getattr(self, role, self.group))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSettings:
    """``fleet.json``."""

    __pydantic_config__ = _STRICT

    schema_version: Annotated[int, Field(ge=1, le=1)] = 1
    lifetimes_days: Lifetimes = Lifetimes()
    revoked: tuple[Sha256, ...] = ()
    """Releases that no group may run any more."""


_SETTINGS = TypeAdapter(FleetSettings)


class Workspace:
    """The paths of one operator's directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.settings_file = root / "fleet.json"
        self.online_keys = root / "keys-online"
        self.offline_keys = root / "keys-offline"
        self.repository = root / "repository"
        self.rollouts = root / "rollouts"

    def settings(self) -> FleetSettings:
        """What ``fleet.json`` says.

        Raises:
            FleetError: There is none, or it cannot be understood.
        """
        try:
            return _SETTINGS.validate_json(self.settings_file.read_bytes())
        except FileNotFoundError as error:
            raise FleetError(
                f"{self.root}: no fleet here: name its directory with --fleet DIR, or make one with "
                "`edge-agent-fleet init`"
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "document"
            raise FleetError(f"{self.settings_file}: {place}: {first['msg']}: correct it") from error

    def save(self, settings: FleetSettings) -> None:
        """Write ``fleet.json``, whole."""
        replace_file(self.settings_file, _SETTINGS.dump_json(settings, indent=1) + b"\n")

    @contextmanager
    def lock(self, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
        """Keep every other operator out (flock(2): it goes with the process, however that ends).

        Raises:
            FleetError: Somebody else is still at work after `wait_s`.
        """
        deadline_s = time.monotonic() + wait_s
        with (self.root / ".lock").open("a+") as file:
            while not _locked(file.fileno()):
                if time.monotonic() >= deadline_s:
                    file.seek(0)
                    who = file.read().strip() or "somebody"
                    raise FleetError(f"{self.root}: {who} is changing this fleet: wait for it to end, then try again")
                time.sleep(_RETRY_S)
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
