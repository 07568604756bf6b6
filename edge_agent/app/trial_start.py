"""Whether a model on trial may be opened, and the mark that tells the next start that it was."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.update.model_slots import EndedTrial, Slot
from edge_agent.update.reason import UpdateReason
from edge_agent.update.trial_mark import (
    MARK_FILE,
    Found,
    TrialMark,
    found,
    next_mark,
    read_mark,
    remove_mark,
    write_mark,
)
from edge_agent.update.trials import Trials

logger = logging.getLogger(__name__)


class TrialStart:
    """The start of trials, of one run of the agent.

    Args:
        models: The store's directory of models.
        trials: Where a trial is ended.
        boot_id: Of this boot.
    """

    def __init__(self, models: Path, trials: Trials, boot_id: str) -> None:
        self.refused: set[str] = set()
        self._mark = models / MARK_FILE
        self._trials = trials
        self._boot_id = boot_id

    def mark(self, candidate: Slot, *, first: bool) -> EndedTrial | None:
        """Leave the mark before a model on trial is opened.

        Args:
            candidate: The model.
            first: Whether it is the first model of this run: a mark that lies there is then the last run's.

        Returns:
            Why the model must not be opened; None where it may.
        """
        left = read_mark(self._mark)
        why_not = self._why_not(candidate, left if first else None)
        if why_not is not None:
            return why_not
        try:
            write_mark(self._mark, next_mark(left, candidate.digest, self._boot_id))
        except OSError as error:
            return ended(candidate, UpdateReason.DISK_FULL, f"its start cannot be noted: {error.strerror}")
        return None

    def take_back(self, end: EndedTrial) -> None:
        """End the trial of a model that must not be opened, or could not be."""
        logger.error("the model on trial is taken back: %s (%s)", end.text, end.reason)
        try:
            self._trials.end(end.digest, UpdateReason(end.reason), end.text)
        except StoreError as error:
            logger.error("%s; the trial is over all the same", error)
            self.refused.add(end.digest)  # this run does not open it again

    def prove(self) -> None:
        """Note that the model judges frames."""
        mark = read_mark(self._mark)
        if mark is not None:
            trying(lambda: write_mark(self._mark, replace(mark, proven=True)))

    def unmark(self) -> None:
        """No model is on trial, or the agent ends on purpose."""
        trying(lambda: remove_mark(self._mark))

    def _why_not(self, candidate: Slot, left: TrialMark | None) -> EndedTrial | None:
        meaning = found(left, candidate.digest, self._boot_id)
        if meaning is Found.CRASH:
            return ended(candidate, UpdateReason.TRIAL_CRASH, "the agent ended while it was open")
        if meaning is Found.POWER_CUTS:
            return ended(candidate, UpdateReason.POWER_LOSS, "the device went down twice while it was opened")
        if candidate.digest in self.refused:
            return ended(candidate, UpdateReason.LOAD_FAILED, "it was taken back before")
        if not self._trials.is_sound(candidate):
            return ended(candidate, UpdateReason.LENGTH_OR_HASH, "its files are not what was installed")
        return None


def ended(candidate: Slot, reason: UpdateReason, text: str) -> EndedTrial:
    """The end of a trial."""
    return EndedTrial(digest=candidate.digest, reason=reason.value, text=text)


def trying(write: Callable[[], None]) -> None:
    """Write something that the agent can do without."""
    try:
        write()
    except OSError as error:
        logger.warning("%s: %s; the agent goes on watching", error.filename, error.strerror)
