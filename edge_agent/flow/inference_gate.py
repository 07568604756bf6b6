"""When the detector may rest: nobody is followed and nothing moves; or the processor is too hot."""

from __future__ import annotations

import numpy as np

from edge_agent.data.flow import Flow

# Even then it looks this often, so that somebody who enters without visible motion waits no longer for it.
_REST_S = 0.5
# So many cells of every second row and column, displaced by so many grid pixels, are motion. Measured at 18 frames a
# second: sensor noise of 4 grey levels displaces up to 14 cells, a figure 80 pixels tall that crosses a picture 640
# wide at 36 pixels per second 44 and more.
_MOTION_PX = 0.3
_MOTION_CELLS = 16


class InferenceGate:
    """Decides for each frame of one camera whether the detector runs. Not thread-safe."""

    def __init__(self) -> None:
        self._last_s = float("-inf")
        self._due_s = float("-inf")
        self.least_interval_s = 0.0
        """Seconds from one look to the next, on average: more than 0 while the processor is hot."""

    def opens(self, flow: Flow, *, anybody: bool) -> bool:
        """Whether to run the detector on this frame.

        Args:
            flow: Motion since the frame before.
            anybody: Whether a track exists, of whatever state: gating never blinds a rule.
        """
        if flow.dt_s > 0.0 and flow.t_s < self._due_s:
            return False
        resting = not anybody and flow.dt_s > 0.0 and flow.t_s - self._last_s < _REST_S and not _moves(flow)
        if not resting:
            self._last_s = flow.t_s
            # Half an interval early at most: frames come when they come, and the average is what heats.
            self._due_s = max(self._due_s + self.least_interval_s, flow.t_s + self.least_interval_s / 2.0)
        return not resting


def _moves(flow: Flow) -> bool:
    displaced = np.hypot(flow.field[::2, ::2, 0], flow.field[::2, ::2, 1]) > _MOTION_PX
    return int(np.count_nonzero(displaced)) >= _MOTION_CELLS
