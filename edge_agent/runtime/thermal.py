"""How hot the processor is, and whether its firmware has slowed it down already. Read only, no rights needed.

Sources: Linux kernel, Documentation/driver-api/thermal/sysfs-api.rst (zones, trip points, cooling devices); Raspberry
Pi documentation, "vcgencmd", `get_throttled` (the bits), which its kernel also shows as a file.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SYS = Path("/sys")
_THROTTLED_FILE = "devices/platform/soc/soc:firmware/get_throttled"
_COUNTER_FILE = "devices/system/cpu/cpu0/thermal_throttle/package_throttle_count"  # x86 only
# Raspberry Pi documentation, "Frequency management and thermal control": from 80 C on the processor is slowed down.
# A Jetson tells by its own passive trip point, which is higher.
DEFAULT_LIMIT_C = 80.0
# The lowest limit that is told of a board: the soft one of a Raspberry Pi 3B+ (same page). What lies below is a place
# holder in a device tree, and would have the agent look slowly for ever.
_LEAST_LIMIT_C = 60.0
# A zone that has no sensor behind it shows 0 or an absurd figure.
_SANE_C = (-40.0, 150.0)
_TOOL_S = 3.0
_BITS = {
    0: "the supply voltage is too low",
    1: "the clock is capped",
    2: "the processor is throttled",
    3: "the soft temperature limit is active",
    16: "the supply voltage was too low",
    17: "the clock was capped",
    18: "the processor was throttled",
    19: "the soft temperature limit was active",
}
_FIRST_PAST_BIT = 16


@dataclass(frozen=True, slots=True)
class Throttling:
    """What the firmware has done about heat and voltage.

    Attributes:
        now: In words, what holds at this moment; empty where nothing does.
        since_boot: What has happened since the boot and is over.
    """

    now: tuple[str, ...]
    since_boot: tuple[str, ...]


def temperature_c(sys: Path = SYS) -> float | None:
    """Of the first thermal zone, the processor's on a Raspberry Pi and a Jetson; None where there is none."""
    return _milli(sys / "class/thermal/thermal_zone0/temp")


def throttle_limit_c(sys: Path = SYS) -> float:
    """From where on the processor is slowed down: the first zone's lowest passive trip point from 60 C on, else 80."""
    zone = sys / "class/thermal/thermal_zone0"
    found = [limit for limit in _passive_trips(zone) if limit is not None and limit >= _LEAST_LIMIT_C]
    return min(found, default=DEFAULT_LIMIT_C)


def read_throttling(sys: Path = SYS) -> Throttling | None:
    """What the firmware did; None where this device does not tell."""
    flags = _flags(sys)
    if flags is not None:
        words = [(bit, text) for bit, text in _BITS.items() if flags & (1 << bit)]
        now = tuple(text for bit, text in words if bit < _FIRST_PAST_BIT)
        past = tuple(text for bit, text in words if bit >= _FIRST_PAST_BIT and not flags & (1 << (bit - 16)))
        return Throttling(now, past)
    return _by_cooling(sys)


def _passive_trips(zone: Path) -> Iterator[float | None]:
    for kind in sorted(zone.glob("trip_point_*_type")):
        if _text(kind) == "passive":
            yield _milli(kind.with_name(kind.name.replace("_type", "_temp")))


def _flags(sys: Path) -> int | None:
    """The Raspberry Pi's word: from the kernel's file, else from its tool."""
    text = _text(sys / _THROTTLED_FILE)
    if text is None and sys == SYS and (tool := shutil.which("vcgencmd")):
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command of the system
                [tool, "get_throttled"], capture_output=True, text=True, timeout=_TOOL_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = done.stdout.strip().removeprefix("throttled=") if done.returncode == 0 else None
    try:
        return None if text is None else int(text, 16)
    except ValueError:
        return None


def _by_cooling(sys: Path) -> Throttling | None:
    """Elsewhere: a processor's cooling device that is in use, and the count of an x86 processor."""
    now: list[str] = []
    known = False
    for device in sorted((sys / "class/thermal").glob("cooling_device*")):
        kind, state = _text(device / "type") or "", _text(device / "cur_state") or ""
        if "cpufreq" in kind or "throttle" in kind or kind == "Processor":
            known = True
            if state.isdecimal() and int(state):
                now.append(f"{kind} is slowed down by {state} steps")
    count = _text(sys / _COUNTER_FILE)
    past = (f"the processor was throttled {count} times",) if count and count.isdecimal() and int(count) else ()
    return Throttling(tuple(now), past) if known or count is not None else None


def _milli(file: Path) -> float | None:
    text = _text(file)
    try:
        value = None if text is None else int(text) / 1000.0
    except ValueError:
        return None
    return value if value is not None and _SANE_C[0] < value < _SANE_C[1] and value else None


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):  # a sleeping sensor answers with EAGAIN or EINVAL
        return None
