"""What is downloaded in tests, and how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import UpdateDelayed
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch, HttpSettings
from edge_agent.update.reason import UpdateReason

CONTENT = bytes(range(256)) * 1200  # 300 kB: several blocks
# A busy machine is no slow server: who tests silence or slowness replaces the bound that it means.
LIMITS = DownloadLimits(total_s=30.0, gap_s=30.0, window_s=30.0, min_rate_bytes_s=1.0, tries=3)
HTTP = HttpFetch(settings=HttpSettings(backoff_base_s=0.001, backoff_cap_s=0.002))
PATH = "targets/model"


def files(place: Path) -> list[str]:
    return sorted(each.name for each in place.parent.iterdir())


def cancel_at(size_bytes: int) -> Callable[[int], None]:
    def progress(now_bytes: int) -> None:
        if now_bytes >= size_bytes:
            raise UpdateDelayed(UpdateReason.CANCELED, "somebody said so")

    return progress
