"""The update service: does what the state says, learns a fact, writes the next state down, and only then goes there."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import replace

from edge_agent.errors import StoreError, TransferRefused, UpdateDelayed, UpdateFailed, UpdateRefused
from edge_agent.runtime.backoff import FullJitter
from edge_agent.runtime.task_desk import TaskDesk
from edge_agent.update.reason import UpdateReason, UpdateState
from edge_agent.update.state import ON_TRIAL, RESTING, Fact, next_state
from edge_agent.updater import release_steps
from edge_agent.updater.book import Book
from edge_agent.updater.check import check, may_begin
from edge_agent.updater.news import News
from edge_agent.updater.parts import Parts
from edge_agent.updater.standing import Listener
from edge_agent.updater.trial_watch import new_trial, watch_start, watch_trial

logger = logging.getLogger(__name__)

_TURN_S = 0.5
_RETRY_BASE_S, _RETRY_CAP_S = 15.0, 1800.0  # our own: soon after a hiccup, twice an hour through an outage
_CHECK_JITTER = 0.1
_NO_WAY_ROUND = ON_TRIAL | {UpdateState.COMMITTED, UpdateState.ROLLING_BACK}


class Interrupted(UpdateFailed):
    """Something else is to be done than to fetch a file."""


class UpdateService:
    """One device's updates. `open`, then `turn` again and again, on one thread; others ask through `desk`.

    Args:
        parts: What it works with.
        listener: Hears of it.
        rng: For the jitter of looks and retries.
    """

    def __init__(self, parts: Parts, listener: Listener, rng: random.Random) -> None:
        self.desk: TaskDesk[UpdateService] = TaskDesk()
        self.book = Book(parts, listener)
        self._parts = parts
        self._listener = listener
        self._rng = rng
        self._backoff = FullJitter(rng, _RETRY_BASE_S, _RETRY_CAP_S)
        self._check_s = 0.0
        self._not_before_s = 0.0
        self._stopping = False
        self._handlers: dict[UpdateState, Callable[[], News | None]] = {
            UpdateState.CHECKING: self._look,
            UpdateState.QUEUED: self._wait,
            UpdateState.DOWNLOADING: self._fetch,
            UpdateState.VERIFYING: self._verify,
            UpdateState.SELF_TEST: self._judge,
            UpdateState.STAGED: self._store,
            UpdateState.ACTIVATING: self._activate,
            UpdateState.TRIAL: self._watch,
            UpdateState.COMMITTED: self._commit,
            UpdateState.ROLLING_BACK: self._take_back,
        }

    @property
    def state(self) -> UpdateState:
        """Where it stands."""
        return self.book.state

    @property
    def rests(self) -> bool:
        """Whether nothing is under way: a commit that was written down and not done yet is."""
        return self.state in RESTING and not (self.state is UpdateState.COMMITTED and self.book.memory.task)

    def turn(self) -> float:
        """Do what the state says, once.

        Returns:
            Seconds to wait before the next turn; 0 where there is more to do at once.
        """
        self.desk.serve(self)
        before = self.book.entry.number
        try:
            news = self._news()
            if news is not None:
                self.take(news)
        except (OSError, StoreError) as fault:
            # Where not even the journal can be written nothing has changed, and the state is entered again.
            logger.error("%s: the updater waits", fault)
            return self._retry_s()
        return 0.0 if self.book.entry.number != before and not self.rests else _TURN_S

    def take(self, news: News) -> None:
        """Go where a fact leads.

        Raises:
            OSError: The disk does not take it; the state stays.
            StoreError: The store cannot be read; likewise.
        """
        transition = next_state(self.state, news.fact, news.reason)
        if transition.state is self.state:
            return
        if news.fact in (Fact.DELAYED, Fact.REFUSED):
            self._postpone()
        elif news.fact in (Fact.FOUND, Fact.NOTHING, Fact.REVOKED):
            self._check_s = self._next_check_s()
        if news.fact in (Fact.NOTHING, Fact.PASSED):
            self._backoff.reset()
        if self.state is UpdateState.CHECKING and news.fact in (Fact.DELAYED, Fact.REFUSED):
            # The look failed: that is no fault of the release that waited in the queue.
            self.book.remember(replace(self.book.memory, task=None))
        if transition.state is UpdateState.ROLLING_BACK:
            self.book.note_take_back(news.fact)
        ended = transition.state in (UpdateState.FAILED, UpdateState.ROLLED_BACK)
        about = self.book.end(transition.state, news) if ended else None
        self.book.enter(transition.state, news, about)
        if ended:
            self.book.clear()

    def check_soon(self) -> None:
        """Look at the repository in the next turn, or as soon as what is under way allows."""
        self._check_s = self._not_before_s = 0.0

    def stop(self) -> None:
        """End a file that is being fetched; it is gone on with in the next run. Any thread."""
        self._stopping = True

    def interrupt(self) -> None:
        """Hear what others ask while a file is fetched.

        Raises:
            Interrupted: Something else is to be done now.
        """
        before = self.state
        self.desk.serve(self)
        if self._stopping or self.state is not before:
            raise Interrupted(UpdateReason.CANCELED, "something else is to be done now")

    def _news(self) -> News | None:
        # A look may take longer than it is until the next: the trial is watched all the same.
        return self._due_look() or self._handled()

    def _due_look(self) -> News | None:
        if self._parts.clock.monotonic_s() < self._check_s:
            return None
        if self.rests or self.state is UpdateState.QUEUED:
            return News(fact=Fact.CHECK_DUE)
        return self._look_for_revoked() if self.state in ON_TRIAL or self.state is UpdateState.PAUSED else None

    def _handled(self) -> News | None:
        handler = self._handlers.get(self.state)
        if handler is None:
            return None
        try:
            return handler()
        except Interrupted:
            return None
        except UpdateRefused as fault:
            return News(fact=Fact.REFUSED, reason=UpdateReason(fault.reason), text=str(fault))
        except UpdateDelayed as fault:
            return News(fact=Fact.DELAYED, reason=UpdateReason(fault.reason), text=str(fault))
        except (OSError, StoreError) as fault:
            if self.state in _NO_WAY_ROUND:
                raise  # it is tried again until it works
            return News(fact=Fact.DELAYED, reason=UpdateReason.DISK_FULL, text=str(fault))

    def _look(self) -> News:
        checked = check(self._parts, self.book.memory)
        if checked.news.fact is not Fact.REVOKED or self.book.memory.task is None:
            self.book.remember(checked.memory)
        else:
            self.book.remember(replace(checked.memory, task=self.book.memory.task))
        return checked.news

    def _look_for_revoked(self) -> News | None:
        self._check_s = self._next_check_s()
        try:
            checked = check(self._parts, self.book.memory)
        except (UpdateFailed, OSError, StoreError) as fault:
            logger.info("cannot look for revoked releases now: %s", fault)
            return None
        seen = checked.memory
        self.book.remember(replace(self.book.memory, counter=seen.counter, revoked=seen.revoked))
        return checked.news if checked.news.fact is Fact.REVOKED else None

    def _wait(self) -> News | None:
        if self._parts.clock.monotonic_s() < self._not_before_s:
            return None
        return may_begin(self.book.pointer, self._parts, self.book.memory)

    def _fetch(self) -> News:
        release = self.book.task.release

        def progress(done_bytes: int, total_bytes: int) -> None:
            self.interrupt()
            self._listener.progress(release, done_bytes, total_bytes)

        try:
            release_steps.fetch(self._parts, self.book.pointer, progress)
        except TransferRefused as fault:
            if self.book.note_spoilt():
                raise
            raise UpdateDelayed(fault.reason, str(fault)) from fault
        return News(fact=Fact.FETCHED)

    def _verify(self) -> News:
        release_steps.verify(self._parts, self.book.pointer)
        return News(fact=Fact.VERIFIED)

    def _judge(self) -> News:
        release_steps.judge(self._parts, self.book.pointer)
        return News(fact=Fact.PASSED)

    def _store(self) -> News:
        slot = release_steps.store(self._parts, self.book.pointer)
        self._parts.trials.forget_ended()  # of an earlier rollout; this one's trial has not begun
        task = replace(self.book.task, candidate=slot, begun_s=self._parts.clock.wall_s())
        self.book.remember(replace(self.book.memory, task=task))
        return News(fact=Fact.STORED)

    def _activate(self) -> News | None:
        trials, candidate = self._parts.trials, self.book.candidate
        slots = trials.slots
        if slots.trial is None and (slots.ended is None or slots.ended.digest != candidate.digest):
            release = release_steps.read_release(trials.place(candidate))
            trials.begin(new_trial(candidate, release, self.book.pointer))
        return watch_start(self._parts, self.book.task, candidate)

    def _watch(self) -> News | None:
        return watch_trial(self._parts, self.book.task, self.book.candidate)

    def _commit(self) -> News | None:
        task = self.book.memory.task
        if task is None or task.candidate is None:
            return None
        if not self._parts.trials.commit(task.candidate):
            return News(fact=Fact.TRIAL_OVER, reason=UpdateReason.CANCELED, text="its trial was ended")
        entry = self.book.entry
        self.book.end(UpdateState.COMMITTED, News(fact=Fact.ACTIVE, reason=entry.reason, text=entry.text))
        logger.info("%s is the active model", task.candidate.label)
        self.book.clear()
        self._listener.changed(self.book.standing())
        return None

    def _take_back(self) -> News:
        """End the trial, or make the last good model the active one; the reason stays that of the entry."""
        trials, entry, memory = self._parts.trials, self.book.entry, self.book.memory
        trial = trials.slots.trial
        if trial is not None:
            trials.end(trial.candidate.digest, entry.reason or UpdateReason.CANCELED, entry.text)
        if memory.take_back is not None:
            trials.roll_back(memory.take_back.digest, frozenset(memory.revoked))
        return News(fact=Fact.TAKEN_BACK, reason=entry.reason or UpdateReason.CANCELED, text=entry.text)

    def _postpone(self) -> None:
        wait_s = self._retry_s()
        self._not_before_s = self._check_s = self._parts.clock.monotonic_s() + wait_s

    def _retry_s(self) -> float:
        return min(self._backoff.next_s() + 1.0, self._parts.settings.check_every_s)

    def _next_check_s(self) -> float:
        spread = 1.0 + self._rng.uniform(-_CHECK_JITTER, _CHECK_JITTER)
        return self._parts.clock.monotonic_s() + self._parts.settings.check_every_s * spread
