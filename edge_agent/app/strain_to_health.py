"""Seconds of RULA and REBA as `health` and a replay's summary show them."""

from __future__ import annotations

from edge_agent.data.strain import Strain
from edge_agent.mqtt.payload import RebaHealth, RulaHealth, StrainHealth


def strain_to_health(strain: Strain) -> StrainHealth:
    """Rounded, and with a name for every action level."""
    rula_s = [round(seconds, 1) for seconds in strain.rula_s]
    reba_s = [round(seconds, 1) for seconds in strain.reba_s]
    return StrainHealth(
        calibrated=strain.calibrated,
        rula=RulaHealth(scores_1_2_s=rula_s[0], scores_3_4_s=rula_s[1], scores_5_6_s=rula_s[2], score_7_s=rula_s[3]),
        reba=RebaHealth(
            score_1_s=reba_s[0],
            scores_2_3_s=reba_s[1],
            scores_4_7_s=reba_s[2],
            scores_8_10_s=reba_s[3],
            scores_11_15_s=reba_s[4],
        ),
        unscored_s=round(strain.unscored_s, 1),
        observable_share=round(strain.observable_share, 3),
    )
