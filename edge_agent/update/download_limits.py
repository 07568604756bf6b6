"""How long and how large a download may get."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """Bounds of one download. A server that keeps within all of them ends, one way or the other, within `total_s`."""

    total_s: float = 3600.0
    """Seconds that it may take, its retries and pauses included. Our own: 4 MB in an hour are 1.2 kB/s."""

    gap_s: float = 20.0
    """Seconds for which the server may stay silent. Our own: a mobile network's hand-over takes some seconds."""

    window_s: float = 30.0
    """Seconds over which the rate is measured."""

    min_rate_bytes_s: float = 512.0
    """Slowest rate over a window, in bytes per second. Our own: half of what GPRS gives at its worst; a server that
    drips one byte a second holds a slot of ours for a month with a 3 MB model."""

    max_rate_bytes_s: float | None = None
    """Fastest rate, in bytes per second, to leave room on the line; None for as fast as it goes."""

    tries: int = 5
    """How often a request is made that gets no further; one that gets at least `PROGRESS_BYTES` further begins to count
    anew."""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            ValueError: Our own brake would make every server too slow.
        """
        if self.max_rate_bytes_s is not None and self.max_rate_bytes_s < 2 * self.min_rate_bytes_s:
            raise ValueError(
                f"max_rate_bytes_s ({self.max_rate_bytes_s:g}) must be at least twice min_rate_bytes_s "
                f"({self.min_rate_bytes_s:g})"
            )


PROGRESS_BYTES = 64 * 1024
"""Our own: a line that carries so much between two cuts gets a model through, and does not make us hammer."""

METADATA_LIMITS = DownloadLimits(total_s=120.0, tries=4)
"""Of a file of metadata: 5 MB at most (tuf's cap), mostly a few kB."""
