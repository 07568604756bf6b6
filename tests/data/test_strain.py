"""Which score belongs to which action level."""

from __future__ import annotations

import pytest

from edge_agent.data.strain import AtLeast, Strain


@pytest.mark.parametrize(("rula", "level"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (7, 3)])
def test_the_action_levels_of_rula(rula: int, level: int) -> None:
    strain = Strain(calibrated=True)
    strain.add(AtLeast(rula, 1, observed=True), 2.0)
    assert strain.rula_s == [2.0 if each == level else 0.0 for each in range(4)]


@pytest.mark.parametrize(("reba", "level"), [(1, 0), (2, 1), (3, 1), (4, 2), (7, 2), (8, 3), (10, 3), (11, 4), (15, 4)])
def test_the_action_levels_of_reba(reba: int, level: int) -> None:
    strain = Strain(calibrated=True)
    strain.add(AtLeast(1, reba, observed=True), 2.0)
    assert strain.reba_s == [2.0 if each == level else 0.0 for each in range(5)]


def test_the_share_is_of_all_seconds_in_view() -> None:
    strain = Strain(calibrated=True)
    assert strain.observable_share == 0.0
    strain.add(AtLeast(1, 1, observed=True), 3.0)
    strain.add(AtLeast(1, 1, observed=False), 1.0)
    strain.add(None, 2.0)
    assert (strain.total_s, strain.unscored_s, strain.observable_share) == (6.0, 2.0, 0.5)
