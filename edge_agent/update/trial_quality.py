"""Whether a model on trial is as good as the one that it would replace: a pure comparison of two sets of numbers.

The two watched the same place at different times. What counts at once are differences which a change of shift cannot
make: how sure a model is of the people that it does see. In how many frames it saw somebody differs between a shift
and a night as well; a model for which that differs much is watched on, until the day is over or the shares have met.
All thresholds are our own; there is no standard for this. They are wide: golden inputs have judged the model before,
and here a false alarm costs an update.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from edge_agent.update.model_statistics import ModelStatistics
from edge_agent.update.reason import UpdateReason

ENOUGH_FRAMES_WITH_PERSON = 60
"""Our own: whoever passes a camera is in view for some three to ten seconds, at 5 to 15 frames a second 15 to 150
frames: so many are several people, or one who works there."""
ENOUGH_FRAMES = 300
"""Our own: twenty seconds at 15 frames a second; a share of frames below that means nothing."""
MAX_SCORE_LOSS = 0.15
"""Our own: a model that was sure of people by 0.7 would be by 0.55, and those by the wall fall below the 0.4 that a new
track needs."""
MAX_MISSING_GAIN = 0.15
"""Our own: of 17 keypoints two and a half more that nobody sees, an arm; rules that need it say `indeterminate`."""
MAX_PERSONS_FACTOR = 3.0
"""Our own: with three times as many persons in a frame with anybody the model sees each of them several times."""
RARE_FACTOR = 0.5
"""Our own: below half of the incumbent's share of frames with anybody every second fall may go unseen. Shifts make such
factors as well, so that nobody goes back for it before the deadline."""
OFTEN_FACTOR = 2.0
"""Our own: the counterpart; a model that sees somebody where nobody is raises alarms until it is switched off."""
PHANTOM_SHARE = 0.9
"""Our own: who sees somebody so often until the deadline, where the incumbent did in less than half as many frames,
sees something that does not move away. Not lower: a weekend before a Monday makes any factor."""
MAX_RSS_GAIN_MB = 50.0
"""Our own: on top of the release's budget, for what the allocator has not given back from the former model."""
LATENCY_SLACK = 1.5
"""Our own: the budget is for a call on an idle device, the trial's time has scaling, decoding and its neighbours in."""


