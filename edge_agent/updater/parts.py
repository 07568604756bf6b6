"""What the update service works with; each part can be another one in a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Protocol

from edge_agent.clock import Clock
from edge_agent.pose.judge import ProbeReport
from edge_agent.update.release import Release
from edge_agent.update.target_info import TargetInfo
from edge_agent.update.trials import Trials
from edge_agent.update.update_settings import UpdateSettings


class Repository(Protocol):
    """What is trusted: `edge_agent.update.trusted_repository.TrustedRepository`."""

    def refresh(self) -> None:
        """Fetch what is new of the metadata, and judge it; raises UpdateRefused or UpdateDelayed."""
        ...

    def target(self, path: str) -> TargetInfo:
        """What the metadata says of a file; raises likewise."""
        ...

    def small_target(self, path: str, max_bytes: int) -> bytes:
        """The checked content of a small file; raises likewise."""
        ...


Download = Callable[[TargetInfo, Path, Callable[[int], None]], None]
"""Gets a target to a path, and tells of its progress in bytes; raises UpdateFailed."""

Judge = Callable[[Path, Release], ProbeReport]
"""Tries the model of a directory in a child process; raises ModelError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Which device this is, and what runs on it.

    Attributes:
        name: ``{site}/{device}``.
        machine: As `platform.machine` says.
        runtimes: Installed interpreters, ``litert`` or ``tflite``, with their versions.
        agent: Version of the agent.
        time_zone: Of the clock on the wall.
    """

    name: str
    machine: str
    runtimes: Mapping[str, str]
    agent: str
    time_zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """All of it.

    Attributes:
        settings: Of updates.
        device: Which one.
        directory: Of the updater's own state; on the file system of the model store.
        statistics: The daemon's report on the models that run.
        trials: The model store.
        trusted_root: SHA-256 of the root that this device was given.
        repository: What is trusted.
        download: Gets a file.
        judge: Tries a model.
        clock: Of the machine.
    """

    settings: UpdateSettings
    device: Device
    directory: Path
    statistics: Path
    trials: Trials
    trusted_root: str
    repository: Repository
    download: Download
    judge: Judge
    clock: Clock

    @property
    def incoming(self) -> Path:
        """Where releases lie until they are in the store."""
        return self.directory / "incoming"

    @property
    def counted_by(self) -> str:
        """Who counts the pointers that this device follows: a group of a repository."""
        return f"{self.settings.group} {self.trusted_root}"

    def staged(self, release: str) -> Path:
        """Where a release lies until it is in the store.

        Args:
            release: SHA-256 of its ``release.json``.
        """
        return self.incoming / release[:16]
