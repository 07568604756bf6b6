"""What is downloaded in tests, and how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import UpdateDelayed
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch, HttpSettings
from edge_agent.update.reason import UpdateReason

CONTENT = bytes(range(256)) * 1200  # 300 kB: several blocks
LIMITS = DownloadLimits(total_s=20.0, gap_s=0.4, window_s=0.3, min_rate_bytes_s=1000.0, tries=3)
HTTP = HttpFetch(settings=HttpSettings(backoff_base_s=0.001, backoff_cap_s=0.002))
PATH = "targets/model"


def files(place: Path) -> list[str]:
    return sorted(each.name for each in place.parent.iterdir())


def cancel_at(size_bytes: int) -> Callable[[int], None]:
    def progress(now_bytes: int) -> None:
        if now_bytes >= size_bytes:
            raise UpdateDelayed(UpdateReason.CANCELED, "somebody said so")

    return progress
