"""A fleet on one broker: does everything arrive, how soon, and what does it cost.

    python benchmarks/fleet.py [--devices N]... [--variants N] [--steady SECONDS] [--down SECONDS] [--real-agents N]

Plays devices, with a TCP connection, an MQTT 5 session and a will each, against a mosquitto of its own on 127.0.0.1.
Without a size it takes 1, 100, 1,000 and 10,000, and the variants (TLS, mutual TLS, a broker without persistence) with
1,000. Payloads are made by the agent's own classes, at the agent's own rates: status every 30 s, health every 10 s, and
an event a minute with the alarm state that goes with it; with few devices events come more often, so that there are a
hundred in a run. Reconnects are those of `edge_agent.mqtt.publisher`. Listeners are an alerting service (events) and a
dashboard (everything else), both with QoS 1. Prints one JSON object; `benchmarks/fleet_table.py` makes the tables of
docs/scaling.md of it.

Each run has these phases:

- ``connect``: all at one moment, as after a power cut;
- ``steady``: an ordinary stretch; nothing may be lost, nothing may come twice;
- ``alarm_storm``: every device raises at one moment;
- ``subscriber_away``: the alerting service comes back to an event of every device;
- ``reconnect_storm``: the broker is killed with SIGKILL and started again; with jitter, as agents do it, and without;
- the storms again with the queues that mosquitto has where nobody configured them.

Each connection takes a descriptor here and one in the broker: ``ulimit -n 10200`` or more for 10,000 devices. Where
that is not to be had, fewer are played, and the result says so. One address is enough for so many: Linux has 28,000
ports to connect from. Needs mosquitto 2 and, for the variants, openssl.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import psutil
from fleet_load import phases
from fleet_load.broker import DEFAULT_QUEUE
from fleet_load.crowd import Pace
from fleet_load.limits import affordable
from fleet_load.stage import Plan, Stage
from fleet_load.voice import RETAINED_TOPICS

_SIZES = (1, 100, 1_000, 10_000)
_VARIANTS = 1_000
_EVENTS_AT_LEAST = 100


def main() -> None:
    """Run, and print."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the broker does not outlive us
    result: dict[str, Any] = {"machine": _machine(), "retained_topics_a_device": RETAINED_TOPICS, "runs": {}}
    everything = not options.devices and not options.variants
    for asked in options.devices or (_SIZES if everything else ()):
        devices = affordable(asked)
        plan = _plan(devices, options)
        _tell(f"{devices} devices")
        result["runs"][str(asked)] = whole_run(plan) | {"devices": devices, "degraded": devices < asked}
    if everything or options.variants:
        plan = replace(_plan(affordable(options.variants or _VARIANTS), options), real_agents=0)
        variants = {"no persistence": replace(plan, persistence=False)}
        variants |= {f"TLS, {tls}": replace(plan, tls=tls) for tls in ("server", "mutual")}
        result["variants"] = {name: storm_run(variant) for name, variant in variants.items()}
    print(json.dumps(result, indent=1))


def whole_run(plan: Plan) -> dict[str, Any]:
    """Every phase with so many devices."""
    figures: dict[str, Any] = {"pace": asdict(plan.pace)}
    with closing(Stage(plan)) as stage:
        _step(figures, "connect", lambda: phases.connect(stage))
        stage.add_real_agents()
        stage.crowd.speak()
        _step(figures, "steady", lambda: phases.steady(stage))
        figures["steady"]["real_agents"] = phases.real_agents(stage)
        _step(figures, "alarm_storm", lambda: phases.alarm_storm(stage))
        _step(figures, "subscriber_away", lambda: phases.subscriber_away(stage))
        figures["driver_rss_mb"] = round(psutil.Process().memory_info().rss / 1e6, 1)
        if not plan.storms:
            return figures
        _step(figures, "reconnect_storm", lambda: phases.reconnect_storm(stage, jitter=True))
        _step(figures, "reconnect_storm_without_jitter", lambda: phases.reconnect_storm(stage, jitter=False))
        # A new length of the queues takes a new broker: the last storm brings it.
        short = partial(phases.reconnect_storm, stage, jitter=True, queued=DEFAULT_QUEUE)
        _step(figures, "reconnect_storm_default_queue", short)
        _step(figures, "alarm_storm_default_queue", lambda: phases.alarm_storm(stage))
        _step(figures, "subscriber_away_default_queue", lambda: phases.subscriber_away(stage))
    return figures


def storm_run(plan: Plan) -> dict[str, Any]:
    """Only connecting, queueing and the storms: for what is compared with the run of the same size."""
    figures: dict[str, Any] = {"devices": plan.devices, "tls": plan.tls, "persistence": plan.persistence}
    _tell(f"{plan.devices} devices, TLS {plan.tls}, persistence {plan.persistence}")
    with closing(Stage(plan)) as stage:
        _step(figures, "connect", lambda: phases.connect(stage))
        if plan.tls == "none":
            # A fresh broker has no memory to use again (TLS leaves some): here an event's own share shows.
            _step(figures, "subscriber_away", lambda: phases.subscriber_away(stage))
        stage.crowd.speak()
        _step(figures, "reconnect_storm", lambda: phases.reconnect_storm(stage, jitter=True))
        _step(figures, "reconnect_storm_without_jitter", lambda: phases.reconnect_storm(stage, jitter=False))
    return figures


def _step(figures: dict[str, Any], name: str, phase: Any) -> None:
    began_s = time.monotonic()
    figures[name] = phase()
    _tell(f"  {name}: {time.monotonic() - began_s:.0f} s")


def _plan(devices: int, options: argparse.Namespace) -> Plan:
    event_s = options.event_every or min(60.0, max(0.2, options.steady * devices / _EVENTS_AT_LEAST))
    return Plan(
        devices=devices,
        steady_s=options.steady,
        down_s=options.down,
        wait_s=options.wait,
        pace=Pace(event_s=event_s),
        settle_s=options.settle,
        real_agents=options.real_agents,
        storms=not options.no_storms,
    )


def _machine() -> dict[str, Any]:
    """What matters of the machine, and nothing that names it."""
    version = subprocess.run(["mosquitto", "-h"], capture_output=True, text=True, check=False).stdout.split("\n")[0]
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "broker": version,
        "load_average_at_start": [round(each, 2) for each in os.getloadavg()],
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, action="append", help="a size to run; may be given again")
    parser.add_argument("--steady", type=float, default=60.0, help="seconds of the ordinary stretch")
    parser.add_argument("--down", type=float, default=15.0, help="seconds for which the broker is away in a storm")
    parser.add_argument("--wait", type=float, default=120.0, help="seconds after which a phase gives up")
    parser.add_argument("--event-every", type=float, help="seconds between two events of a device")
    parser.add_argument("--real-agents", type=int, default=3, help="processes with a real publisher and outbox")
    parser.add_argument("--settle", type=float, default=2.0, help="seconds between two phases")
    parser.add_argument("--no-storms", action="store_true", help="leave out what begins with the broker's death")
    parser.add_argument("--variants", type=int, help="a size to run with TLS and without persistence")
    return parser.parse_args()


if __name__ == "__main__":
    main()
