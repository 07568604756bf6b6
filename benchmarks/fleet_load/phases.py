"""The phases of a run; each returns its figures."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from fleet_load.broker import LONG_QUEUE
from fleet_load.stage import Stage
from fleet_load.tally import Tally, peak, percentiles
from fleet_load.voice import RETAINED_TOPICS
from fleet_load.wear import HEADER_BYTES, wear

_QUIET_S = 4.0  # an audience that hears nothing new for so long has heard all that will come
_LATE_S = 10.0  # what has not come by then, on a busy machine too, is counted as lost
_DAY_S = 86_400


def connect(stage: Stage) -> dict[str, Any]:
    """All devices begin to connect at one moment, as after a power cut."""
    figures: dict[str, Any] = {}
    stage.mark()
    before_mb = stage.broker.rss_mb
    with stage.measured(figures):
        began_s = time.monotonic()
        stage.crowd.connect_all()
        figures["complete"] = stage.crowd.run(stage.plan.wait_s, lambda: _all_back(stage))
        figures |= _connections(stage, began_s)
    figures["broker_kb_a_device"] = round((stage.broker.rss_mb - before_mb) * 1000 / stage.plan.devices, 1)
    return figures


def steady(stage: Stage) -> dict[str, Any]:
    """A quiet stretch of an ordinary day."""
    stage.crowd.run(stage.plan.settle_s)
    stage.mark()
    figures: dict[str, Any] = {}
    segments = wear(stage.crowd.devices).segments
    with stage.measured(figures):
        stage.crowd.run(stage.plan.steady_s)
        seconds = stage.plan.steady_s
        tally = stage.crowd.tally
        carried = {name: getattr(tally, name) for name in ("bytes_out", "bytes_in")}
        segments = wear(stage.crowd.devices).segments - segments
        published = dict(tally.published)
        sizes = {kind: round(tally.published_bytes[kind] / count) for kind, count in published.items()}
    figures |= _delivery(stage)
    count = stage.plan.devices
    mqtt_bytes = carried["bytes_out"] + carried["bytes_in"]
    figures |= {
        "published_per_s": round(sum(published.values()) / seconds, 1),
        "published": published,
        "bytes_a_publish": sizes,
        "lost_connections": tally.lost,
        "mqtt_mb_a_device_and_day": round(mqtt_bytes / seconds / count * _DAY_S / 1e6, 2),
        "ip_mb_a_device_and_day": round((mqtt_bytes + segments * HEADER_BYTES) / seconds / count * _DAY_S / 1e6, 2),
        "heard": stage.audience.ask("report")["kinds"],
        "store_mb": round(stage.broker.store_mb, 1),
    }
    return figures


def alarm_storm(stage: Stage) -> dict[str, Any]:
    """Every device raises, or clears, an incident at one moment."""
    stage.crowd.ordinary = False
    stage.crowd.run(stage.plan.settle_s)
    stage.mark()
    dropped = _says(stage, "publish/messages/dropped")
    figures: dict[str, Any] = {"max_queued_messages": stage.broker.queued}
    with stage.measured(figures):
        stage.crowd.raise_all()
        began_s = time.monotonic()
        _until_quiet(stage)
        figures |= _delivery(stage, settle=False)
    report = stage.audience.ask("report")
    taken_s = sorted(stage.crowd.tally.done.values())
    came_s = sorted(report["events"].values())
    stage.crowd.ordinary = True
    stage.crowd.run(2 * stage.plan.settle_s)  # the broker tells its counters every two seconds
    figures |= {
        "all_taken_s": _after(began_s, taken_s),
        "all_delivered_s": _after(began_s, came_s),
        "peak_events_per_s": peak(came_s),
        "dropped_by_broker": _says(stage, "publish/messages/dropped") - dropped,
    }
    return figures


def subscriber_away(stage: Stage) -> dict[str, Any]:
    """The alerting service is away while every device raises an event, and comes back to what the broker queued."""
    stage.crowd.ordinary = False
    stage.crowd.run(stage.plan.settle_s)
    stage.mark()
    stage.audience.ask("away")
    stage.crowd.run(stage.plan.settle_s)
    before_mb = stage.broker.rss_mb
    figures: dict[str, Any] = {"max_queued_messages": stage.broker.queued}
    stage.crowd.raise_all()
    stage.crowd.run(stage.plan.wait_s, lambda: len(stage.crowd.tally.done) >= stage.plan.devices)
    stage.crowd.run(stage.plan.settle_s)
    taken = len(stage.crowd.tally.done)
    figures["taken_meanwhile"] = taken
    # Too little where the broker uses memory again that an earlier phase left: only a fresh one tells.
    figures["broker_kb_an_event"] = round((stage.broker.rss_mb - before_mb) * 1000 / max(1, taken), 2)
    stage.audience.ask("back")
    back_s = time.monotonic()
    _until_quiet(stage)
    came_s = sorted(stage.audience.ask("report")["events"].values())
    figures["drained_s"] = _after(back_s, came_s)
    stage.crowd.ordinary = True
    return figures | _delivery(stage, settle=False)


def reconnect_storm(stage: Stage, *, jitter: bool, queued: int = LONG_QUEUE) -> dict[str, Any]:
    """The broker is killed with SIGKILL and comes back; the devices go on as they would.

    Args:
        stage: With everybody connected.
        jitter: Whether devices draw their waits at random, as the agent does.
        queued: How many messages the broker queues for a session from then on.
    """
    stage.broker.queued = queued
    stage.crowd.use_jitter(jitter=jitter)
    stage.crowd.run(12.0, lambda: False)  # connections that lived for ten seconds begin their backoff anew
    stage.mark()
    figures: dict[str, Any] = {
        "jitter": jitter,
        "persistence": stage.broker.persistence,
        "max_queued_messages": queued,
        "down_s": stage.plan.down_s,
    }
    overflows = _listen_overflows()
    with stage.measured(figures):
        stage.broker.kill()
        stage.crowd.run(stage.plan.down_s)
        stage.audience.ask("mark states")
        stage.crowd.tally.accepted_s.clear()
        stage.crowd.tally.state_acked_s.clear()
        tries = sum(stage.crowd.tally.failures.values())
        stage.crowd.tally.failures.clear()
        starting = threading.Thread(target=stage.broker.start)
        began_s = time.monotonic()
        starting.start()
        stage.crowd.run(stage.plan.wait_s, lambda: not starting.is_alive())
        figures["broker_start_s"] = round(time.monotonic() - began_s, 3)
        all_states = queued == LONG_QUEUE  # with a short queue the dashboard will not hear of them all
        figures["complete"] = stage.crowd.run(stage.plan.wait_s, lambda: _all_back(stage, all_states=all_states))
        stage.crowd.run(stage.plan.settle_s if not all_states else 0.0)
        figures |= _connections(stage, began_s)
        figures["tries_while_away"] = tries
    figures["listen_overflows"] = _listen_overflows() - overflows
    figures |= _delivery(stage)
    figures["real_agents"] = _real_agents(stage, began_s)
    return figures


def real_agents(stage: Stage) -> dict[str, Any] | None:
    """Latency of the real agents since the last mark; None where there are none."""
    return _real_agents(stage, None)


def _real_agents(stage: Stage, began_s: float | None) -> dict[str, Any] | None:
    if not stage.agents:
        return None
    asked_s = time.monotonic()
    reports = [agent.ask("report") for agent in stage.agents]
    born_s = {event_id: at_s for each in reports for event_id, at_s in each["born_s"].items()}
    # What was made in the last second may be on its way.
    due = {event_id: at_s for event_id, at_s in born_s.items() if at_s < asked_s - 1.0}
    stage.crowd.run(_LATE_S, lambda: due.keys() <= stage.audience.ask("report")["real_events"].keys())
    came_s = stage.audience.ask("report")["real_events"]
    figures: dict[str, Any] = {
        "agents": len(reports),
        "events": len(due),
        "not_received": len(due.keys() - came_s.keys()),
        "latency_ms": percentiles((came_s[each] - due[each]) * 1000 for each in due if each in came_s),
    }
    if began_s is not None:
        back = [[at_s for at_s, up in each["changes"] if up and at_s > began_s] for each in reports]
        figures["back_s"] = [round(times[0] - began_s, 2) if times else None for times in back]
    return figures


def _all_heard(stage: Stage) -> bool:
    """Whether the audience has every event since the last mark that the broker has taken."""
    tally = stage.crowd.tally
    taken = tally.done.keys() & tally.born_s.keys()
    return stage.heard()[0] >= len(taken) and taken <= stage.audience.ask("report")["events"].keys()


def _all_back(stage: Stage, *, all_states: bool = True) -> bool:
    crowd, count = stage.crowd, stage.plan.devices
    if crowd.up < count or len(crowd.tally.state_acked_s) < count or not all(each.settled for each in crowd.devices):
        return False
    return (not all_states or stage.heard()[1] >= count * RETAINED_TOPICS) and stage.agents_settled()


def _connections(stage: Stage, began_s: float) -> dict[str, Any]:
    tally: Tally = stage.crowd.tally
    seen_s = stage.audience.ask("report")["states_s"]
    accepted_s = sorted(tally.accepted_s)
    attempts_s = [at_s for at_s in tally.attempts_s if at_s >= began_s]
    publishes = [count for second, count in tally.publishes_s.items() if second >= int(began_s)]
    return {
        "up": stage.crowd.up,
        "accepted_s": {
            "half": _after(began_s, accepted_s[: (len(accepted_s) + 1) // 2]),
            "all": _after(began_s, accepted_s),
        },
        "state_acked_s": _after(began_s, sorted(tally.state_acked_s)),
        "state_seen_s": _after(began_s, seen_s),
        "states_seen": len(seen_s),
        "states_never_seen": stage.plan.devices * RETAINED_TOPICS - len(seen_s),
        "attempts": len(attempts_s),
        "peak_attempts_per_s": peak(attempts_s),
        "peak_attempts_per_100_ms": peak(attempts_s, 0.1),
        "peak_accepted_per_s": peak(accepted_s),
        "peak_published_per_s": max(publishes, default=0),
        "connack_ms": percentiles(tally.connack_ms),
        "failures": dict(tally.failures),
    }


def _delivery(stage: Stage, *, settle: bool = True) -> dict[str, Any]:
    """Of the simulated devices' events since the last mark: how many came, and when."""
    tally = stage.crowd.tally
    ordinary, stage.crowd.ordinary = stage.crowd.ordinary, False  # what is made now would still be on its way
    if settle:
        stage.crowd.run(_LATE_S, lambda: stage.crowd.pending() == 0)
        stage.crowd.run(_LATE_S, lambda: _all_heard(stage))
        stage.crowd.run(stage.plan.settle_s / 2)
    stage.crowd.ordinary = ordinary
    report = stage.audience.ask("report")
    came_s: dict[str, float] = report["events"]
    # One that was made a moment ago may be on its way; it is no loss.
    due = {each: at_s for each, at_s in tally.born_s.items() if each in tally.done or each in came_s}
    return {
        "events": len(due),
        "waiting": len(tally.born_s) - len(due),
        "received": len(due.keys() & came_s.keys()),
        "lost": len(due.keys() - came_s.keys()),
        "duplicates": report["duplicates"],
        "sent_again_unheard": tally.unheard,
        "latency_ms": percentiles((came_s[each] - due[each]) * 1000 for each in due if each in came_s),
    }


