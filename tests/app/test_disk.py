"""The daemon on a disk that fails: it goes on watching, says so in `health`, and catches up."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agent_process import AgentProcess
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

pytestmark = [pytest.mark.shared, pytest.mark.broker, pytest.mark.slow]

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "clips"
LINE = [[0.22, 1.00], [0.52, 0.47], [0.07, 0.31], [0.00, 0.70], [0.00, 1.00]]
RULES = {"zone_entry": {"cooldown_s": 0, "left_s": 0.2}}

Brokers = Callable[..., Mosquitto]
Subscribers = Callable[..., Subscriber]
Agents = Callable[..., AgentProcess]


def dock() -> dict[str, Any]:
    source = {"type": "clip", "path": str(CLIPS / "factory" / "worker-zone.gif"), "loop": True}
    return {"name": "dock", "source": source, "zones": [{"name": "line", "polygon": LINE}]}


@pytest.fixture
def on_own_disk() -> Callable[[AgentProcess, str], None]:
    """Gives an agent a small file system of its own as state directory, in a mount namespace that needs no root."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this kernel gives no mount namespace (unshare -rm), and so no disk that can be filled")

    def prepare(running: AgentProcess, and_then: str) -> None:
        state = running.settings["state_dir"]
        Path(state).mkdir()
        mount = f"mount -t tmpfs -o size=1m tmpfs '{state}' && {and_then}"
        running.inside = ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh"]

    return prepare


def inside(running: AgentProcess, command: str) -> None:
    """Run a shell command where the agent sees its disk."""
    assert running.process is not None
    namespace = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", str(running.process.pid)]
    subprocess.run([*namespace, "sh", "-c", command], check=False, capture_output=True, cwd="/")


def events(messages: list[Received], *, unstored: bool) -> list[dict[str, Any]]:
    found = [message.json for message in messages if "/event/" in message.topic]
    return [event for event in found if event.get("unstored", False) == unstored]


def health(listener: Subscriber, state: str, timeout_s: float = 30.0) -> dict[str, Any]:
    """The first `outbox` of a `health` from now on that tells this state."""
    before = len(listener.messages)

    def found(messages: list[Received]) -> list[dict[str, Any]]:
        told = [message.json["outbox"] for message in messages[before:] if message.topic.endswith("/health")]
        return [outbox for outbox in told if outbox.get("state", "ok") == state]

    return found(listener.until(lambda messages: bool(found(messages)), timeout_s))[0]


def caught_up(listener: Subscriber, unstored: set[str]) -> None:
    """Everything that went out from memory has come under a number, and these have no gap."""
    listener.until(lambda messages: unstored <= {e["id"] for e in events(messages, unstored=False)}, 30.0)
    numbers = [event["seq"] for event in events(listener.messages, unstored=False)]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))


READ_ONLY = ("mount -o remount,ro '{state}'", "mount -o remount,rw '{state}'")
FULL = ("dd if=/dev/zero of='{state}/ballast' 2>/dev/null; true", "rm '{state}/ballast'")


# Nobody but a failing kernel can make a file system read-only under an open file; see tests/mqtt/test_outbox_failures.
@pytest.mark.parametrize(
    ("trouble", "cure", "when"),
    [(*READ_ONLY, "at_start"), (*FULL, "at_start"), (*FULL, "later")],
    ids=["read_only_at_start", "full_at_start", "full_later"],
)
def test_a_disk_that_takes_nothing_neither_ends_nor_silences_the_agent(
    broker: Brokers,
    subscriber: Subscribers,
    agent: Agents,
    on_own_disk: Callable[[AgentProcess, str], None],
    trouble: str,
    cure: str,
    when: str,
) -> None:
    port = broker().port
    listener = subscriber(port)
    running = agent(port, [dock()], rules=RULES)
    trouble, cure = (text.format(state=running.settings["state_dir"]) for text in (trouble, cure))
    on_own_disk(running, f"{{ {trouble}; }}" if when == "at_start" else "true")
    running.start()
    if when == "later":
        listener.until(lambda messages: len(events(messages, unstored=False)) >= 2, 30.0)
        inside(running, trouble)
    listener.until(lambda messages: len(events(messages, unstored=True)) >= 3, 40.0)
    listener.until(lambda messages: any(m.topic.endswith("/alarm/line") and m.json["active"] for m in messages))
    told = health(listener, "memory_only")
    assert told["waiting"] >= 3
    assert told["since"]
    assert told["reason"]
    inside(running, cure)
    unstored = {event["id"] for event in events(listener.messages, unstored=True)}
    health(listener, "ok", 90.0)
    caught_up(listener, unstored)
    assert running.process is not None
    assert running.process.poll() is None
    running.stop()
    assert "Traceback" not in running.text


def test_a_damaged_outbox_is_salvaged_at_the_start_and_its_events_arrive(
    broker: Brokers, subscriber: Subscribers, agent: Agents, another_port: int
) -> None:
    port = broker().port
    running = agent(another_port, [dock()], rules=RULES)  # nobody listens there
    running.start()
    outbox = Path(running.settings["state_dir"]) / "outbox.sqlite"
    list_it = [sys.executable, "-m", "edge_agent", "outbox", "list", "--json", "--state-dir", str(outbox.parent)]
    deadline = time.monotonic() + 60.0
    while b'"next_seq": 6' not in subprocess.run(list_it, check=False, capture_output=True).stdout:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    running.stop()
    content = bytearray(outbox.read_bytes())
    content[:4096] = bytes(4096)  # the page that says what the file is
    outbox.write_bytes(content)
    listener = subscriber(port)
    running.settings["mqtt"]["port"] = port
    running.start()
    told = health(listener, "salvaged", 40.0)
    lost = {seq for first, last in told["dropped_ranges"] for seq in range(first, last + 1)}
    # All other pages were whole.
    listener.until(lambda seen: set(range(1, 6)) <= {event["seq"] for event in events(seen, unstored=False)})
    assert lost.isdisjoint(range(1, 6))
    running.stop()
    assert "Traceback" not in running.text
