"""The repository's files: named by their version or hash, written whole, and read back as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_file

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)
Write = Callable[[Path, bytes], None]


def write_durably(path: Path, content: bytes) -> None:
    """Write a file whole, and make sure that it is found after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)


class RepositoryFiles:
    """Where each file of a repository lies.

    Args:
        root: The directory that is hosted.
        write: Writes one file whole; tests let it fail.
    """

    def __init__(self, root: Path, write: Write = write_durably) -> None:
        self.root = root
        self.metadata = root / "metadata"
        self.targets = root / "targets"
        self.write = write

    def roots(self) -> list[int]:
        """Versions of the root metadata that are there, in order."""
        found = (path.name.split(".")[0] for path in self.metadata.glob("*.root.json"))
        return sorted(int(number) for number in found if number.isdecimal())

    def metadata_path(self, role: str, version: int) -> Path:
        """Of one version; the timestamp alone has none in its name."""
        return self.metadata / ("timestamp.json" if role == Timestamp.type else f"{version}.{role}.json")

    def target_path(self, path: str, sha256: str) -> Path:
        """Of a target: consistent snapshots put its hash before its name (TUF specification, section 6.2)."""
        directory, _, name = path.rpartition("/")
        return self.targets / directory / f"{sha256}.{name}"

    def root_metadata(self, version: int) -> Metadata[Root]:
        """One version of the root's; so of the others below."""
        return self._read("root", version, Root)

    def timestamp_metadata(self) -> Metadata[Timestamp]:
        """The current timestamp: all that it leads to is the repository, and any other file is not."""
        return self._read("timestamp", 0, Timestamp)

    def snapshot_metadata(self, version: int) -> Metadata[Snapshot]:
        """Of all roles' versions."""
        return self._read("snapshot", version, Snapshot)

    def targets_metadata(self, role: str, version: int) -> Metadata[Targets]:
        """Of the top role, or of a group's."""
        return self._read(role, version, Targets)

    def target(self, path: str, sha256: str) -> bytes:
        """Content of a target.

        Raises:
            FleetError: It is not there.
        """
        file = self.target_path(path, sha256)
        try:
            return file.read_bytes()
        except OSError as error:
            raise FleetError(f"{file}: {error.strerror}: restore the repository from your copy") from error

    def _read(self, role: str, version: int, kind: type[T]) -> Metadata[T]:
        file = self.metadata_path(role, version)
        try:
            metadata: Metadata[T] = Metadata[T].from_bytes(file.read_bytes())
        except OSError as error:
            raise FleetError(
                f"{file}: {error.strerror}: restore it from your copy, or begin with `edge-agent-fleet init`"
            ) from error
        except (DeserializationError, RepositoryError) as error:
            raise FleetError(f"{file}: is damaged ({error}): restore it from your copy") from error
        if not isinstance(metadata.signed, kind):
            raise FleetError(f"{file}: is no {role} metadata: restore it from your copy")
        return metadata
