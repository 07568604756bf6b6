"""Rules on trial, and thresholds with which a rule could never raise."""

from __future__ import annotations

import pytest
from config_text import Load, Refused, one


def test_a_rule_is_on_trial_where_it_is_listed(load: Load, minimal: str) -> None:
    assert load(minimal).shadow.bend_hold is None
    read = load(minimal + "shadow: {bend_hold: {enter_deg: 70}, reach_in: {}}\n").shadow
    assert (read.fall, read.bend_hold and read.bend_hold.enter_deg) == (None, 70.0)
    assert read.reach_in is not None


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("{fall: {enabled: false}}", "shadow.fall.enabled", "has no meaning here"),
        ("{fall: }", "shadow.fall", "write `fall: {}`"),
        ("{fal: {}}", "shadow.fal", "did you mean"),
    ],
)
def test_what_would_not_be_tried_is_refused(
    refused: Refused, minimal: str, entry: str, path: str, message: str
) -> None:
    problem = one(refused(minimal + f"shadow: {entry}\n"))
    assert problem.path == path
    assert message in f"{problem.message} {problem.suggestion}"


@pytest.mark.parametrize(
    ("entry", "path", "message"),
    [
        ("slow_collapse: {still_s: 9}", "rules.slow_collapse.still_s", "8"),
        ("sos_gesture: {raises: 4, cycle_s: 2}", "rules.sos_gesture", "lower cycle_s to 1.2"),
    ],
)
def test_thresholds_with_which_a_rule_could_never_raise_are_refused(
    refused: Refused, minimal: str, entry: str, path: str, message: str
) -> None:
    problem = one(refused(minimal + f"rules: {{{entry}}}\n"))
    assert problem.path == path
    assert message in problem.message
