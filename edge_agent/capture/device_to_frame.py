"""The capture stage: reads one camera for ever, stamps its frames, reopens it after a fault."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from edge_agent.capture.camera_health import CameraHealth, CameraState
from edge_agent.capture.image_to_bgr import image_to_bgr
from edge_agent.capture.pacer import Pacer
from edge_agent.capture.source import Reading, Source
from edge_agent.clock import Clock
from edge_agent.data.frame import Frame
from edge_agent.errors import CaptureError, EndOfClip
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.few_arenas import give_back_free_memory
from edge_agent.runtime.mailbox import Mailbox

logger = logging.getLogger(__name__)

# A driver's stamp that lies further back, or in the future, is of another clock or plainly wrong.
_OLDEST_STAMP_S = 2.0
# Our own: as long as a silent camera takes to count as lost. A broker must be spared the tries of a whole fleet; a
# camera has one agent, and whoever it has in view must not wait for half a minute after it is back.
_RETRY_CAP_S = 5.0


def reopenings(rng: random.Random) -> FullJitter:
    """How long to wait between two tries to open a camera.

    Args:
        rng: For the jitter: two cameras on one bus are better not opened in the same instant again and again.
    """
    return FullJitter(rng, cap_s=_RETRY_CAP_S)


class Camera:
    """One camera; `run` is the body of its thread."""

    def __init__(
        self,
        name: str,
        make_source: Callable[[], Source],
        mailbox: Mailbox[Frame],
        clock: Clock,
        backoff: FullJitter,
    ) -> None:
        """Wire one camera; nothing is opened.

        Args:
            name: Name in the settings, also the key in the mailbox.
            make_source: A fresh source for every try, as in ``partial(source_for, settings)``.
            mailbox: Where the newest frame waits.
            clock: Stamps frames and measures silence.
            backoff: Waits between two tries.
        """
        self.name = name
        self.health = CameraHealth(name)
        self._make_source = make_source
        self._mailbox = mailbox
        self._clock = clock
        self._backoff = backoff
        self._pacer = Pacer(clock)
        self._seq = 0
        self._last_t_s = float("-inf")
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Read until `stop` is set or a clip that does not loop is over; faults are waited out."""
        self.health.started(self._clock.monotonic_s())
        while not stop.is_set() and self.health.state is not CameraState.ENDED:
            self._read_until_fault(stop)

    def _read_until_fault(self, stop: threading.Event) -> None:
        try:
            self._read_until_stopped(stop)
        except EndOfClip:
            logger.info("camera %s: the clip is over; no more frames from it", self.name)
            self.health.ended()
        except CaptureError as fault:
            wait_s = self._backoff.next_s()
            self._tell(str(fault), wait_s)
            self._pacer = Pacer(self._clock)
            give_back_free_memory()  # what the decoder had; benchmarks/soak.py
            stop.wait(wait_s)

    def _read_until_stopped(self, stop: threading.Event) -> None:
        source = self._make_source()
        try:
            source.open()
            while not stop.is_set():
                self._deliver(source.read(), stop)
        finally:
            source.close()

    def _deliver(self, reading: Reading, stop: threading.Event) -> None:
        now_s = self._clock.monotonic_s()
        image = image_to_bgr(reading.image)
        if reading.media_s is not None:
            t_s = self._pacer.wait(reading.media_s, stop)
            now_s = self._clock.monotonic_s()
        else:
            t_s = _stamp(reading.sensor_s, now_s)
        if t_s <= self._last_t_s:  # two frames of one instant, or a driver whose stamps stand still
            t_s = max(now_s, self._last_t_s + 1e-6)
        self._mailbox.put(self.name, Frame(self.name, self._seq, t_s, image))
        self._seq += 1
        self._last_t_s = t_s
        self._backoff.reset()
        self._told = ""
        self.health.frame_arrived(now_s)

    def _tell(self, reason: str, wait_s: float) -> None:
        """Remember the fault; log it once, not at every try of a night-long outage."""
        self.health.fault(reason)
        level = logging.DEBUG if reason == self._told else logging.WARNING
        self._told = reason
        logger.log(level, "camera %s: %s; trying again in %.1f s", self.name, reason, wait_s)


def _stamp(sensor_s: float | None, now_s: float) -> float:
    if sensor_s is not None and 0.0 <= now_s - sensor_s <= _OLDEST_STAMP_S:
        return sensor_s
    return now_s
