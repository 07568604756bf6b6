"""The main thread of `edge-agent run`: signals, watchdog, health."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from edge_agent.app.agent import Agent
from edge_agent.app.health_to_status import health_to_status
from edge_agent.clock import SystemClock
from edge_agent.errors import EdgeAgentError
from edge_agent.runtime.watchdog import ServiceNotifier, watchdog_interval_s
from edge_agent.settings.settings import Settings

logger = logging.getLogger(__name__)

# How late a signal may be obeyed.
_TURN_S = 0.25
_HEALTH_EVERY_S = 10.0
# Sooner there is no frame rate worth the name.
_FIRST_HEALTH_S = 2.0
# A turn of the vision thread takes a fraction of a second, on the slowest device too.
_VISION_HANGS_S = 10.0


class _StoppedWhileStarting(BaseException):
    """A stop was asked for before the agent had started; like KeyboardInterrupt, no error."""


class _Signals:
    """Signals as flags.

    A handler runs between two instructions of the main thread: it takes no lock, which that thread may hold.
    """

    def __init__(self) -> None:
        self.stop = False
        self.reload = False
        self._interrupts = False

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Inside, a stop interrupts the main thread, which may wait for a model to open for long."""
        self._interrupts = True
        try:
            if self.stop:
                raise _StoppedWhileStarting
            yield
        finally:
            self._interrupts = False

    def on_stop(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT."""
        self.stop = True
        if self._interrupts:
            self._interrupts = False
            raise _StoppedWhileStarting

    def on_reload(self, number: int, frame: FrameType | None) -> None:
        """SIGHUP."""
        self.reload = True


def run_daemon(config: Path, settings: Settings) -> int:
    """Run the agent until a signal stops it.

    Args:
        config: The configuration file, to be read again on SIGHUP.
        settings: As read from it.

    Returns:
        0 after a clean stop, 1 where a thread died.

    Raises:
        EdgeAgentError: The agent cannot start; the text says why and what to do.
    """
    notifier = ServiceNotifier()
    agent = Agent(settings, SystemClock(), config)
    on_purpose = False  # until the end is one that was foreseen
    with _handled_signals() as signals:
        try:
            notifier.status("opening the model")
            if _started(agent, signals):
                notifier.status("waiting for the first frame")
                _watch_over(agent, signals, notifier)
            on_purpose = True
        except EdgeAgentError:
            on_purpose = not agent.started  # it says why it cannot start; what comes later is as unforeseen as any
            raise
        finally:
            notifier.stopping()
            agent.stop(on_purpose=on_purpose)
    if agent.died.is_set():
        notifier.status("a part of the agent died: `journalctl -u edge-agent -p crit` shows which, and why")
        return 1
    logger.info("stopped")
    return 0


def _started(agent: Agent, signals: _Signals) -> bool:
    """Start the agent; False where a stop was asked for meanwhile."""
    try:
        with signals.interrupting():
            agent.start()
    except (_StoppedWhileStarting, EdgeAgentError):
        # An interruption that comes while an extension module is loaded reaches us as a failure to load it.
        if not signals.stop:
            raise
        logger.info("stopped before the agent had started")
        return False
    return True


def _watch_over(agent: Agent, signals: _Signals, notifier: ServiceNotifier) -> None:
    """Feed the watchdog, publish health and obey signals until a stop or a death."""
    clock = SystemClock()
    turn_s = min(_TURN_S, watchdog_interval_s() or _TURN_S)
    health_at_s = clock.monotonic_s() + _HEALTH_EVERY_S
    ready = False
    while not signals.stop and not agent.died.is_set():
        now_s = clock.monotonic_s()
        if not ready and agent.vision.settled.is_set():
            ready = True
            agent.health()  # frame rates count from here, not from before the model was opened
            notifier.ready()
            notifier.status("started")
            health_at_s = min(health_at_s, now_s + _FIRST_HEALTH_S)
        if now_s - agent.vision.beat_s < _VISION_HANGS_S:
            notifier.alive()
        if ready and signals.reload:  # sooner the READY=1 after it would say that frames are judged
            signals.reload = False
            notifier.reloading(now_s)
            agent.reloader()
            notifier.ready()
        agent.main_desk.serve(None)
        if now_s >= health_at_s:
            health_at_s = now_s + _HEALTH_EVERY_S
            notifier.status(health_to_status(agent.report_health(), connected=agent.publisher.connected))
        time.sleep(turn_s)


@contextmanager
def _handled_signals() -> Iterator[_Signals]:
    """Signals become flags inside, and what they were before after."""
    signals = _Signals()
    handlers = {signal.SIGTERM: signals.on_stop, signal.SIGINT: signals.on_stop, signal.SIGHUP: signals.on_reload}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield signals
    finally:
        for number, handler_before in before.items():
            signal.signal(number, handler_before)
