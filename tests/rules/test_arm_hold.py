"""Rule `arm_hold`: an arm that stays up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people import LYING, SIZE, STANDING, Camera, film, posture, stays, told

from edge_agent.data.event import Severity, Verdict
from edge_agent.data.posture import Band, Measure, Posture
from edge_agent.rules.arm_hold import ArmHold, ArmHoldSettings
from edge_agent.rules.catalogue_settings import CatalogueSettings
from edge_agent.rules.history import History

ON = CatalogueSettings(arm_hold=ArmHoldSettings(enabled=True))


def with_arms(shot: Posture, left_deg: float, right_deg: float, *, sure: float = 0.9) -> Posture:
    return replace(
        shot,
        left_upper_arm_deg=Measure(left_deg, sure),
        right_upper_arm_deg=Measure(right_deg, sure),
        left_arm_band_deg=Band(left_deg, left_deg),
        right_arm_band_deg=Band(right_deg, right_deg),
    )


def judged(shot: Posture, *, raised: bool = False) -> Verdict:
    history = History()
    history.add(shot)
    return ArmHold(ArmHoldSettings()).judge(history, None, SIZE, raised=raised).verdict


@pytest.mark.parametrize("fps", [2.0, 10.0, 30.0])
@pytest.mark.parametrize("arms_deg", [(130.0, 10.0), (10.0, 70.0), (170.0, 170.0)])
def test_an_arm_held_up_for_4_s_is_raised_once_and_cleared(fps: float, arms_deg: tuple[float, float]) -> None:
    down = [with_arms(shot, 10.0, 15.0) for shot in film(stays(STANDING, 1.0), fps=fps)]
    up = [with_arms(shot, *arms_deg) for shot in film(stays(STANDING, 10.0), fps=fps, from_s=1.0)]
    after = [with_arms(shot, 10.0, 15.0) for shot in film(stays(STANDING, 4.0), fps=fps, from_s=11.0)]
    events = Camera(settings=ON).watch([*down, *up, *after])
    assert told(events) == [("arm_hold", "raised"), ("arm_hold", "cleared")]
    assert events[0].severity is Severity.INFO
    assert events[0].observed_s == pytest.approx(1.0 + 4.0, abs=1.0 / fps)


def test_it_is_off_unless_asked_for() -> None:
    assert Camera().watch([with_arms(shot, 130.0, 130.0) for shot in film(stays(STANDING, 10.0))]) == []


@pytest.mark.parametrize(
    ("arm_deg", "before", "while_raised"),
    [(49.0, Verdict.NO, Verdict.NO), (55.0, Verdict.NO, Verdict.YES), (61.0, Verdict.YES, Verdict.YES)],
)
def test_it_begins_at_60_deg_and_ends_below_50(arm_deg: float, before: Verdict, while_raised: Verdict) -> None:
    shot = with_arms(posture(STANDING, 0.0), arm_deg, 5.0)
    assert judged(shot) is before
    assert judged(shot, raised=True) is while_raised


def test_what_cannot_be_told_of_one_arm_does_not_hide_the_other() -> None:
    shot = with_arms(posture(STANDING, 0.0), 120.0, 5.0)
    one_hidden = replace(shot, right_upper_arm_deg=Measure(0.0, 0.1))
    assert judged(one_hidden) is Verdict.YES
    assert judged(replace(one_hidden, left_arm_band_deg=Band(20.0, 90.0))) is Verdict.INDETERMINATE
    assert judged(replace(shot, left_arm_band_deg=Band(20.0, 90.0))) is Verdict.INDETERMINATE


def test_somebody_who_lies_raises_no_arm() -> None:
    assert judged(with_arms(posture(LYING, 0.0), 120.0, 120.0)) is Verdict.NO


def test_limits_closer_than_10_deg_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 10 deg"):
        ArmHoldSettings(enter_deg=60.0, exit_deg=55.0)
