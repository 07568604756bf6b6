"""The real parts of the update service, from the settings."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from edge_agent import __version__
from edge_agent.clock import Clock
from edge_agent.errors import UpdaterError
from edge_agent.pose.judge import ProbeBudget, ProbeReport, judge_model
from edge_agent.pose.model_files import locate
from edge_agent.settings.time_zone import time_zone
from edge_agent.update.download import download
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.floors import Floors
from edge_agent.update.http_fetch import HttpFetch, HttpSettings
from edge_agent.update.model_statistics import STATISTICS_FILE
from edge_agent.update.release import Release
from edge_agent.update.store import Store
from edge_agent.update.target_info import TargetInfo
from edge_agent.update.trials import Trials
from edge_agent.update.trusted_repository import TrustedRepository
from edge_agent.update.update_settings import UpdateSettings
from edge_agent.updater.parts import Device, Parts
from edge_agent.updater.updater_settings import UpdaterSettings

UPDATE_DIRECTORY = "update"
_PACKAGES = {"litert": "ai-edge-litert", "tflite": "tflite-runtime"}
_MAX_ROOT_BYTES = 1_000_000  # tuf's own cap is half of it


def build_parts(settings: UpdaterSettings, clock: Clock, wait: Callable[[float], None]) -> Parts:
    """Build the parts; nothing is asked over the network.

    Args:
        settings: Of the updater.
        clock: The machine's.
        wait: Waits some seconds, and raises where something else is to be done.

    Raises:
        UpdaterError: The trusted root cannot be read.
    """
    update = settings.update
    directory = settings.state_dir / UPDATE_DIRECTORY
    if update.proxy is not None:
        os.environ["http_proxy"] = os.environ["https_proxy"] = update.proxy
    fetch = HttpFetch(settings=HttpSettings(ca_file=update.ca_file, plain_http=update.plain_http), wait=wait)
    root = _trusted_root(update)
    repository = TrustedRepository(
        metadata_dir=directory / "metadata",
        metadata_url=f"{update.url.rstrip('/')}/metadata",
        target_url=f"{update.url.rstrip('/')}/targets",
        trusted_root=root,
        fetcher=fetch,
        floors=Floors(directory / "floors", clock),
    )
    limits = _limits(update)

    def get(target: TargetInfo, destination: Path, progress: Callable[[int], None]) -> None:
        download(target, destination, limits, fetch, progress)

    return Parts(
        settings=update,
        device=this_device(settings),
        directory=directory,
        statistics=settings.state_dir / STATISTICS_FILE,
        trials=Trials(Store(settings.state_dir)),
        trusted_root=hashlib.sha256(root).hexdigest(),
        repository=repository,
        download=get,
        judge=lambda model, release: judge_release(model, release, settings.runtime),
        clock=clock,
    )


def judge_release(directory: Path, release: Release, runtime: str) -> ProbeReport:
    """Have a release tried by a child process, with its budget.

    Raises:
        ModelError: It must not be used.
    """
    budget = ProbeBudget(latency_ms=release.budget.latency_ms, rss_mb=release.budget.rss_mb)
    return judge_model(locate(directory), runtime, budget=budget)


def this_device(settings: UpdaterSettings) -> Device:
    """Which device this is, without importing an interpreter."""
    wanted = _PACKAGES if settings.runtime == "auto" else {settings.runtime: _PACKAGES[settings.runtime]}
    runtimes = {}
    for name, package in wanted.items():
        try:
            runtimes[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    if settings.runtime == "auto" and len(runtimes) > 1:
        runtimes.pop("tflite")  # the agent takes the first that is installed
    return Device(
        name=f"{settings.site}/{settings.device}",
        machine=platform.machine(),
        runtimes=runtimes,
        agent=__version__,
        time_zone=time_zone(settings.timezone),
    )


def _limits(update: UpdateSettings) -> DownloadLimits:
    fastest = None if update.max_rate_kb_s is None else update.max_rate_kb_s * 1e3
    slowest = update.min_rate_kb_s * 1e3
    if fastest is not None:
        slowest = min(slowest, fastest / 2)  # our own brake must not look like a slow server
    return DownloadLimits(total_s=update.download_s, min_rate_bytes_s=slowest, max_rate_bytes_s=fastest)


def _trusted_root(update: UpdateSettings) -> bytes:
    try:
        with update.trusted_root.open("rb") as file:
            return file.read(_MAX_ROOT_BYTES)
    except OSError as error:
        advice = "copy the operator's root.json there"
        raise UpdaterError(
            f"update.trusted_root: cannot read {update.trusted_root}: {error.strerror}: {advice}"
        ) from error
