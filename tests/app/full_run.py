"""The agent on the clip of the demonstration, with the default model: everything that a device says in its life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from agent_process import AgentProcess
from mqtt_subscriber import Received
from operators import COMMANDS, Operator

DEMO = Path(__file__).resolve().parents[2] / "edge_agent" / "demo"
ROOT = "edge-agent/v1/plant-1/hall-1"


def demo_agent(directory: Path, port: int) -> AgentProcess:
    """An agent for a broker's port, with one camera, one zone, and a fall after 13.5 s."""
    settings: dict[str, Any] = yaml.safe_load((DEMO / "demo.yaml").read_text())
    settings["site"] = "plant-1"
    settings["state_dir"] = str(directory / "state")
    settings["mqtt"]["port"] = port
    settings["cameras"][0]["source"]["path"] = str(DEMO / "clip.mp4")
    settings["commands"] = COMMANDS
    settings["shadow"] = {"overhead_reach": {}}
    return AgentProcess(directory, settings)


def command_all(operator: Operator, fall: str) -> None:
    """Give every kind of command that answers in a way of its own, while a fall goes on.

    Args:
        operator: Signs.
        fall: Its incident.
    """
    orders = [
        operator.order("ack_alarm", incident_id=fall),
        operator.order("snooze", zone="line-2", seconds=600, reason="maintenance"),
        operator.order("self_test", publish=True),
        operator.order("identify"),
        operator.order("replay", from_seq=1, to_seq=2),
    ]
    assert [answer["status"] for answer in orders] == ["done"] * len(orders)
    assert operator.order("snooze", zone="hall", seconds=60, reason="maintenance", rule="fall")["status"] == "refused"


def desire_all(operator: Operator) -> None:
    """Ask for a configuration, and for one that cannot be."""
    operator.desire(1, {"score": 0.45})
    operator.until("config/reported", state="applied", version=1)
    operator.desire(2, {"score": 7})
    operator.until("config/reported", state="refused", refused_version=2)


def found(messages: list[Received], topic: str, **fields: Any) -> Received | None:
    """The first message on a topic below the device's root that has these fields, in the payload or its `data`."""
    for message in messages:
        if message.topic == f"{ROOT}/{topic}" and message.payload:
            payload = message.json
            if fields.items() <= {**payload, **payload.get("data", {})}.items():
                return message
    return None