class Verdict(str, Enum):
    """Of a trial."""

    GOOD = "good"
    BAD = "bad"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a trial has shown.

    Attributes:
        verdict: Whether the model may stay.
        reason: Why not; None where it may, or where nothing can be said yet.
        text: For people.
    """

    verdict: Verdict
    reason: UpdateReason | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBudget:
    """What the release may cost; None for no bound.

    Attributes:
        latency_ms: Median of one call.
        rss_mb: Resident memory, in 10^6 bytes.
    """

    latency_ms: float | None = None
    rss_mb: float | None = None


def judge_trial(candidate: ModelStatistics, incumbent: ModelStatistics | None, budget: TrialBudget) -> Judgement:
    """Compare what both models have seen.

    A model that is bad is bad at once, whatever else is still to come. Where nobody was in view nothing can be said
    of quality, and `Verdict.NOT_ENOUGH` says so: an empty hall proves no model.

    Args:
        candidate: Of the model on trial, since the trial began.
        incumbent: Of the active model before; None where nothing is known of it.
        budget: The release's.
    """
    cost = _cost(candidate, incumbent, budget)
    if cost is not None:
        return cost
    if candidate.frames_with_person < ENOUGH_FRAMES_WITH_PERSON:
        return Judgement(verdict=Verdict.NOT_ENOUGH, text="too few frames with a person to say how good it is")
    if incumbent is None:
        # It sees people, and there is nothing to hold against them.
        return Judgement(verdict=Verdict.GOOD)
    if _saw_people(incumbent):
        found = _quality(candidate, incumbent)
        if found is not None:
            return _bad(UpdateReason.TRIAL_QUALITY, found)
        if _too_rarely(candidate, incumbent):
            return Judgement(verdict=Verdict.NOT_ENOUGH, text="so rarely a person that it may be half blind")
    if _too_often(candidate, incumbent):
        return Judgement(verdict=Verdict.NOT_ENOUGH, text="so often a person that it may see what is not there")
    return Judgement(verdict=Verdict.GOOD)


def judge_at_deadline(candidate: ModelStatistics, incumbent: ModelStatistics | None, budget: TrialBudget) -> Judgement:
    """The last word, when there is no more time to see enough.

    Where the incumbent never saw enough people either, the golden inputs decide, and they have said yes: a device of a
    closed site must not fall behind for ever, and there is nothing that the incumbent does better. Where the incumbent
    did see people the candidate goes back: it may be blind, which is the worst that a model can be here, and going
    back costs one more try. Whoever hardly ran has proven nothing to anybody.
    """
    judgement = judge_trial(candidate, incumbent, budget)
    if judgement.verdict is Verdict.BAD:
        return judgement
    if candidate.frames < ENOUGH_FRAMES:
        return _bad(
            UpdateReason.DEADLINE, f"judged {candidate.frames} frames until the deadline: does the camera work?"
        )
    if judgement.verdict is Verdict.GOOD:
        return judgement
    if incumbent is not None and _too_often(candidate, incumbent):
        if candidate.share_with_person < PHANTOM_SHARE:
            return Judgement(verdict=Verdict.GOOD, text="it sees far more people than the former model did")
        return _bad(UpdateReason.TRIAL_QUALITY, _shares(candidate, incumbent))
    if incumbent is None or not _saw_people(incumbent):
        return Judgement(verdict=Verdict.GOOD, text="nobody was in view; the golden inputs decide")
    if _too_rarely(candidate, incumbent):
        return _bad(UpdateReason.TRIAL_QUALITY, _shares(candidate, incumbent))
    return _bad(UpdateReason.DEADLINE, "saw too few people until the deadline to be trusted")


def _cost(candidate: ModelStatistics, incumbent: ModelStatistics | None, budget: TrialBudget) -> Judgement | None:
    taken_ms = candidate.latency_ms_p50
    if budget.latency_ms is not None and taken_ms is not None and candidate.frames >= ENOUGH_FRAMES_WITH_PERSON:
        allowed_ms = budget.latency_ms * LATENCY_SLACK
        if taken_ms > allowed_ms:
            return _bad(UpdateReason.LATENCY, f"takes {taken_ms:.1f} ms a frame here, {allowed_ms:.1f} ms are allowed")
    before_mb = incumbent.rss_mb if incumbent else None
    if budget.rss_mb is not None and candidate.rss_mb is not None and before_mb is not None:
        gain_mb, allowed_mb = candidate.rss_mb - before_mb, budget.rss_mb + MAX_RSS_GAIN_MB
        if gain_mb > allowed_mb:
            return _bad(UpdateReason.MEMORY, f"the agent grew by {gain_mb:.0f} MB, {allowed_mb:.0f} MB are allowed")
    return None


def _quality(candidate: ModelStatistics, before: ModelStatistics) -> str | None:
    """What is worse than before; None where nothing is."""
    if candidate.mean_score < before.mean_score - MAX_SCORE_LOSS:
        return f"is sure of a person by {candidate.mean_score:.2f}, the former model by {before.mean_score:.2f}"
    if candidate.missing_rate > before.missing_rate + MAX_MISSING_GAIN:
        return f"misses {candidate.missing_rate:.0%} of the keypoints, the former model {before.missing_rate:.0%}"
    if candidate.persons_each > MAX_PERSONS_FACTOR * before.persons_each:
        return f"sees {candidate.persons_each:.1f} persons at once, the former model {before.persons_each:.1f}"
    return None


def _saw_people(incumbent: ModelStatistics) -> bool:
    return incumbent.frames_with_person >= ENOUGH_FRAMES_WITH_PERSON


def _too_rarely(candidate: ModelStatistics, before: ModelStatistics) -> bool:
    """Whether it sees somebody so much more rarely that it may be blind; an empty hall looks the same for a while."""
    return candidate.frames >= ENOUGH_FRAMES and candidate.share_with_person < RARE_FACTOR * before.share_with_person


def _too_often(candidate: ModelStatistics, before: ModelStatistics) -> bool:
    """Whether it sees somebody so much more often that nobody may be there; the begin of a shift looks the same."""
    if min(candidate.frames, before.frames) < ENOUGH_FRAMES:
        return False
    # Of a former model that saw nobody a share says little: only a phantom that is always there stands out.
    least = 0.0 if _saw_people(before) else PHANTOM_SHARE
    return candidate.share_with_person > max(least, OFTEN_FACTOR * before.share_with_person)


def _bad(reason: UpdateReason, text: str) -> Judgement:
    return Judgement(verdict=Verdict.BAD, reason=reason, text=f"the model on trial {text}")


def _shares(candidate: ModelStatistics, before: ModelStatistics) -> str:
    seen, former = candidate.share_with_person, before.share_with_person
    return f"saw somebody in {seen:.1%} of its frames, the former model in {former:.1%}"
