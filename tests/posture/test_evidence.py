"""Evidence of lying, standing and crouching: soft steps between the limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.data.posture import Measure
from edge_agent.posture.evidence import crouching, lying, upright

Kind = Callable[[Measure, Measure], Measure]
UNKNOWN = Measure(0.0, 0.0)
TRUNKS = st.floats(0.0, 180.0)
HIPS = st.floats(-0.2, 0.6)


def value(kind: Kind, trunk_deg: float, hips_h: float) -> float:
    return kind(Measure(trunk_deg, 0.9), Measure(hips_h, 0.9)).value


@pytest.mark.parametrize(
    ("kind", "trunk_deg", "hips_h"), [(lying, 60.0, 0.0), (lying, 90.0, 0.315), (upright, 45.0, 0.49),
                                      (upright, 0.0, 0.38), (crouching, 0.0, 0.25), (crouching, 60.0, 0.1)]
)  # fmt: skip
def test_on_a_limit_the_evidence_is_one_half(kind: Kind, trunk_deg: float, hips_h: float) -> None:
    assert value(kind, trunk_deg, hips_h) == pytest.approx(0.5)


@given(st.sampled_from([lying, upright, crouching]), TRUNKS, HIPS, st.floats(-0.5, 0.5), st.floats(-0.002, 0.002))
def test_evidence_is_in_range_and_without_jumps(
    kind: Kind, trunk_deg: float, hips_h: float, more_deg: float, more_h: float
) -> None:
    here, there = value(kind, trunk_deg, hips_h), value(kind, trunk_deg + more_deg, hips_h + more_h)
    assert 0.0 <= here <= 1.0
    assert abs(here - there) <= 0.05


@given(TRUNKS, HIPS)
def test_nobody_evidently_lies_and_stands_or_lies_and_crouches(trunk_deg: float, hips_h: float) -> None:
    lies = value(lying, trunk_deg, hips_h)
    assert min(lies, value(upright, trunk_deg, hips_h)) <= 0.5
    assert min(lies, value(crouching, trunk_deg, hips_h)) <= 0.5


@given(TRUNKS, HIPS)
def test_lower_hips_and_a_lower_trunk_never_speak_against_lying(trunk_deg: float, hips_h: float) -> None:
    assert value(lying, trunk_deg + 5.0, hips_h) >= value(lying, trunk_deg, hips_h)
    assert value(lying, trunk_deg, hips_h - 0.05) >= value(lying, trunk_deg, hips_h)


def test_without_feet_the_trunk_decides_and_a_squat_cannot_be_told() -> None:
    assert lying(Measure(90.0, 0.8), UNKNOWN) == (1.0, 0.8)
    assert upright(Measure(0.0, 0.8), UNKNOWN) == (1.0, 0.4)
    assert crouching(Measure(0.0, 0.8), UNKNOWN) == (0.0, 0.0)


@pytest.mark.parametrize("kind", [lying, upright, crouching])
@pytest.mark.parametrize("hips", [UNKNOWN, Measure(0.1, 0.9), Measure(0.5, 0.9)])
def test_without_a_trunk_nothing_is_sure(kind: Kind, hips: Measure) -> None:
    assert kind(UNKNOWN, hips).confidence == 0.0
