"""The life of a track: tentative, confirmed, lost, gone. In seconds, so that it is the same at every frame rate.

The one count is `LifeTimes.confirm_detections`: two looks cannot tell a person from a flicker. It only ever delays,
and only under 10 frames a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge_agent.data.track import TrackState


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeTimes:
    """How long each part of a track's life lasts.

    Attributes:
        confirm_s: A person must be followed for so long to count; a flicker of the detector is shorter.
        confirm_detections: And must have been detected so often meanwhile.
        tentative_gap_s: A track that does not count yet is dropped when unseen for longer.
        lost_s: A track that counts is kept for so long after it was last detected.
        still_s: The same while optical flow shows no motion on the person: who does not move has not left. A fall
            often ends the detections for good.
    """

    confirm_s: float = 0.2
    confirm_detections: int = 3
    tentative_gap_s: float = 0.3
    lost_s: float = 5.0
    still_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Life:
    """What is remembered of one track beside its filters.

    Attributes:
        id: Number of the track.
        state: Tentative, confirmed or lost.
        first_seen_s: First detection.
        last_seen_s: Latest detection.
        detections: How often detected.
        score: Detector score of the latest detection.
    """

    id: int
    state: TrackState
    first_seen_s: float
    last_seen_s: float
    detections: int
    score: float


def born(track_id: int, t_s: float, score: float) -> Life:
    """A track at its first detection."""
    return Life(track_id, TrackState.TENTATIVE, t_s, t_s, 1, score)


def seen(life: Life, t_s: float, score: float, times: LifeTimes) -> Life:
    """The track was detected again."""
    detections = life.detections + 1
    old_enough = t_s - life.first_seen_s >= times.confirm_s and detections >= times.confirm_detections
    counts = life.state is not TrackState.TENTATIVE or old_enough
    state = TrackState.CONFIRMED if counts else TrackState.TENTATIVE
    return replace(life, state=state, last_seen_s=t_s, detections=detections, score=score)


def held(life: Life, t_s: float, before_s: float) -> Life:
    """The track in a frame in which nobody was looked for.

    Who was detected at the last look counts as seen, carried by optical flow; who was not is as lost as before.

    Args:
        life: As it was.
        t_s: Monotonic seconds of the frame.
        before_s: Of the frame before.
    """
    return replace(life, last_seen_s=t_s) if life.last_seen_s >= before_s else life


def unseen(life: Life, t_s: float, *, moving: bool, times: LifeTimes) -> Life | None:
    """The track was not detected in this frame; None where it ends."""
    gap_s = t_s - life.last_seen_s
    if life.state is TrackState.TENTATIVE:
        return life if gap_s <= times.tentative_gap_s else None
    # Motion under a lost track is someone who left it, or someone else: it then gets the short time only.
    limit_s = times.lost_s if moving else times.still_s
    return replace(life, state=TrackState.LOST) if gap_s <= limit_s else None
