"""Plays a story: broker, subscriber and daemon, started and stopped in their order."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge_agent.app.demo.daemon_process import DaemonProcess, running_daemon
from edge_agent.app.demo.event_to_line import event_to_line
from edge_agent.app.demo.listener import Listener, listening
from edge_agent.app.demo.local_broker import local_broker
from edge_agent.app.demo.story import Story
from edge_agent.app.demo.story_to_config import TOPIC_PREFIX, BrokerAddress, Staging, write_config
from edge_agent.app.demo.verdict import Raised
from edge_agent.data.event import Phase
from edge_agent.errors import DemoError
from edge_agent.mqtt.payload import EventPayload
from edge_agent.mqtt.topics import Topics

_TURN_S = 0.2
# After its clip the daemon may still have an event to publish.
_SETTLE_S = 1.5
_LAST_WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class Playing:
    """How to play a story.

    Attributes:
        model: The ``.tflite`` file.
        loop: Again and again, until interrupted.
        broker: To use; None to start one.
        say: Takes each line for the person who watches, and how urgent it is: a severity, or nothing.
        raised: Takes each incident when it is raised.
        interrupted: Whether to stop; asked often.
    """

    model: Path
    loop: bool
    broker: BrokerAddress | None
    say: Callable[[str, str], None]
    raised: Callable[[Raised], None]
    interrupted: Callable[[], bool]


def play(story: Story, playing: Playing) -> None:
    """Play a story to its end, or until interrupted; every process is gone then, and every file.

    Raises:
        DemoError: There is no broker, or the daemon ended before the clip did.
        KeyboardInterrupt: It was interrupted. Raised here, and not by the signal, which might come just when a process
            was started that nobody knows yet.
    """
    device = f"demo-{secrets.token_hex(4)}"
    root = Topics(TOPIC_PREFIX, story.document["site"], device).root
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edge-agent-demo-")))
        broker = playing.broker or stack.enter_context(local_broker(directory, playing.interrupted))
        listener = stack.enter_context(listening(broker, root, playing.interrupted))
        staging = Staging(broker, playing.model, device, playing.loop)
        playing.say(f"broker      {broker.name} on {broker.host}:{broker.port}, topics {root}/...", "")
        playing.say("agent       edge-agent run, a process of its own; the clip is its camera", "")
        daemon = stack.enter_context(running_daemon(write_config(story, staging, directory)))
        for event in _events(daemon, listener, playing.interrupted):
            at_s = _unix_s(event.data.observed_at) - daemon.began_wall_s()
            playing.say(event_to_line(event.data, at_s), event.data.severity)
            if event.data.phase == Phase.RAISED:
                playing.raised(Raised(event.data.rule, at_s))


def _events(daemon: DaemonProcess, listener: Listener, interrupted: Callable[[], bool]) -> Iterator[EventPayload]:
    """What arrives until the clip is over, and then what the daemon still had to say."""
    while not daemon.clip_over.is_set():
        if interrupted():
            raise KeyboardInterrupt
        if event := listener.next(_TURN_S):
            yield event
        elif not daemon.running and not daemon.clip_over.is_set():
            daemon.stop()  # all that it said has been read then
            raise DemoError(f"the agent ended before its clip did: {daemon.last_words}")
    while event := listener.next(_SETTLE_S):
        yield event
    daemon.stop()
    listener.gone.wait(_LAST_WORDS_S)  # which it says after all that it raised
    while event := listener.next(_TURN_S):
        yield event


def _unix_s(rfc3339: str) -> float:
    return datetime.fromisoformat(rfc3339.replace("Z", "+00:00")).timestamp()
