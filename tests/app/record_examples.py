"""Record the examples of docs/mqtt.md from a real agent at a real mosquitto; takes about three minutes.

    .venv/bin/python tests/app/record_examples.py

Run it when messages have changed, read what it wrote, and then `python -m edge_agent.contract docs`.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from free_ports import free_ports  # noqa: E402
from full_run import ROOT, command_all, demo_agent, desire_all, found  # noqa: E402
from mosquitto import Mosquitto  # noqa: E402
from mqtt_subscriber import Received, Subscriber  # noqa: E402
from operators import Operator  # noqa: E402

EXAMPLES = HERE.parents[1] / "docs" / "mqtt" / "examples"
LATE_S = 63.0  # longer than a live event may wait
Wanted = dict[str, Callable[[list[Received]], Received | None]]

LIFE: Wanted = {
    "status-online": lambda seen: found(seen, "status", status="online"),
    "info": lambda seen: found(seen, "info"),
    "alarm-quiet": lambda seen: found(seen, "alarm/line-2", active=False),
    "event-raised": lambda seen: found(seen, "event/fall", phase="raised"),
    "event-updated": lambda seen: found(seen, "event/fall", phase="updated"),
    "alarm-active": lambda seen: found(seen, "alarm/hall", active=True, severity="critical"),
    "event-cleared": lambda seen: found(seen, "event/zone_entry", phase="cleared"),
    "health": lambda seen: found(seen[-12:], "health"),
}
COMMANDED: Wanted = {
    "alarm-acknowledged": lambda seen: found(seen, "alarm/hall", active=True, acknowledged=True),
    "ack-snooze": lambda seen: found(seen, "ack/snooze", status="done"),
    "ack-refused": lambda seen: found(seen, "ack/snooze", status="refused"),
    "ack-replay": lambda seen: found(seen, "ack/replay", status="done"),
    "ack-self-test": lambda seen: found(seen, "ack/self_test", status="done"),
    "event-audit": lambda seen: found(seen, "event/audit"),
    "event-snooze": lambda seen: found(seen, "event/snooze", phase="raised"),
}
END: Wanted = {
    "status-stopped": lambda seen: found(seen, "status", status="offline", reason="stopped"),
    "agg-zone": lambda seen: found(seen[-6:], "agg/line-2"),
    "agg-camera": lambda seen: found(seen[-6:], "agg/hall"),
}
RESTART: Wanted = {
    "event-restarted": lambda seen: found(seen, "event/fall", phase="cleared"),
}
DESIRED: Wanted = {
    "config_reported-applied": lambda seen: found(seen, "config/reported", state="applied"),
    "config_reported-refused": lambda seen: found(seen, "config/reported", state="refused"),
}
KILLED: Wanted = {"status-lost": lambda seen: found(seen, "status", reason="lost")}
LATE: Wanted = {"event-historical": lambda seen: found(seen, "event/fall", phase="raised", historical=True)}


def record(seen: Subscriber, wanted: Wanted, timeout_s: float = 60.0) -> None:
    """Wait for all of these messages and write them down."""
    seen.until(lambda messages: all(find(messages) for find in wanted.values()), timeout_s)
    for name, find in wanted.items():
        message = find(seen.messages)
        assert message is not None
        fields = {"topic": message.topic, "qos": message.qos, "retain": message.retain}
        properties = {
            "content_type": message.properties.get("ContentType"),
            "expiry_s": message.properties.get("MessageExpiryInterval"),
        }
        kept = {key: value for key, value in properties.items() if value is not None}
        text = json.dumps({**fields, **kept, "payload": message.json}, indent=2)
        (EXAMPLES / f"{name}.json").write_text(text + "\n")


def main() -> None:
    EXAMPLES.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        broker = Mosquitto(port, directory / "broker").start()
        agent = demo_agent(directory, port)
        seen = Subscriber(port, retain_as_published=True)
        try:
            agent.start()
            record(seen, LIFE)
            operator = Operator(seen, ROOT)
            fall = found(seen.messages, "event/fall", phase="raised")
            assert fall is not None
            command_all(operator, fall.json["data"]["incident_id"])
            record(seen, COMMANDED)
            agent.stop()
            record(seen, END)
            agent.start()
            record(seen, RESTART)
            desire_all(operator)
            record(seen, DESIRED)
            agent.kill()
            record(seen, KILLED)
            seen.close()
            broker.kill()
            agent.log.unlink()  # it has the fall of the first run
            agent.start()
            agent.until_logged("fall raised", 60.0)
            time.sleep(LATE_S)
            broker.start()
            seen = Subscriber(port, retain_as_published=True)
            record(seen, LATE)
        finally:
            agent.kill()
            seen.close()
            broker.kill()


if __name__ == "__main__":
    main()
