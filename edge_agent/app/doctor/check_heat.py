"""Is the processor too hot, or its supply too weak?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_agent.app.doctor.finding import Finding, passed, warned
from edge_agent.runtime.thermal import SYS, read_throttling, temperature_c, throttle_limit_c

# Our own: so far below the limit a warm afternoon is no trouble.
_MARGIN_C = 10.0
_COOL = "give the box air, a heat sink or a fan, and keep it out of the sun"
_SUPPLY = "use the supply that the board's maker names, and a short, thick cable"


def check_heat(sys: Path = SYS) -> Iterator[Finding]:
    """Temperature against the limit, and what the firmware has done already."""
    yield _temperature(temperature_c(sys), throttle_limit_c(sys))
    throttling = read_throttling(sys)
    if throttling is None:
        yield passed("throttling", "this device does not tell")
        return
    if throttling.now or throttling.since_boot:
        words = "; ".join((*throttling.now, *(f"{text} since the boot" for text in throttling.since_boot)))
        yield warned("throttling", words, _SUPPLY if "voltage" in words else _COOL)
    else:
        yield passed("throttling", "none since the boot")


def _temperature(now_c: float | None, limit_c: float) -> Finding:
    if now_c is None:
        return passed("temperature", "this device shows none")
    text = f"{now_c:.0f} C; from {limit_c:.0f} C on the processor is slowed down"
    if now_c >= limit_c:
        return warned("temperature", f"{text}: it is, and falls may be missed", _COOL)
    if now_c >= limit_c - _MARGIN_C:
        return warned("temperature", text, _COOL)
    return passed("temperature", text)
