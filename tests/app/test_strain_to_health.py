"""What of RULA and REBA leaves the device: rounded sums, and nothing of anybody."""

from __future__ import annotations

import json

from edge_agent.app.strain_to_health import strain_to_health
from edge_agent.data.strain import AtLeast, Strain
from edge_agent.mqtt.payload import CameraHealth, encode


def test_every_level_has_its_seconds() -> None:
    strain = Strain(calibrated=True)
    for seconds, (rula, reba) in enumerate([(1, 1), (3, 2), (5, 4), (7, 8), (7, 11)], start=1):
        strain.add(AtLeast(rula, reba, observed=seconds == 1), float(seconds))
    strain.add(None, 0.04)
    assert json.loads(encode(strain_to_health(strain))) == {
        "calibrated": True,
        "rula": {"scores_1_2_s": 1.0, "scores_3_4_s": 2.0, "scores_5_6_s": 3.0, "score_7_s": 9.0},
        "reba": {
            "score_1_s": 1.0,
            "scores_2_3_s": 2.0,
            "scores_4_7_s": 3.0,
            "scores_8_10_s": 4.0,
            "scores_11_15_s": 5.0,
        },
        "unscored_s": 0.0,
        "observable_share": 0.066,
    }


def test_a_camera_that_saw_nobody_says_nothing_of_strain() -> None:
    assert "strain" not in json.loads(encode(CameraHealth(fps=10.0, frames_dropped=0)))


def test_a_camera_that_is_not_calibrated_says_so() -> None:
    strain = Strain(calibrated=False)
    strain.add(None, 1.0)
    assert strain_to_health(strain).calibrated is False
