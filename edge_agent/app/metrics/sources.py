"""Where the numbers come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_agent.app.cooling import Cooling
from edge_agent.app.event_sink import EventSink
from edge_agent.app.open_detector import OpenDetector
from edge_agent.app.vision import Vision
from edge_agent.capture.device_to_frame import Camera
from edge_agent.clock import Clock
from edge_agent.data.frame import Frame
from edge_agent.mqtt.publisher import Publisher
from edge_agent.runtime.mailbox import Mailbox


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Where the numbers come from; everything here may be read by any thread.

    Attributes:
        cameras: All of them.
        mailbox: Between capture and vision.
        vision: Judges frames.
        sink: Takes events.
        publisher: Has the connection.
        cooling: Watches the temperature.
        clock: The agent's.
        detector: What watches now: the model may change while the agent runs.
        person_score: A detection from this score on counts as a person; a reload may change it.
    """

    cameras: tuple[Camera, ...]
    mailbox: Mailbox[Frame]
    vision: Vision
    sink: EventSink
    publisher: Publisher
    cooling: Cooling
    clock: Clock
    detector: Callable[[], OpenDetector]
    person_score: Callable[[], float]
