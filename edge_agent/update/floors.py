"""What was learnt once and must not be unlearnt: the versions seen, and that time has passed."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timezone
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.clock import Clock
from edge_agent.errors import UpdateDelayed, UpdateRefused
from edge_agent.update.held_metadata import HeldMetadata
from edge_agent.update.reason import UpdateReason
from edge_agent.update.twin_file import TwinFile
from edge_agent.update.version_floor import VersionFloor

logger = logging.getLogger(__name__)

NAME = "floors"

# Raised with a release. No device that runs this agent lived before; not later than the clock of the conformance
# suite's static repositories (9 February 2025).
RELEASED_S = datetime(2025, 2, 1, tzinfo=timezone.utc).timestamp()

# Our own: the clocks of the machine that signs and of a device that has just started may differ; an hour is far below
# the days for which metadata holds.
TOLERANCE_S = 3600.0

_ADAPTER = TypeAdapter(VersionFloor)


class Floors:
    """The floors of one repository, on disk in two copies.

    The clock's floor comes from signed facts alone (when the metadata that was seen was signed, `issued`) and from the
    agent's own release. It is never taken from the clock itself: one that had once jumped ahead would block updates
    until that day.
    """

    def __init__(self, directory: Path, clock: Clock, released_s: float = RELEASED_S) -> None:
        """Name the directory; nothing is read yet.

        Args:
            directory: For the floors' own files; not that of the metadata, with which it must not be lost.
            clock: Whose wall time is judged.
            released_s: When the agent was released, in seconds since the Unix epoch.
        """
        self._file = TwinFile(directory, NAME)
        self._clock = clock
        self._released_s = released_s
        self._floor: VersionFloor | None = None

    @property
    def versions(self) -> VersionFloor:
        """As they stand.

        Raises:
            UpdateDelayed: The files cannot be read.
        """
        if self._floor is None:
            self._floor = self._read()
        return self._floor

    def trust(self, trusted_root: bytes) -> None:
        """Hold what follows to the root that this device was given; another one than before begins anew.

        Raises:
            UpdateDelayed: The floors cannot be read or written.
        """
        floor = self.versions.trusting(hashlib.sha256(trusted_root).hexdigest())
        if floor == self._floor:
            return
        if self.versions.trusted_root:
            logger.warning("update.trusted_root is another file than before: versions of the former root are forgotten")
        self._write(floor)

    def check_clock_before(self) -> None:
        """Whether the clock can be believed, before anything is asked of the repository.

        The timestamp's age does not count here: where somebody had its key and dated it ahead, only a root from the
        repository, with other keys, can mend that.

        Raises:
            UpdateDelayed: The clock is behind what must have passed.
        """
        self._check_clock(max(self._released_s, self.versions.root_issued_s))

    def check(self, held: HeldMetadata) -> None:
        """Whether metadata that `tuf.ngclient` trusts may be trusted here, too.

        Raises:
            UpdateRefused: A version has fallen, or the metadata has expired by what is known of the time.
            UpdateDelayed: The clock is behind what must have passed.
        """
        if fallen := self.versions.fallen(held):
            raise UpdateRefused(
                UpdateReason.ROLLBACK_REFUSED, f"the repository is older than what this device has seen: {fallen}"
            )
        known_s = max(self._released_s, self.versions.raised(held).known_s())
        self._check_clock(known_s)
        now = datetime.fromtimestamp(max(self._clock.wall_s(), known_s), timezone.utc)
        if role := held.expired(now):
            raise UpdateRefused(UpdateReason.METADATA_EXPIRED, f"the repository's {role} metadata has expired")

    def note(self, held: HeldMetadata) -> None:
        """Raise the floors to what was seen, on the disk, before anything rests on it.

        Raises:
            UpdateDelayed: They cannot be written.
        """
        raised = self.versions.raised(held)
        if raised != self._floor or not self._file.whole():
            self._write(raised)

    def _write(self, floor: VersionFloor) -> None:
        try:
            self._file.write(_ADAPTER.dump_json(floor))
        except OSError as error:
            raise UpdateDelayed(UpdateReason.DISK_FULL, f"the floors of updates cannot be written: {error}") from error
        self._floor = floor

    def _read(self) -> VersionFloor:
        try:
            content = self._file.read()
        except OSError as error:
            raise UpdateDelayed(UpdateReason.DISK_FULL, f"the floors of updates cannot be read: {error}") from error
        if content is not None:
            try:
                return _ADAPTER.validate_json(content)
            except ValidationError as error:
                logger.error("the floors of updates are of another agent and not used: %s", error)
        return VersionFloor()

    def _check_clock(self, known_s: float) -> None:
        if self._clock.wall_s() < known_s - TOLERANCE_S:
            known = datetime.fromtimestamp(known_s, timezone.utc)
            raise UpdateDelayed(
                UpdateReason.CLOCK_UNSYNCED,
                f"the clock is wrong, it is later than {known:%Y-%m-%d %H:%M} UTC: check the time server",
            )
