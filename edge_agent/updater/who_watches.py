"""Which model watches where that is not the active one: a device that keeps a release, and does not run it."""

from __future__ import annotations

from edge_agent.update.built_in import FACTORY_MODEL
from edge_agent.update.model_slots import Slots
from edge_agent.update.model_statistics import FACTORY_DIGEST, StatisticsReport

LASTING_S = 600.0
"""Our own: the agent tries a model that did not open four times in it; one that opens then has given no trouble."""
SILENT_S = 900.0
"""Our own: the agent tells every 300 s; where it does not run nobody knows."""


def who_watches(slots: Slots, report: StatisticsReport | None, now_s: float) -> str | None:
    """Name and version of the model that has watched for `LASTING_S` in place of the active one.

    Args:
        slots: Of the store.
        report: Of the agent; None where there is none.
        now_s: Seconds since the Unix epoch.

    Returns:
        None where the active one does, or one on trial, and where nobody knows.
    """
    if report is None or slots.active is None or slots.trial is not None:
        return None
    running = report.running.digest
    if running == slots.active.digest or not report.since_s:
        return None
    if abs(now_s - report.at_s) > SILENT_S or report.at_s - report.since_s < LASTING_S:
        return None
    if running == FACTORY_DIGEST:
        return FACTORY_MODEL
    former = slots.last_good
    return former.label if former is not None and former.digest == running else None
