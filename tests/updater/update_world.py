"""A device, a repository that is a directory, and a daemon that does what the slots say: all but the network."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from edge_agent.errors import UpdateDelayed, UpdateFailed, UpdateRefused
from edge_agent.pose.golden_score import GoldenScore
from edge_agent.pose.judge import ProbeReport
from edge_agent.pose.output_layout import OutputFormat, TensorLayout
from edge_agent.update.model_statistics import (
    FACTORY_DIGEST,
    ModelStatistics,
    StatisticsReport,
    read_statistics,
    write_statistics,
)
from edge_agent.update.pointer import Pointer, pointer_to_bytes
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.release import (
    Budget,
    Release,
    ReleaseFile,
    RuntimeNeeds,
    RuntimeRange,
    release_to_bytes,
)
from edge_agent.update.store import Store
from edge_agent.update.target_info import TargetInfo
from edge_agent.update.trials import Trials
from edge_agent.update.update_settings import UpdateSettings
from edge_agent.updater.parts import Device, Parts
from edge_agent.updater.service import UpdateService
from edge_agent.updater.standing import Standing

START_S = 1_780_000_000.0
GOOD = ProbeReport(
    "litert", 256, 256, "uint8", OutputFormat(TensorLayout.HEADS, False), (GoldenScore("a.png", 0.9, 0.9),)
)


@dataclass
class TurnedClock:
    """Stands still until it is turned."""

    now_s: float = 1000.0
    wall_offset_s: float = START_S - 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s + self.wall_offset_s

    def synchronised(self) -> bool:
        return True


@dataclass
class DirectoryRepository:
    """The protocol of the trusted repository over plain files: whoever writes them is trusted here."""

    root: Path
    fails: UpdateFailed | None = None
    looks: int = 0

    def refresh(self) -> None:
        self.looks += 1
        if self.fails is not None:
            raise self.fails

    def target(self, path: str) -> TargetInfo:
        file = self.root / path
        if not file.is_file():
            raise UpdateRefused(UpdateReason.NO_ARTIFACT, f"no {path}")
        raw = file.read_bytes()
        return TargetInfo(path, len(raw), hashlib.sha256(raw).hexdigest(), str(file))

    def small_target(self, path: str, max_bytes: int) -> bytes:
        self.target(path)
        raw = (self.root / path).read_bytes()
        assert len(raw) <= max_bytes
        return raw


def copy_target(target: TargetInfo, destination: Path, progress: Callable[[int], None]) -> None:
    """As the real download leaves it: whole, or not there."""
    if target.is_file(destination):
        return
    progress(0)
    part = destination.with_name(destination.name + ".part")
    shutil.copyfile(target.url, part)
    part.replace(destination)
    progress(target.length)


@dataclass
class Daemon:
    """What the agent does with the slots, without a camera: opens the wanted model, and counts people."""

    store: Store
    report: Path
    clock: TurnedClock
    score: float = 0.8
    persons_each_turn: int = 30
    ends_trial: tuple[UpdateReason, str] | None = None
    statistics: ModelStatistics = field(default_factory=lambda: ModelStatistics(digest=FACTORY_DIGEST, rss_mb=100.0))
    incumbent: ModelStatistics | None = None

    def watch(self, seconds: float) -> None:
        slots = self.store.slots()
        if slots.trial is not None and self.ends_trial is not None:
            Trials(self.store).end(slots.trial.candidate.digest, *self.ends_trial)
            slots = self.store.slots()
        wanted = slots.wanted.digest if slots.wanted else FACTORY_DIGEST
        if wanted != self.statistics.digest:
            self.incumbent = self.statistics if slots.trial else None
            self.statistics = ModelStatistics(digest=wanted, rss_mb=100.0)
        people = self.persons_each_turn
        before = self.statistics
        self.statistics = replace(
            before,
            watched_s=before.watched_s + seconds,
            frames=before.frames + 40,
            frames_with_person=before.frames_with_person + people,
            persons=before.persons + people,
            score_sum=before.score_sum + people * self.score,
            keypoints=before.keypoints + 17 * people,
            latency_ms_p50=5.0,
            latency_ms_p95=7.0,
        )
        self.report.parent.mkdir(exist_ok=True)
        report = StatisticsReport(running=self.statistics, incumbent=self.incumbent, at_s=self.clock.wall_s())
        with suppress(OSError):  # the daemon goes on watching
            write_statistics(self.report, report)

    @property
    def model(self) -> str:
        report = read_statistics(self.report)
        return report.running.digest if report else ""


class Heard:
    """Everything that the service told."""

    def __init__(self) -> None:
        self.standings: list[Standing] = []

    def changed(self, standing: Standing) -> None:
        self.standings.append(standing)

    def progress(self, release: str, done_bytes: int, total_bytes: int) -> None:
        assert 0 <= done_bytes <= total_bytes

    @property
    def states(self) -> list[str]:
        return [standing.entry.state.value for standing in self.standings]


class World:
    """One device. What an operator publishes is in `publish`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = TurnedClock()
        self.repository = DirectoryRepository(directory / "repository")
        packaged = directory / "packaged"
        (packaged / "edge-pose-n").mkdir(parents=True, exist_ok=True)
        (packaged / "edge-pose-n" / "model.tflite").write_bytes(b"factory")
        self.store = Store(directory / "state", packaged)
        self.settings = UpdateSettings(
            url="http://127.0.0.1:1",
            group="canary",
            trusted_root=Path("root.json"),
            check_every_s=3600.0,
            keep_free_mb=0.0,
        )
        self.device = Device(
            name="plant-1/dev-1",
            machine="x86_64",
            runtimes={"litert": "2.3.0"},
            agent="0.5.0",
            time_zone=timezone.utc,
        )
        self.verdict: Callable[[Path], ProbeReport] = lambda _: GOOD
        self.download = copy_target
        self.daemon = Daemon(self.store, directory / "state" / "model-statistics.json", self.clock)
        self.heard = Heard()
        self.counter = 0
        self.trusted_root = "root"
        self.service = self.new_service()

    def parts(self) -> Parts:
        return Parts(
            settings=self.settings,
            device=self.device,
            directory=self.directory / "state" / "update",
            statistics=self.directory / "state" / "model-statistics.json",
            trials=Trials(self.store),
            trusted_root=self.trusted_root,
            repository=self.repository,
            download=lambda *arguments: self.download(*arguments),
            judge=lambda directory, _: self.verdict(directory),
            clock=self.clock,
        )

    def new_service(self) -> UpdateService:
        """As after a restart of the updater's process."""
        self.service = UpdateService(self.parts(), self.heard, random.Random(1))
        return self.service

    def add_model(self, version: str = "2.0", content: bytes = b"better", **changes: object) -> str:
        """Put a release into the repository; returns its SHA-256."""
        files = {"model.tflite": content, "model.yaml": b"name: x\n", "golden/a.png": b"picture"}
        directory = self.repository.root / "models" / "pose" / version
        for name, raw in files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(raw)
        listed = tuple(
            ReleaseFile(path=name, length=len(raw), sha256=hashlib.sha256(raw).hexdigest())
            for name, raw in files.items()
        )
        needs = RuntimeNeeds(litert=RuntimeRange())
        release = Release(
            name="pose",
            version=version,
            runtime=needs,
            files=listed,
            licence="Apache-2.0",
            budget=Budget(latency_ms=20.0),
        )
        raw = release_to_bytes(replace(release, **changes))  # type: ignore[arg-type]
        (directory / "release.json").write_bytes(raw)
        return hashlib.sha256(raw).hexdigest()

    def publish(self, version: str = "2.0", **changes: object) -> str:
        """Add a release and point at it; returns its SHA-256."""
        pointing = {"percent", "windows", "deadline", "trial_s", "revoked", "rollout", "group", "counter"}
        release = self.add_model(version, **{key: value for key, value in changes.items() if key not in pointing})  # type: ignore[arg-type]
        self.point(release, version, **{key: value for key, value in changes.items() if key in pointing})
        return release

    def point(self, release: str, version: str = "2.0", **changes: object) -> None:
        self.counter += 1
        fields = {
            "rollout": f"r-{version}",
            "percent": 100,
            "trial_s": 10.0,
            "counter": self.counter,
            "group": "canary",
        }
        pointer = Pointer(name="pose", version=version, release_sha256=release, **{**fields, **changes})  # type: ignore[arg-type]
        path = self.repository.root / "groups" / self.settings.group / "pointer.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pointer_to_bytes(pointer))

    def run(self, turns: int = 60, until: Callable[[], bool] = lambda: False) -> UpdateState:
        """Let service and daemon take turns, two seconds each, until the service rests after a look."""
        for _ in range(turns):
            self.service.turn()
            self.clock.now_s += 2.0
            self.daemon.watch(2.0)
            if until():
                break
            if self.service.rests and self.repository.looks and self.service.state is not UpdateState.CHECKING:
                break
        return self.service.state

    def look_again(self) -> UpdateState:
        self.service.check_soon()
        self.service.turn()
        return self.run()

    def active(self) -> str:
        return self.store.active() or ""

    def outcome(self) -> tuple[UpdateState, UpdateReason | None]:
        """How the last update ended."""
        ended = self.service.book.memory.outcome
        assert ended is not None
        return ended.state, ended.reason


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def delayed(reason: UpdateReason) -> UpdateDelayed:
    return UpdateDelayed(reason, "not now")


def utc(wall_s: float) -> datetime:
    return datetime.fromtimestamp(wall_s, timezone.utc)
