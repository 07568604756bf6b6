"""What a phase of the load counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts of one phase; times are CLOCK_MONOTONIC in seconds, which all processes of a machine share.

    Attributes:
        attempts_s: When a connection was begun.
        accepted_s: When a CONNACK came.
        connack_ms: From the beginning of a connection to its CONNACK.
        state_acked_s: When the broker had acknowledged a device's whole retained state.
        lost: Connections that ended.
        failures: Connections that were never accepted, by reason.
        published: PUBLISH packets by kind.
        published_bytes: Their bytes by kind.
        publishes_s: How many PUBLISH packets went out in each whole second.
        acked: PUBACKs.
        unheard: PUBACKs of events with reason 0x10.
        born_s: By event id, when it was made.
        done: Events that the broker took, by id, with the time.
        late_ms: How late the driver's timers were.
        bytes_out: MQTT bytes sent, without TLS.
        bytes_in: MQTT bytes received.
    """

    attempts_s: list[float] = field(default_factory=list)
    accepted_s: list[float] = field(default_factory=list)
    connack_ms: list[float] = field(default_factory=list)
    state_acked_s: list[float] = field(default_factory=list)
    lost: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    published: Counter[str] = field(default_factory=Counter)
    published_bytes: Counter[str] = field(default_factory=Counter)
    publishes_s: Counter[int] = field(default_factory=Counter)
    acked: int = 0
    unheard: int = 0
    born_s: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)
    late_ms: list[float] = field(default_factory=list)
    bytes_out: int = 0
    bytes_in: int = 0


def percentiles(values: Iterable[float]) -> dict[str, float] | None:
    """p50, p95, p99 and the largest, by nearest rank; None where there is no value."""
    ordered = sorted(values)
    if not ordered:
        return None
    ranks = {f"p{share}": ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)] for share in (50, 95, 99)}
    return {name: round(value, 2) for name, value in {**ranks, "max": ordered[-1]}.items()}


def peak(times_s: Iterable[float], window_s: float = 1.0) -> int:
    """The most that came within any stretch of so many seconds."""
    ordered = sorted(times_s)
    most, first = 0, 0
    for last, time_s in enumerate(ordered):
        while time_s - ordered[first] >= window_s:
            first += 1
        most = max(most, last - first + 1)
    return most
