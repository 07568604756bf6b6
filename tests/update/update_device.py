"""A device beneath a repository: its state, its clock, and how it is asked to update."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

import pytest
from odd_server import OddServer

from edge_agent.errors import UpdateFailed, UpdateRefused
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.floors import Floors
from edge_agent.update.http_fetch import HttpFetch, HttpSettings
from edge_agent.update.trusted_repository import TrustedRepository

HTTP = HttpFetch(settings=HttpSettings(backoff_base_s=0.001, backoff_cap_s=0.002))
# A busy machine is no slow server: who tests slowness replaces the bound that it means.
LIMITS = DownloadLimits(total_s=30.0, gap_s=30.0, window_s=30.0, min_rate_bytes_s=1.0, tries=3)


@dataclass
class WallClock:
    now: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> float:
        return self.now.timestamp()

    def synchronised(self) -> bool:
        return False


@dataclass
class Device:
    state: Path
    server: OddServer
    root: bytes
    clock: WallClock = field(default_factory=WallClock)
    limits: DownloadLimits = LIMITS

    def repository(self) -> TrustedRepository:
        """As after a restart."""
        return TrustedRepository(
            metadata_dir=self.state / "metadata",
            metadata_url=f"{self.server.url}/metadata",
            target_url=f"{self.server.url}/targets",
            trusted_root=self.root,
            fetcher=HTTP,
            floors=Floors(self.state / "floors", self.clock),
            limits=self.limits,
        )

    def refresh(self) -> None:
        self.repository().refresh()

    def version(self, role: str) -> int:
        version = json.loads((self.state / "metadata" / f"{role}.json").read_bytes())["signed"]["version"]
        assert isinstance(version, int)
        return version

    def lose_metadata(self) -> None:
        shutil.rmtree(self.state / "metadata", ignore_errors=True)


class refused:
    """What is inside ends with an error of this class and reason."""

    def __init__(self, reason: str, kind: type[UpdateFailed] = UpdateRefused) -> None:
        self._reason, self._raises = reason, pytest.raises(kind)

    def __enter__(self) -> None:
        self._info = self._raises.__enter__()

    def __exit__(self, *what: object) -> bool:
        swallowed = bool(self._raises.__exit__(*what))  # type: ignore[arg-type]
        assert self._info.value.reason == self._reason, self._info.value
        return swallowed
