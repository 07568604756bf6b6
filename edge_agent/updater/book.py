"""The updater's book: where it stands, on the disk before anything is done about it."""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace

from edge_agent.errors import SignedFileError, StoreError, UpdateRefused
from edge_agent.update.journal import Entry, Journal
from edge_agent.update.model_slots import Slot, Slots
from edge_agent.update.model_statistics import read_statistics
from edge_agent.update.pointer import Pointer, parse_pointer
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.state import ON_TRIAL, RESTING, Fact
from edge_agent.updater.memory import MAX_SPOILT, Memory, MemoryFile, Outcome, TakeBack, Task
from edge_agent.updater.news import News
from edge_agent.updater.parts import Parts
from edge_agent.updater.standing import Listener, Standing
from edge_agent.updater.who_watches import who_watches

logger = logging.getLogger(__name__)

_WITHOUT_TASK = RESTING | {UpdateState.CHECKING, UpdateState.ROLLING_BACK}
_MAX_TEXT = 500


class Book:
    """Journal and memory of one device. Every method that writes raises OSError where the disk refuses.

    Args:
        parts: Of the service.
        listener: Told of each transition.
    """

    def __init__(self, parts: Parts, listener: Listener) -> None:
        self.entry = Entry()
        self.memory = Memory()
        self._parts = parts
        self._listener = listener
        self._journal = Journal(parts.directory / "journal")
        self._file = MemoryFile(parts.directory)

    @property
    def state(self) -> UpdateState:
        """Where it stands."""
        return self.entry.state

    @property
    def task(self) -> Task:
        """The update under way.

        Raises:
            UpdateRefused: It is lost.
        """
        if self.memory.task is None:
            raise UpdateRefused(UpdateReason.POWER_LOSS, "what was under way is lost")
        return self.memory.task

    @property
    def pointer(self) -> Pointer:
        """The pointer that named it; raises likewise."""
        try:
            return parse_pointer(self.task.pointer.encode())
        except SignedFileError as error:  # a later agent began it
            raise UpdateRefused(UpdateReason.INCOMPATIBLE_RUNTIME, str(error)) from error

    @property
    def candidate(self) -> Slot:
        """Its slot in the store; raises likewise."""
        if self.task.candidate is None:
            raise UpdateRefused(UpdateReason.POWER_LOSS, "what was on trial is lost")
        return self.task.candidate

    @property
    def slots(self) -> Slots | None:
        """What runs, and what would take its place; None where the store cannot be read."""
        try:
            return self._parts.trials.slots
        except StoreError:
            return None

    def standing(self) -> Standing:
        """All of it, for a report."""
        slots, watching = self.slots, None
        if slots is not None:
            watching = who_watches(slots, read_statistics(self._parts.statistics), self._now_s())
        return Standing(entry=self.entry, memory=self.memory, slots=slots, watching=watching)

    def open(self) -> None:
        """Take up what was under way when the last run ended.

        Raises:
            OSError: The files cannot be read or written.
            StoreError: The model store cannot be used.
        """
        self._parts.directory.mkdir(parents=True, exist_ok=True)
        last = self._journal.open()
        self.memory = self._file.read()
        self.remember(self.memory.following(self._parts.counted_by))
        steps = [entry for entry in self._journal.entries if entry.reason is not UpdateReason.POWER_LOSS]
        self.entry = steps[-1] if steps else Entry()
        unfinished = self.state not in RESTING or self.memory.task is not None
        if last is not None and unfinished and not last.stopped:
            logger.warning("the last run was cut off in %s; it is gone on with", self.state.value)
            cut = replace(self.entry, reason=UpdateReason.POWER_LOSS, at_s=self._now_s(), stopped=False)
            self._journal.write(cut)
        if self.memory.task is None and self.state not in _WITHOUT_TASK:
            self.enter(UpdateState.IDLE, News(fact=Fact.NOTHING, reason=UpdateReason.POWER_LOSS))
        self._end_stray_trial()
        self._listener.changed(self.standing())

    def close(self) -> None:
        """Note that this run ends on purpose; where that fails, the next run takes it for a power cut."""
        if self._journal.entries:
            self._journal.write(replace(self.entry, stopped=True, at_s=self._now_s()))

    def remember(self, memory: Memory) -> None:
        """Replace the memory, on the disk first."""
        if memory != self.memory:
            self._file.write(memory)
            self.memory = memory

    def enter(self, state: UpdateState, news: News, ended: str | None = None) -> None:
        """Go to a state, on the disk first.

        Args:
            state: The next one.
            news: Why.
            ended: The release that it is about, where that is no longer under way.
        """
        task = self.memory.task
        entry = Entry(
            state=state,
            reason=news.reason,
            text=news.text[:_MAX_TEXT],
            release=task.release if task else ended,
            counter=self.memory.counter,
            at_s=self._now_s(),
        )
        self.entry = self._journal.write(entry)
        why = f": {news.reason.value}" if news.reason else ""
        logger.info("%s%s%s", state.value, why, f" ({news.text})" if news.text else "")
        self._listener.changed(self.standing())

    def note_spoilt(self) -> bool:
        """Remember that a server sent something else than what was signed; whether that was too often by now.

        Raises:
            UpdateRefused: What is under way is lost.
        """
        memory, times = self.memory.spoiling(self.task.rollout, self.task.release)
        self.remember(memory)
        return times >= MAX_SPOILT

    def note_take_back(self, fact: Fact) -> None:
        """Remember which committed model goes back, before anything does."""
        active = self._parts.trials.slots.active
        revoked = active is not None and active.release in self.memory.revoked
        asked = fact is Fact.ROLL_BACK and self.state not in ON_TRIAL
        if active is not None and (revoked or asked):
            back = TakeBack(digest=active.digest, release=active.release)
            self.remember(replace(self.memory, take_back=back))

    def end(self, state: UpdateState, news: News) -> str | None:
        """Nothing is under way any more: remember how it ended; returns the release that it is about."""
        memory, task, back = self.memory, self.memory.task, self.memory.take_back
        before = memory.outcome
        release, rollout = (task.release, task.rollout) if task else (None, "")
        # Whoever revokes what runs wants what mends it.
        mends = task is not None and back is not None and back.release in memory.revoked and back.release != release
        if task is not None and state is not UpdateState.COMMITTED and not mends:
            memory = memory.refusing(rollout, task.release)
        if back is not None:
            release = back.release
            rollout = before.rollout if before and before.release == back.release else ""
            if release is not None:
                memory = memory.refusing(rollout, release)
        memory = replace(memory, task=None, take_back=None)
        if release is not None:
            outcome = Outcome(
                release=release,
                rollout=rollout,
                counter=memory.counter,
                state=state,
                reason=news.reason,
                text=news.text[:_MAX_TEXT],
                at_s=self._now_s(),
            )
            memory = replace(memory, outcome=outcome)
        self.remember(memory)
        return release

    def clear(self) -> None:
        """Delete what nobody needs any more; what cannot be deleted now is later."""
        shutil.rmtree(self._parts.incoming, ignore_errors=True)
        try:
            self._parts.trials.prune()
        except StoreError as fault:
            logger.warning("%s", fault)

    def _end_stray_trial(self) -> None:
        """A trial that nobody here knows of, as after the loss of our files, must not go on for ever."""
        trial, task = self._parts.trials.slots.trial, self.memory.task
        if trial is None or (task is not None and task.candidate == trial.candidate):
            return
        self._parts.trials.end(trial.candidate.digest, UpdateReason.POWER_LOSS, "the updater does not know of it")

    def _now_s(self) -> float:
        return self._parts.clock.wall_s()
