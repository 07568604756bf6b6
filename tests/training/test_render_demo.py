import numpy as np
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from render_figures import figure

from edge_agent.models.training.render.demo_clip import Incident, Moment, scripted_incidents, zone_polygon
from edge_agent.models.training.render.demo_script import ZONE_M, in_zone, trunk_deg

FRAME_S = 1 / 15


def test_an_upright_trunk_is_at_zero_and_a_lying_one_at_ninety_degrees():
    standing = figure(0).keypoints_m
    lying = standing[:, [2, 1, 0]]
    assert trunk_deg(standing) == pytest.approx(0.0, abs=0.1)
    assert trunk_deg(lying) == pytest.approx(90.0, abs=0.1)


def test_the_ankles_say_who_is_in_the_zone():
    (x0, y0), _, (x1, y1), _ = ZONE_M
    assert in_zone(figure(0, at_m=((x0 + x1) / 2, (y0 + y1) / 2)).keypoints_m)
    assert not in_zone(figure(0, at_m=(x0 - 0.3, y0)).keypoints_m)


def test_the_whole_zone_is_in_the_picture():
    assert all(0 < x < 1 and 0 < y < 1 for x, y in zone_polygon())


def test_an_incident_lasts_while_the_state_does():
    way = np.linspace(ZONE_M[0][1] - 1.0, ZONE_M[2][1] + 1.0, 60)
    middle = (ZONE_M[0][0] + ZONE_M[2][0]) / 2
    frames = [Moment(i * FRAME_S, (figure(0, at_m=(middle, y)),)) for i, y in enumerate(way)]
    (incident,) = scripted_incidents(frames)
    inside = np.flatnonzero((way >= ZONE_M[0][1]) & (way <= ZONE_M[2][1]))
    assert isinstance(incident, Incident)
    assert (incident.kind, incident.track_id) == ("zone_entry", 1)
    assert incident.start_s == pytest.approx(inside[0] * FRAME_S)
    assert incident.end_s == pytest.approx((inside[-1] + 1) * FRAME_S)
