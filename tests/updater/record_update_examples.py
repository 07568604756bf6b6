"""Record the examples of `update/...` in docs/mqtt.md from a real updater at a real mosquitto; takes half a minute.

    .venv/bin/python tests/updater/record_update_examples.py

Run it when messages have changed, read what it wrote, and then `python -m edge_agent.contract docs`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from device_run import ROOT, DeviceRun  # noqa: E402
from free_ports import free_ports  # noqa: E402
from mosquitto import Mosquitto  # noqa: E402
from mqtt_subscriber import Received, Subscriber  # noqa: E402
from update_operator import COMMANDS, UpdateOperator  # noqa: E402

EXAMPLES = HERE.parents[1] / "docs" / "mqtt" / "examples"
Find = Callable[[Received], bool]


def having(topic: str, **fields: object) -> Find:
    return lambda message: (
        message.topic == f"{ROOT}/update/{topic}" and fields.items() <= json.loads(message.payload).items()
    )


WANTED: dict[str, Find] = {
    "update_status-trial": having("status", state="TRIAL"),
    "update_status-committed": having("status", status="SUCCEEDED"),
    "update_status-rolled-back": having("status", state="ROLLED_BACK", status="CANCELED"),
    "update_progress": having("progress"),
    "update_events": having("events", state="SELF_TEST"),
    "update_ack-rollback": having("ack", cmd="rollback", status="done"),
    "update_ack-refused": having("ack", status="refused"),
}


def main() -> None:
    with ExitStack() as closing, tempfile.TemporaryDirectory() as name:
        (port,) = free_ports(1)
        broker = Mosquitto(port, Path(name) / "broker").start()
        closing.callback(broker.kill)
        seen = Subscriber(port, retain_as_published=True)
        closing.callback(seen.close)
        device = DeviceRun(Path(name), closing, port, commands=COMMANDS)
        device.publish("1.2")
        device.agent.start()
        device.updater.start()
        seen.until(lambda messages: any(WANTED["update_status-committed"](each) for each in messages), 60.0)
        operator = UpdateOperator(seen, ROOT)
        operator.order("cancel")
        operator.order("rollback")
        seen.until(lambda messages: all(any(find(each) for each in messages) for find in WANTED.values()), 60.0)
        for example, find in WANTED.items():
            write(example, next(message for message in seen.messages if find(message)))


def write(example: str, message: Received) -> None:
    fields = {
        # The site and the device of the other examples.
        "topic": message.topic.replace("dev-1", "hall-1"),
        "qos": message.qos,
        "retain": message.retain,
        "content_type": message.properties.get("ContentType"),
        "expiry_s": message.properties.get("MessageExpiryInterval"),
    }
    kept = {key: value for key, value in fields.items() if value is not None}
    payload = json.loads(message.payload.replace(b"dev-1", b"hall-1"))
    (EXAMPLES / f"{example}.json").write_text(json.dumps({**kept, "payload": payload}, indent=2) + "\n")


if __name__ == "__main__":
    main()
