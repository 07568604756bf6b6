"""What must hold whatever dies: nothing committed is lost, duplicates can be told, lanes keep their order.

Seeded (EDGE_AGENT_CHAOS_SEED), and longer with EDGE_AGENT_CHAOS_ROUNDS: 50 by default, which is 10,000 events.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from device_and_listener import ROUNDS, DeviceProcess, Listener, say
from mosquitto import Mosquitto
from network import Network

pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(180 + 10 * ROUNDS)]

Broker = Callable[..., Mosquitto]
Devices = Callable[[int], DeviceProcess]
Listeners = Callable[..., Listener]
Networks = Callable[[int], Network]

TOTAL = 200 * ROUNDS
SOME = TOTAL // 4  # where it is the network that is tried
DRAIN_S = 30.0 + TOTAL / 50  # a slow disk takes some ten milliseconds for an event
LIVE_WITHIN_S = 2.0
# Every broker here queues without limit (max_queued_messages 0): with its default of 1,000 mosquitto drops what it has
# acknowledged when a backlog comes faster than a subscriber reads. `seq` tells, and replay heals; docs/decisions/013.


def all_came(listener: Listener, total: int) -> Callable[[], bool]:
    return lambda: len(listener.came) >= total


def none_lost(listener: Listener, device: DeviceProcess, total: int) -> None:
    """Every number came exactly once by (source, id), and the outbox knows of nothing lost or put aside."""
    numbers = [seq for seq, *_ in listener.came]
    assert sorted(numbers) == list(range(1, total + 1))
    contents = device.contents()
    assert (contents.next_seq, contents.dropped, contents.dead_letters) == (total + 1, (), ())


def test_an_agent_that_is_killed_at_any_point_loses_nothing(
    broker: Broker, device: Devices, listener: Listeners, rng: random.Random
) -> None:
    port = broker(persistence=True, queue=0).port
    heard = listener(port)
    running = device(port)
    for _ in range(ROUNDS):
        running.start(TOTAL, TOTAL // (ROUNDS - 10) if ROUNDS > 20 else TOTAL)
        time.sleep(rng.uniform(0.0, 0.4))
        running.kill()
    running.start(TOTAL, TOTAL)
    heard.until(all_came(heard, TOTAL), DRAIN_S)
    running.kill()
    none_lost(heard, running, TOTAL)
    assert heard.in_order(historical=False)
    assert heard.in_order(historical=True)
    say(f"{heard.arrivals - TOTAL} duplicates")


def test_a_network_that_is_cut_silent_slow_and_shuffled_loses_nothing(
    broker: Broker, device: Devices, listener: Listeners, network: Networks, rng: random.Random
) -> None:
    port = broker(queue=0).port
    heard = listener(port)
    bad = network(port)
    running = device(bad.port)
    running.start(SOME, SOME)
    came = 0
    for number in range(ROUNDS):
        heard.until(lambda came=came: len(bad.accepted_s) > came, 30.0)  # so that each cut has something to cut
        bad.shuffles = rng.random() < 0.5
        bad.bytes_per_s = rng.choice((0, 0, 20_000, 80_000))
        time.sleep(rng.uniform(0.02, 0.5))
        if number % 10 == 9:
            bad.silence()  # half-open: only the keep-alive ends it
        else:
            bad.cut()
        came = len(bad.accepted_s)
    bad.shuffles, bad.bytes_per_s = False, 0
    heard.until(all_came(heard, SOME), DRAIN_S)
    running.kill()
    none_lost(heard, running, SOME)
    assert len(bad.accepted_s) >= ROUNDS
    say(f"{heard.arrivals - SOME} duplicates, {len(bad.accepted_s)} connections")


def test_a_broker_that_is_killed_and_restarted_loses_nothing_that_a_gap_does_not_tell(
    broker: Broker, device: Devices, listener: Listeners, rng: random.Random
) -> None:
    mosquitto = broker(persistence=True, autosave_s=1, queue=0)
    heard = listener(mosquitto.port)
    running = device(mosquitto.port)
    running.start(SOME, SOME)
    for _ in range(max(1, ROUNDS // 5)):
        time.sleep(rng.uniform(0.2, 1.0))
        heard.ready.clear()
        mosquitto.kill()
        time.sleep(rng.uniform(0.0, 0.3))
        mosquitto.start()
        assert heard.ready.wait(30)
    heard.until(lambda: not running.contents().pending, DRAIN_S)
    time.sleep(0.5)
    gap = sorted(set(range(1, SOME + 1)) - heard.seqs)
    if gap:  # the broker had answered for them, and died with them: what `seq` and replay are for
        running.tell(f"replay {gap[0]} {gap[-1]}")
    heard.until(all_came(heard, SOME), DRAIN_S)
    running.kill()
    none_lost(heard, running, SOME)
    say(f"{heard.arrivals - SOME} duplicates, {len(gap)} lost by the broker and replayed")


def test_a_live_alarm_passes_a_backlog_of_thousands(
    broker: Broker, device: Devices, listener: Listeners, network: Networks
) -> None:
    port = broker(queue=0).port
    heard = listener(port)
    cable = network(port)
    cable.shut()
    running = device(cable.port)
    backlog = max(SOME, 1000)
    running.start(backlog, backlog, "boot-0")
    running.read("stored")
    running.kill()
    running.start(0, 0, "boot-1")  # after a reboot, all of it is back-fill
    running.read("stored")
    running.tell("alarm first")
    cable.reopen()
    heard.until(lambda: bool(cable.accepted_s), 30.0)
    running.tell("alarm second")
    told_s = time.monotonic()
    heard.until(all_came(heard, backlog + 2), DRAIN_S)
    arrived_s = {zone: at_s for _, _, zone, at_s in heard.came}
    assert arrived_s["first"] - cable.accepted_s[-1] < LIVE_WITHIN_S
    assert arrived_s["second"] - told_s < LIVE_WITHIN_S
    behind = sum(at_s > arrived_s["second"] for *_, at_s in heard.came)
    assert behind > backlog // 2, "most of the backlog came after"
    assert heard.in_order(historical=True)
    assert heard.in_order(historical=False)
    running.kill()
    none_lost(heard, running, backlog + 2)
    first_s, second_s = arrived_s["first"] - cable.accepted_s[-1], arrived_s["second"] - told_s
    say(f"alarms after {first_s:.3f} and {second_s:.3f} s, with {backlog} behind them")
