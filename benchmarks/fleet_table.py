"""The tables of docs/scaling.md, from the figures that `benchmarks/fleet.py` measured.

python benchmarks/fleet_table.py benchmarks/fleet.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_STORMS = {
    "reconnect_storm": "jitter",
    "reconnect_storm_without_jitter": "no jitter",
    "reconnect_storm_default_queue": "jitter, queues of 1,000",
}
_USUAL_EVENT_S = 60.0
_BACKLOG = 100  # of mosquitto's listening socket: fewer cannot fill it, and the kernel's counter is the machine's


def tables(figures: dict[str, Any]) -> Iterator[str]:
    """The lines of the tables, with an empty one between two.

    Args:
        figures: What `fleet.py` printed.
    """
    runs = figures["runs"]
    for table in (_steady, _connect, _alarms, _storms, _real_agents):
        yield from table(runs)
        yield ""
    yield from _variants(runs, figures["variants"])


def _steady(runs: dict[str, Any]) -> Iterator[str]:
    yield (
        "| devices | PUBLISH/s | events | lost | twice | latency ms: p50, p95, p99 | broker CPU, memory | driver CPU "
        "| MB a device and day: MQTT, with TCP/IP | load |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for run in runs.values():
        found, cost = run["steady"], run["steady"]["cost"]
        yield _row(
            f"{run['devices']:,}",
            f"{found['published_per_s']:,.1f}",
            f"{found['events']:,}",
            found["lost"],
            found["duplicates"],
            _ranks(found["latency_ms"]),
            f"{cost['broker_cpu_pct']:g} %, {cost['broker_rss_mb']:.0f} MB",
            f"{cost['driver_cpu_pct']:g} %",
            # With few devices events come more often than they would.
            f"{found['mqtt_mb_a_device_and_day']:.1f}, {found['ip_mb_a_device_and_day']:.1f}"
            if run["pace"]["event_s"] >= _USUAL_EVENT_S
            else "-",
            cost["load_average_1_min"],
        )


def _connect(runs: dict[str, Any]) -> Iterator[str]:
    yield (
        "| devices | accepted, s: half, all | all state acknowledged, s | CONNECT/s at most | PUBLISH/s at most "
        "| broker CPU, s | broker memory a device, kB | driver CPU | load |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for run in runs.values():
        found, cost = run["connect"], run["connect"]["cost"]
        yield _row(
            f"{run['devices']:,}",
            _halves(found),
            f"{found['state_acked_s']:.2f}",
            f"{found['peak_accepted_per_s']:,}",
            f"{found['peak_published_per_s']:,}",
            f"{cost['broker_cpu_s']:.2f}",
            f"{found['broker_kb_a_device']:.1f}" if run["devices"] >= 1000 else "-",
            f"{cost['driver_cpu_pct']:g} %",
            cost["load_average_1_min"],
        )


def _alarms(runs: dict[str, Any]) -> Iterator[str]:
    yield (
        "| devices | queues | all at once: delivered, lost | all there after, s | latency ms: p50, p95, p99 "
        "| events/s at most | listener away: delivered, lost | caught up in, s |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    for run in runs.values():
        for ending in ("", "_default_queue"):
            storm, away = run[f"alarm_storm{ending}"], run[f"subscriber_away{ending}"]
            yield _row(
                f"{run['devices']:,}",
                f"{storm['max_queued_messages']:,}",
                f"{storm['received']:,}, {storm['lost']:,}",
                f"{storm['all_delivered_s']:.2f}",
                _ranks(storm["latency_ms"]),
                f"{storm['peak_events_per_s']:,}",
                f"{away['received']:,}, {away['lost']:,}",
                f"{away['drained_s']:.2f}",
            )


def _storms(runs: dict[str, Any]) -> Iterator[str]:
    yield (
        "| devices | | back, s: half, all | CONNECT tries at most, in 1 s, in 0.1 s | CONNACK after ms: p50, p99 "
        "| SYN dropped | state heard again: s, never | events: delivered, lost, twice | load |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for run in runs.values():
        for name, words in _STORMS.items():
            found = run[name]
            yield _row(f"{run['devices']:,}", words, *_storm_cells(found))


def _storm_cells(found: dict[str, Any]) -> tuple[Any, ...]:
    connack = found["connack_ms"]
    return (
        _halves(found),
        f"{found['peak_attempts_per_s']:,}, {found['peak_attempts_per_100_ms']:,}",
        _short(connack),
        f"{found['listen_overflows']:,}" if found["up"] > _BACKLOG else "-",
        f"{found['state_seen_s']:.1f}, {found['states_never_seen']:,}",
        f"{found['received']:,}, {found['lost']:,}, {found['duplicates']:,}",
        found["cost"]["load_average_1_min"],
    )


def _real_agents(runs: dict[str, Any]) -> Iterator[str]:
    yield (
        "| in a crowd of | latency ms: p50, p95 of the simulated | of the real | their events: delivered, not "
        "| back after a storm, s | latency over the storm, s: p50, p95 simulated | real |"
    )
    yield "|---|---|---|---|---|---|---|"
    for run in runs.values():
        real, storm = run["steady"]["real_agents"], run["reconnect_storm"]
        after = storm["real_agents"]
        yield _row(
            f"{run['devices']:,}",
            _two(run["steady"]["latency_ms"]),
            _two(real["latency_ms"]),
            f"{real['events'] - real['not_received']:,}, {real['not_received']}",
            ", ".join("-" if each is None else f"{each:.1f}" for each in after["back_s"]),
            _two(storm["latency_ms"], 1000),
            _two(after["latency_ms"], 1000),
        )


def _variants(runs: dict[str, Any], variants: dict[str, Any]) -> Iterator[str]:
    yield (
        "| 1,000 devices | all at once, s | broker CPU ms a connection | broker memory a device, kB "
        "| after a storm back, s: half, all | CONNACK after ms: p50, p99 "
        "| without jitter: half, all | CONNACK after ms: p50, p99 | state heard again, s |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, run in {"plain, persistence": runs["1000"], **variants}.items():
        found, plain = run["reconnect_storm"], run["reconnect_storm_without_jitter"]
        yield _row(
            name,
            f"{run['connect']['accepted_s']['all']:.2f}",
            f"{run['connect']['cost']['broker_cpu_s'] * 1000 / run['devices']:.2f}",
            f"{run['connect']['broker_kb_a_device']:.1f}",
            _halves(found),
            _short(found["connack_ms"]),
            _halves(plain),
            _short(plain["connack_ms"]),
            f"{found['state_seen_s']:.1f}",
        )


def _halves(found: dict[str, Any]) -> str:
    return f"{found['accepted_s']['half']:.2f}, {found['accepted_s']['all']:.2f}"


def _ranks(found: dict[str, float]) -> str:
    return f"{found['p50']:.1f}, {found['p95']:.1f}, {found['p99']:.1f}"


def _short(found: dict[str, float]) -> str:
    """p50 and p99 to two digits that count."""
    return ", ".join(f"{found[rank]:.1f}" if found[rank] < 10 else f"{found[rank]:,.0f}" for rank in ("p50", "p99"))


def _two(found: dict[str, float], unit: float = 1.0) -> str:
    return f"{found['p50'] / unit:.1f}, {found['p95'] / unit:.1f}"


def _row(*cells: Any) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", type=Path)
    for line in tables(json.loads(parser.parse_args().figures.read_text())):
        print(line)


if __name__ == "__main__":
    main()
