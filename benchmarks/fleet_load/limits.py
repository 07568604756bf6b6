"""How many devices this machine can play."""

from __future__ import annotations

import resource
import sys

import psutil

_SPARE_FILES = 200  # broker: listener, store, log, audience, agents; driver: pipes, epoll
_MB_A_DEVICE = 0.15  # our own, generous: driver 0.05, broker 0.02, kernel buffers of two sockets


def affordable(devices: int) -> int:
    """How many of so many devices have a descriptor and memory; raises the soft limit, and says what is missing."""
    needed = devices + _SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(hard, needed)))
        except (ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    by_files = max(1, files - _SPARE_FILES)
    by_memory = max(1, int(psutil.virtual_memory().available / 1e6 / _MB_A_DEVICE))
    possible = min(devices, by_files, by_memory)
    if possible < devices:
        why = (
            f"each needs a descriptor in the driver and one in the broker: 'ulimit -n {needed}' first, as root or by "
            f"limits.conf(5); the limit here is {files}"
            if by_files <= by_memory
            else f"{devices} need {devices * _MB_A_DEVICE:.0f} MB of memory"
        )
        print(f"{devices} devices are too many here, taking {possible}: {why}", file=sys.stderr)
    return possible
