"""Cleans one person's joints over a clip: rejects jumps, fills short gaps, smooths lightly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.real.coco_joints import Points

REACH_FRAMES: Final = 2
"""A joint is compared with the median of this many frames before and after it."""

LARGEST_JUMP: Final = 0.35
"""Largest distance from that median, in trunk lengths. Set by judgement: 3 m/s are 0.17 m a frame at 18
frames a second, a third of a trunk of 0.5 m; and the median of a steady motion follows it."""

LONGEST_GAP_FRAMES: Final = 3
"""Longer gaps stay gaps: in a fifth of a second a hand can be anywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class JointTrack:
    """One person over the frames of a clip.

    Attributes:
        points_px: frames x 17 x 2.
        sure: frames x 17; where false the point means nothing.
        size_px: frames, the trunk's length; zero where the person was not found.
    """

    points_px: Points
    sure: npt.NDArray[np.bool_]
    size_px: npt.NDArray[np.float64]


def clean(track: JointTrack) -> JointTrack:
    """Rejects jumps, fills gaps, then takes a running median of three."""
    return smooth(fill_gaps(reject_jumps(track)))


def reject_jumps(track: JointTrack) -> JointTrack:
    """Makes unsure every joint that is far from where it is in the frames around."""
    sure = track.sure.copy()
    for frame in range(len(sure)):
        window = slice(max(0, frame - REACH_FRAMES), frame + REACH_FRAMES + 1)
        sizes_px = track.size_px[window]
        if not (sizes_px > 0).any():
            continue
        allowed_px = LARGEST_JUMP * float(np.median(sizes_px[sizes_px > 0]))
        for joint in np.flatnonzero(track.sure[frame]):
            near = track.points_px[window, joint][track.sure[window, joint]]
            if np.linalg.norm(track.points_px[frame, joint] - np.median(near, axis=0)) > allowed_px:
                sure[frame, joint] = False
    return replace(track, sure=sure)


def fill_gaps(track: JointTrack) -> JointTrack:
    """Interpolates a joint between two sure frames with at most `LONGEST_GAP_FRAMES` between them."""
    points_px, sure = track.points_px.copy(), track.sure.copy()
    for joint in range(sure.shape[1]):
        known = np.flatnonzero(track.sure[:, joint])
        for before, after in pairwise(known):
            for frame in range(before + 1, after) if after - before - 1 <= LONGEST_GAP_FRAMES else ():
                share = (frame - before) / (after - before)
                points_px[frame, joint] = (1 - share) * points_px[before, joint] + share * points_px[after, joint]
                sure[frame, joint] = True
    return replace(track, points_px=points_px, sure=sure)


def smooth(track: JointTrack) -> JointTrack:
    """Running median over three frames, where all three are sure."""
    points_px = track.points_px.copy()
    for frame in range(1, len(points_px) - 1):
        window = slice(frame - 1, frame + 2)
        all_sure = track.sure[window].all(axis=0)
        points_px[frame, all_sure] = np.median(track.points_px[window, all_sure], axis=0)
    return replace(track, points_px=points_px)