def _until_quiet(stage: Stage) -> None:
    """Until the audience has heard of as many events as were taken, or of nothing new for a while."""
    deadline_s = time.monotonic() + stage.plan.wait_s
    best, since_s = -1, time.monotonic()

    def quiet() -> bool:
        nonlocal best, since_s
        count = stage.heard()[0]
        if count != best:
            best, since_s = count, time.monotonic()
        tally = stage.crowd.tally
        taken = len(tally.born_s) >= stage.plan.devices and not stage.crowd.pending()
        return (taken and len(tally.done) <= count) or time.monotonic() - since_s > _QUIET_S

    stage.crowd.run(deadline_s - time.monotonic(), quiet)


def _after(began_s: float, times_s: list[float]) -> float | None:
    """The last of ordered times, from the beginning on."""
    return round(times_s[-1] - began_s, 3) if times_s else None


def _says(stage: Stage, name: str) -> int:
    return int(stage.audience.ask("report")["broker_says"].get(f"$SYS/broker/{name}", 0))


def _listen_overflows() -> int:
    """How often a SYN found a full accept queue since boot, of the whole machine (proc(5), net/netstat)."""
    lines = Path("/proc/net/netstat").read_text("ascii").splitlines()
    names, values = (line.split() for line in lines if line.startswith("TcpExt:"))
    return int(values[names.index("ListenOverflows")])
