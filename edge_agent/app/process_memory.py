"""How much memory this process has resident."""

from __future__ import annotations

import os
from pathlib import Path

_STATM = Path("/proc/self/statm")


def rss_mb() -> float | None:
    """Resident memory in 10^6 bytes (proc(5), statm, second field); None where the system does not tell."""
    try:
        pages = int(_STATM.read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
