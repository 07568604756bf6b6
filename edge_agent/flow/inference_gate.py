"""When the detector may rest: nobody is followed and nothing moves."""

from __future__ import annotations

import numpy as np

from edge_agent.data.flow import Flow

# Even then it looks this often, so that somebody who enters without visible motion waits no longer for it.
_REST_S = 0.5
# Displacement in grid pixels that counts as motion; Farneback on sensor noise stays under a third of it.
_MOTION_PX = 0.3


class InferenceGate:
    """Decides for each frame of one camera whether the detector runs. Not thread-safe."""

    def __init__(self) -> None:
        self._last_s = float("-inf")

    def opens(self, flow: Flow, *, anybody: bool) -> bool:
        """Whether to run the detector on this frame.

        Args:
            flow: Motion since the frame before.
            anybody: Whether a track exists, of whatever state: gating never blinds a rule.
        """
        resting = not anybody and flow.dt_s > 0.0 and flow.t_s - self._last_s < _REST_S and not _moves(flow)
        if not resting:
            self._last_s = flow.t_s
        return not resting


def _moves(flow: Flow) -> bool:
    part = flow.field[::2, ::2]
    return bool(np.max(np.abs(part), initial=0.0) > _MOTION_PX)
