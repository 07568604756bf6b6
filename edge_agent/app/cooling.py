"""Slower looks before the processor is slowed down by its firmware, which would take frames at random.

The firmware halves the clock within a second when its limit is reached, whatever is in view. Looking less often before
that keeps the temperature under the limit, and the frame rate known. It never stops looking: at the hottest level the
network still looks five times a second, and optical flow follows everybody on every frame in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum

from edge_agent.runtime.thermal import temperature_c, throttle_limit_c

logger = logging.getLogger(__name__)


class Level(IntEnum):
    """How hot the processor is."""

    COOL = 0
    WARM = 1
    HOT = 2


# Looks a second. Of 15 falls at 18 frames a second 13 and 10 are still raised: docs/decisions/061.
_LIMIT_FPS = {Level.COOL: None, Level.WARM: 9.0, Level.HOT: 5.0}
# Our own: so far below the limit each level begins, and so much cooler it must be for the level to end. A processor in
# a closed box follows its load within a minute by some degrees; a narrower gap would switch back and forth.
_BEGINS_C = {Level.WARM: 5.0, Level.HOT: 1.0}
_GAP_C = 4.0
# A level lasts for so long at least, so that its effect is seen before the next step down.
_LASTS_S = 60.0


class Cooling:
    """Decides, with hysteresis; `look` is called every few seconds by one thread, the rest may be read by any."""

    def __init__(
        self,
        slow_down: Callable[[float], None],
        read_c: Callable[[], float | None] = temperature_c,
        limit_c: float | None = None,
    ) -> None:
        """Wire it.

        Args:
            slow_down: Takes the least seconds from one look to the next; 0 for every frame.
            read_c: The processor's temperature.
            limit_c: From where on the firmware slows the processor down; asked from the system where None.
        """
        self.temperature_c: float | None = None
        """At the last look; None where the device shows none."""
        self.level = Level.COOL
        """In force."""
        self._slow_down = slow_down
        self._read_c = read_c
        self._limit_c = throttle_limit_c() if limit_c is None else limit_c
        self._since_s = float("-inf")

    @property
    def limit_fps(self) -> float | None:
        """Looks a second that are allowed; None for every frame."""
        return _LIMIT_FPS[self.level]

    def look(self, now_s: float) -> None:
        """Read the temperature and decide.

        Args:
            now_s: Monotonic seconds.
        """
        self.temperature_c = self._read_c()
        level = self._next(now_s)
        if level is self.level:
            return
        hotter, self.level, self._since_s = level > self.level, level, now_s
        fps = self.limit_fps
        self._slow_down(0.0 if fps is None else 1.0 / fps)
        if hotter:
            logger.warning(
                "the processor has %.0f C of %.0f: looking %.0f times a second at most; give the box air",
                self.temperature_c, self._limit_c, fps,
            )  # fmt: skip
        else:
            logger.info(
                "the processor has cooled down to %.0f C: looking %s",
                self.temperature_c if self.temperature_c is not None else float("nan"),
                "at every frame" if fps is None else f"{fps:.0f} times a second",
            )

    def _next(self, now_s: float) -> Level:
        now_c = self.temperature_c
        if now_c is None:
            return Level.COOL  # a sensor that fell silent tells nothing: full speed is what finds most
        below_c = self._limit_c - now_c
        wanted = max((level for level, begins_c in _BEGINS_C.items() if below_c <= begins_c), default=Level.COOL)
        if wanted >= self.level:
            return wanted
        stays = below_c <= _BEGINS_C[self.level] + _GAP_C or now_s - self._since_s < _LASTS_S
        return self.level if stays else Level(self.level - 1)
