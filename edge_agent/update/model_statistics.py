"""What a model did while it watched, as numbers only: what a trial is judged by.

The daemon is the only writer of the file; the updater reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_agent.runtime.replace_file import replace_file

FACTORY_DIGEST = "factory"
"""Stands for the digest of the factory model, which has no slot."""
STATISTICS_FILE = "model-statistics.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatistics:
    """Of one model. Sums, so that it can be gone on with after a restart.

    Attributes:
        digest: Of the model's directory.
        watched_s: Seconds for which it was open.
        frames: Frames that it was given.
        frames_with_person: Those in which it saw somebody.
        persons: Persons in them, each counted in each frame.
        score_sum: Sum of their scores.
        keypoints: Of these persons, all.
        keypoints_missing: Of these, those that it was not sure of.
        latency_ms_p50: Median time of one call, scaling and decoding included; None before the first.
        latency_ms_p95: Its 95th percentile, likewise.
        rss_mb: Resident memory of the whole daemon, in 10^6 bytes; None where unknown.
    """

    digest: str
    watched_s: float = 0.0
    frames: int = 0
    frames_with_person: int = 0
    persons: int = 0
    score_sum: float = 0.0
    keypoints: int = 0
    keypoints_missing: int = 0
    latency_ms_p50: float | None = None
    latency_ms_p95: float | None = None
    rss_mb: float | None = None

    def halved(self) -> ModelStatistics:
        """Half of each sum: the same rates, with half the weight."""
        return replace(
            self,
            frames=self.frames // 2,
            frames_with_person=self.frames_with_person // 2,
            persons=self.persons // 2,
            score_sum=self.score_sum / 2,
            keypoints=self.keypoints // 2,
            keypoints_missing=self.keypoints_missing // 2,
        )

    @property
    def share_with_person(self) -> float:
        """Part of the frames in which it saw somebody."""
        return self.frames_with_person / self.frames if self.frames else 0.0

    @property
    def persons_each(self) -> float:
        """Persons in a frame in which it saw somebody."""
        return self.persons / self.frames_with_person if self.frames_with_person else 0.0

    @property
    def mean_score(self) -> float:
        """Of the persons."""
        return self.score_sum / self.persons if self.persons else 0.0

    @property
    def missing_rate(self) -> float:
        """Part of the keypoints that it was not sure of."""
        return self.keypoints_missing / self.keypoints if self.keypoints else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsReport:
    """The file.

    Attributes:
        running: Of the model that watches now.
        incumbent: Of the active model until the trial began; None while no trial goes on.
        at_s: When this was written, seconds since the Unix epoch.
        since_s: When the model that watches was opened, likewise; 0 where an older agent wrote this.
    """

    running: ModelStatistics
    incumbent: ModelStatistics | None = None
    at_s: float = 0.0
    since_s: float = 0.0


_ADAPTER = TypeAdapter(StatisticsReport)


def read_statistics(path: Path) -> StatisticsReport | None:
    """The last report; None where there is none that can be read."""
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_statistics(path: Path, report: StatisticsReport) -> None:
    """Replace the report.

    Raises:
        OSError: It cannot be written.
    """
    replace_file(path, _ADAPTER.dump_json(report))
