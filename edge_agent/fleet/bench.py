"""The repository on the bench: read, held against other operators, changed, and published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from edge_agent.clock import SystemClock
from edge_agent.fleet.edition import Edition, read_edition
from edge_agent.fleet.key_files import KeyFiles
from edge_agent.fleet.publication import Publication, publish
from edge_agent.fleet.repository_files import RepositoryFiles
from edge_agent.fleet.workspace import FleetSettings, Workspace


@dataclass(slots=True)
class Bench:
    """What a command works on, while nobody else does.

    Attributes:
        workspace: The operator's directory.
        settings: Of it.
        files: The repository's.
        edition: As it was read; what a command changes in it, `publish` writes.
        publication: Keys and time.
    """

    workspace: Workspace
    settings: FleetSettings
    files: RepositoryFiles
    edition: Edition
    publication: Publication

    @property
    def now(self) -> datetime:
        """UTC."""
        return self.publication.now

    def publish(self) -> list[Path]:
        """Sign and write what was changed."""
        return publish(self.edition, self.files, self.publication)


@contextmanager
def open_bench(workspace: Workspace, keys: KeyFiles) -> Iterator[Bench]:
    """Hold the repository and read it.

    Raises:
        FleetError: There is no fleet, it is damaged, or somebody else is at work.
    """
    settings = workspace.settings()
    with workspace.lock():
        files = RepositoryFiles(workspace.repository)
        publication = Publication(keys, settings.lifetimes_days, utc_now())
        yield Bench(workspace, settings, files, read_edition(files), publication)


def utc_now() -> datetime:
    """By the machine's clock."""
    return datetime.fromtimestamp(SystemClock().wall_s(), timezone.utc)
