"""Which model watches: the first one at the start, and every other that an update or a person chooses meanwhile.

A model on trial is marked on the disk before it is opened. Who finds the mark at the start knows that the model took
the agent down, and does not open it again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edge_agent.app.counting_detector import CountingDetector
from edge_agent.app.crash_count import MANY, RUN_FILE, CrashCount
from edge_agent.app.open_detector import OpenDetector, Runtime, open_detector
from edge_agent.app.process_memory import rss_mb
from edge_agent.app.trial_start import TrialStart, ended, trying
from edge_agent.clock import Clock
from edge_agent.errors import ModelError, StoreError
from edge_agent.update.model_slots import Slot, Slots, slots_changed_at
from edge_agent.update.model_statistics import (
    FACTORY_DIGEST,
    STATISTICS_FILE,
    ModelStatistics,
    StatisticsReport,
    read_statistics,
    write_statistics,
)
from edge_agent.update.reason import UpdateReason
from edge_agent.update.store import Store
from edge_agent.update.trial_mark import PROVEN_FRAMES
from edge_agent.update.trials import Trials

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5  # how late a change of the slots may be noticed; a look is one stat(2)
_RETRY_S, _LONGEST_RETRY_S = 30.0, 1800.0  # our own: soon after a busy start, twice an hour where it stays as it is
_TELL_EVERY_S = 300.0  # the flash wears: nobody reads it while no trial goes on
_TELL_TRIAL_EVERY_S = 2.0
_FORGET_AT_FRAMES = 20_000  # with a person: what a busy place shows in an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where models are, and how they are run.

    Attributes:
        state_dir: Of the agent.
        use: The model that the configuration names; None for the active one, which updates may change.
        how: How to run it.
        person_score: A detection from this score on counts as a person.
        boot_id: Of this boot.
        tells: Whether the numbers are written while no trial goes on: nobody reads them where there are no updates.
    """

    state_dir: Path
    use: str | None
    how: Runtime
    person_score: float
    boot_id: str
    tells: bool = True


