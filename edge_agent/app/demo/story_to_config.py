"""The configuration of the daemon that plays a story."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from edge_agent.app.demo.story import Story

TOPIC_PREFIX = "edge-agent-demo/v1"
"""Not that of real devices: on a broker that others use, no subscriber of theirs hears of the demonstration."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker listens.

    Attributes:
        host: Name or address.
        port: TCP port.
        protocol: What it speaks; ``auto`` where that is not known.
        name: What it is, for people.
    """

    host: str
    port: int
    protocol: Literal["auto", "5", "3.1.1"]
    name: str


@dataclass(frozen=True, slots=True)
class Staging:
    """What a story is played with.

    Attributes:
        broker: Where the daemon publishes.
        model: The ``.tflite`` file.
        device: Name of the device, unlike any other's on the broker.
        loop: Whether the clip is played again and again.
    """

    broker: BrokerAddress
    model: Path
    device: str
    loop: bool


def write_config(story: Story, staging: Staging, directory: Path) -> Path:
    """Write the configuration into a directory, in which the daemon keeps its state too.

    Returns:
        The file.
    """
    file = directory / "config.yaml"
    broker = staging.broker
    document: dict[str, Any] = {
        **story.document,
        "device": staging.device,
        "state_dir": str(directory / "state"),
        "model": {**story.document.get("model", {}), "use": str(staging.model.absolute())},
        "cameras": [_camera(camera, story, loop=staging.loop) for camera in story.document["cameras"]],
        "mqtt": {
            "host": broker.host,
            "port": broker.port,
            "protocol": broker.protocol,
            "topic_prefix": TOPIC_PREFIX,
        },
        "log": {"level": "info"},
    }
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return file


def _camera(camera: dict[str, Any], story: Story, *, loop: bool) -> dict[str, Any]:
    source = camera["source"]
    if source.get("type") != "clip":
        return camera
    return {**camera, "source": {**source, "path": str((story.directory / source["path"]).absolute()), "loop": loop}}
