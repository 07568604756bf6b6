"""Does the device know the time?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_agent.app.doctor.finding import Finding, passed, warned
from edge_agent.clock import Clock
from edge_agent.mqtt.payload import rfc3339

_RTC = Path("/sys/class/rtc")


def check_clock(clock: Clock, rtc: Path = _RTC) -> Iterator[Finding]:
    """Whether the clock follows a time server, and whether one keeps it over a power cut."""
    battery = any(rtc.glob("rtc*"))
    keeps = "it has a real-time clock" if battery else "it has no real-time clock: after a power cut it waits for one"
    if clock.synchronised():
        yield passed("clock", f"follows a time server, {rfc3339(clock.wall_s())}; {keeps}")
        return
    yield warned(
        "clock",
        f"follows no time server: it shows {rfc3339(clock.wall_s())}; {keeps}. Until then events say "
        "`clock_synced: false`, zones with shifts watch at all times, and signed commands need a nonce",
        "allow NTP (UDP port 123) or name the plant's server in /etc/systemd/timesyncd.conf; see `timedatectl`",
    )