class ModelKeeper:
    """Opens models and changes them. `open` and `close` are the main thread's, `run` is the body of a thread.

    Args:
        home: Where the models are.
        clock: For the times of looks and reports.
        changed: Told of each model after the first, from the keeper's thread.
    """

    def __init__(self, home: Home, clock: Clock, changed: Callable[[OpenDetector], None]) -> None:
        self.detector = CountingDetector(home.person_score)
        self._home = home
        self._clock = clock
        self._changed = changed
        self._store = Store(home.state_dir)
        self._trials = Trials(self._store)
        self._crashes = CrashCount(self._store.models / RUN_FILE, clock, home.boot_id)
        self._start = TrialStart(self._store.models, self._trials, home.boot_id)
        self._report = home.state_dir / STATISTICS_FILE
        self._running = ""
        self._since_s = 0.0
        self._incumbent: ModelStatistics | None = None
        self._on_trial = False
        self._proven = False
        self._looked_at: tuple[int, ...] | None = None
        self._retry_s = 0.0
        self._pause_s = _RETRY_S
        self._tell_s = 0.0

    def open(self) -> OpenDetector:
        """Open the model to begin with: the one on trial, else the active, the last good, or the factory's.

        Raises:
            StoreError: There is no model at all. A store that cannot be read is none: the factory's model watches.
            ModelError: None of them can be used.
        """
        if self._home.use is not None:
            opened = open_detector(self._home.use, self._store, self._home.how)
            self.detector.put(opened.detect, ModelStatistics(digest=""))
            return opened
        self._crashes.begin()
        self._looked_at = slots_changed_at(self._store.models)
        first = self._open_first()
        if first is None:
            raise StoreError("there is no model; install the agent again")
        return first

    def run(self, stop: threading.Event) -> None:
        """Follow the slots until `stop` is set."""
        if self._home.use is not None:
            return
        while not stop.wait(_LOOK_EVERY_S):
            self._look()
            if self._on_trial and not self._proven and self.detector.statistics().frames >= PROVEN_FRAMES:
                self._start.prove()
                self._proven = True
            if self._clock.monotonic_s() >= self._tell_s:
                self._tell()

    def close(self, *, on_purpose: bool) -> None:
        """The agent ends.

        Args:
            on_purpose: Somebody asked it to; where not, the mark of a trial stays for the next start.
        """
        if self._looked_at is None:
            return  # it opened none of the store's: a mark that lies there is another agent's
        if self._running:
            self._tell()
        if on_purpose:
            self._start.unmark()
            self._crashes.clear()

    def _look(self) -> None:
        changed_at = slots_changed_at(self._store.models)
        now_s = self._clock.monotonic_s()
        if changed_at == self._looked_at and not 0.0 < self._retry_s <= now_s:
            return
        self._retry_s = 0.0
        if changed_at != self._looked_at:
            self._pause_s = _RETRY_S
        self._looked_at = changed_at
        try:
            slots = self._store.slots()
            if self._digest(self._wanted(slots)) == self._running:
                self._settle(slots)
            elif (opened := self._open_wanted(slots)) is not None:
                self._changed(opened)
        except (StoreError, ModelError) as error:
            logger.error("%s; the model that runs goes on", error)
            self._retry()

    def _open_first(self) -> OpenDetector | None:
        try:
            slots = self._store.slots()
        except StoreError as error:
            logger.error("%s; the factory model is used until it can be read", error)
            self._retry()
            return self._open_committed(Slots(), None)
        return self._open_wanted(slots)

    def _retry(self) -> None:
        self._retry_s = self._clock.monotonic_s() + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_RETRY_S)

    def _settle(self, slots: Slots) -> None:
        """The model that runs is the one that shall run; its trial may be over."""
        if self._on_trial and slots.trial is None:
            logger.info("the model on trial is the active one now")
            self._on_trial, self._incumbent = False, None
            self._start.unmark()
            self._crashes.opened(self._running)
            self._tell()

    def _open_wanted(self, slots: Slots) -> OpenDetector | None:
        """Open the best model that can be opened; None where that one runs already."""
        # What the process has now is what the next model's memory is compared with.
        before = replace(self.detector.statistics(), rss_mb=rss_mb()) if self._running else None
        if slots.trial is not None:
            opened = self._open_trial(slots.trial.candidate)
            if opened is not None:
                self._put(opened, slots.trial.candidate.digest, before, on_trial=True)
                return opened
        opened = self._open_committed(slots, before)
        self._start.unmark()
        active = self._digest(slots.active)
        if self._running != active and not self._crashes.too_often(active):
            self._retry()
        return opened

    def _open_committed(self, slots: Slots, before: ModelStatistics | None) -> OpenDetector | None:
        fault: ModelError | StoreError | None = None
        for slot in _fallbacks(slots):
            if self._running == self._digest(slot):
                return None
            if not self._may_open(slot):
                continue
            try:
                opened = self._open(slot)
            except (ModelError, StoreError) as error:
                logger.error("the model %s cannot be used: %s", slot.directory if slot else "of the factory", error)
                fault = error
                continue
            self._put(opened, self._digest(slot), before, on_trial=False)
            return opened
        raise fault or StoreError("there is no model; install the agent again")

    def _may_open(self, slot: Slot | None) -> bool:
        if slot is None:
            return True  # there is nothing to go back to
        if self._crashes.too_often(slot.digest):
            logger.error("the model %s took the agent down %d times; the one before it is used", slot.directory, MANY)
            return False
        if not self._trials.is_sound(slot):
            logger.error("the model %s is damaged or gone; the one before it is used", slot.directory)
            return False
        return True

    def _open_trial(self, candidate: Slot) -> OpenDetector | None:
        """The model on trial; None where it must not be opened, and its trial is then over."""
        end = self._start.mark(candidate, first=not self._running)
        if end is None:
            try:
                return self._open(candidate)
            except (ModelError, StoreError) as error:
                end = ended(candidate, UpdateReason.LOAD_FAILED, str(error))
        self._start.take_back(end)
        return None

    def _open(self, slot: Slot | None) -> OpenDetector:
        return open_detector(str(self._store.place(slot)), self._store, self._home.how)

    def _put(self, opened: OpenDetector, digest: str, before: ModelStatistics | None, *, on_trial: bool) -> None:
        """Put a model to work, with what is known of it."""
        report = read_statistics(self._report)
        told = (report.running, report.incumbent) if report else ()
        kept = [each for each in (before, self._incumbent, *told) if each is not None]
        known = {each.digest: each for each in reversed(kept)}
        former = [each for each in kept if each.digest != digest]
        self._incumbent = former[0] if on_trial and former else None
        counted = known.get(digest, ModelStatistics(digest=digest))
        if on_trial and before is not None:
            counted = ModelStatistics(digest=digest)  # a trial begins; after a restart it is gone on with
        self.detector.put(opened.detect, counted)
        self._running, self._on_trial, self._proven = digest, on_trial, False
        self._since_s = self._clock.wall_s()
        self._crashes.opened("" if on_trial or digest == FACTORY_DIGEST else digest)
        logger.info("%s watches%s", opened.model, ", on trial" if on_trial else "")
        self._tell()

    def _tell(self) -> None:
        if not self._home.tells and not self._on_trial:
            self._tell_s = float("inf")
            return
        statistics = self.detector.statistics()
        if not self._on_trial and statistics.frames_with_person > _FORGET_AT_FRAMES:
            self.detector.forget_half()
        running = replace(statistics, rss_mb=rss_mb())
        now_s, since_s = self._clock.wall_s(), self._since_s
        report = StatisticsReport(running=running, incumbent=self._incumbent, at_s=now_s, since_s=since_s)
        trying(lambda: write_statistics(self._report, report))
        self._tell_s = self._clock.monotonic_s() + (_TELL_TRIAL_EVERY_S if self._on_trial else _TELL_EVERY_S)

    def _wanted(self, slots: Slots) -> Slot | None:
        if slots.trial is not None and slots.trial.candidate.digest not in self._start.refused:
            return slots.trial.candidate
        return slots.active

    @staticmethod
    def _digest(slot: Slot | None) -> str:
        return FACTORY_DIGEST if slot is None else slot.digest


def _fallbacks(slots: Slots) -> Iterator[Slot | None]:
    """Where to look for a model that is no trial's, the best first."""
    yield slots.active
    if slots.active is not None and slots.last_good is not None:
        yield slots.last_good
    if slots.active is not None:
        yield None
