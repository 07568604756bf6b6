"""What an update does to the store: a model comes in, runs on trial, and is kept or taken back.

Each step is one atomic change of the slots, and doing it twice is doing it once: whoever was interrupted does it again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edge_agent.runtime.durable import sync, sync_tree
from edge_agent.update.model_slots import EndedTrial, Slot, Slots, Trial, read_slots, write_slots
from edge_agent.update.names import check_name
from edge_agent.update.reason import UpdateReason
from edge_agent.update.release import RELEASE_FILE
from edge_agent.update.store import Store
from edge_agent.update.store_lock import STAGING, changing
from edge_agent.update.tree_digest import file_sha256, tree_digest

_Change = Callable[[Slots], Slots]


def release_directory(model: str, version: str, release: str) -> str:
    """Name of the directory in the store for a release: readable, and different for different releases."""
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in version.lower())
    return check_name(f"{model[:32]}-{plain[:20]}-{release[:8]}")


class Trials:
    """The steps. The daemon takes `end`, the updater all of them.

    Args:
        store: Of this device.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._models = store.models

    @property
    def slots(self) -> Slots:
        """What is active, last good and on trial.

        Raises:
            StoreError: The store cannot be read.
        """
        return self._store.slots()

    def place(self, slot: Slot) -> Path:
        """The directory of a slot's model."""
        return self._store.place(slot)

    def is_sound(self, slot: Slot) -> bool:
        """Whether everything in a model's directory is as it was when it was installed."""
        try:
            return tree_digest(self._store.place(slot)) == slot.digest
        except OSError:
            return False

    def adopt(self, staged: Path, model: str, version: str) -> Slot:
        """Move a release that was judged into the store; the disk has it when this returns.

        Args:
            staged: Directory with the whole release, ``release.json`` too, on the store's file system.
            model: Name of the model.
            version: Its version.

        Returns:
            Its slot. Where the store had the release before, sound or damaged, the staged one takes its place.

        Raises:
            StoreError: The store cannot be written.
        """
        with changing(self._models):
            final = self.directory_of(model, version, file_sha256(staged / RELEASE_FILE))
            sync_tree(staged)
            if final.exists() and tree_digest(final) == tree_digest(staged):
                shutil.rmtree(staged)
                return self.slot_of(final, model, version)
            if final.exists():
                # Who has the old files open keeps them: they are unlinked, never written to.
                final.rename(self._models / f"{STAGING}former")
            staged.rename(final)
            sync(self._models)
            shutil.rmtree(self._models / f"{STAGING}former", ignore_errors=True)
            return self.slot_of(final, model, version)

    def directory_of(self, model: str, version: str, release: str) -> Path:
        """Where the store has a release, or would have it."""
        return self._models / release_directory(model, version, release)

    def slot_of(self, directory: Path, model: str, version: str) -> Slot:
        """A slot for a release that is in the store.

        Raises:
            OSError: It cannot be read.
        """
        release, digest = file_sha256(directory / RELEASE_FILE), tree_digest(directory)
        return Slot(directory=directory.name, digest=digest, model=model, version=version, release=release)

    def begin(self, trial: Trial) -> None:
        """Ask the daemon to run a model.

        Raises:
            StoreError: The store cannot be written.
        """
        self._change(lambda slots: slots if slots.trial == trial else replace(slots, trial=trial, ended=None))

    def commit(self, candidate: Slot) -> bool:
        """Make the model on trial the active one, and the active one the last good one.

        Returns:
            Whether it is active now; it is not where its trial was ended meanwhile.

        Raises:
            StoreError: The store cannot be written.
        """

        def committed(slots: Slots) -> Slots:
            if slots.trial is None or slots.trial.candidate.digest != candidate.digest:
                return slots
            former = slots.active
            # What is damaged, or the same model damaged, is nothing to go back to.
            last_good = slots.last_good if former and not self._may_return_to(former, candidate) else former
            return replace(slots, active=slots.trial.candidate, last_good=last_good, trial=None, ended=None)

        after = self._change(committed)
        return after.active is not None and after.active.digest == candidate.digest

    def end(self, digest: str, reason: UpdateReason, text: str) -> None:
        """End a trial; the active model runs again.

        Args:
            digest: Of the candidate.
            reason: Why.
            text: For people.

        Raises:
            StoreError: The store cannot be written.
        """

        def ended(slots: Slots) -> Slots:
            if slots.trial is None or slots.trial.candidate.digest != digest:
                return slots
            return replace(slots, trial=None, ended=EndedTrial(digest=digest, reason=reason.value, text=text))

        self._change(ended)

    def forget_ended(self) -> None:
        """How the last trial ended says nothing about the next one, not even of the same model.

        Raises:
            StoreError: The store cannot be written.
        """
        self._change(lambda slots: replace(slots, ended=None))

    def roll_back(self, digest: str, revoked: frozenset[str] = frozenset()) -> Slot | None:
        """Take back a committed model: the last good one becomes active, or the factory model.

        Args:
            digest: Of the model to take back; where it is not the active one nothing happens.
            revoked: Releases that must not run.

        Returns:
            What is active now.

        Raises:
            StoreError: The store cannot be written.
        """

        def rolled_back(slots: Slots) -> Slots:
            if slots.active is None or slots.active.digest != digest:
                return slots
            good = slots.last_good
            if good is not None and (good.release in revoked or good.digest == digest or not self.is_sound(good)):
                good = None
            return replace(slots, active=good, last_good=None, trial=None)

        return self._change(rolled_back).active

    def prune(self) -> None:
        """Delete what updates brought and no slot holds any more. What a person installed stays.

        Raises:
            StoreError: The store cannot be written.
        """
        with changing(self._models):
            slots = read_slots(self._models)
            for directory in self._models.iterdir():
                brought = (directory / RELEASE_FILE).is_file() and not directory.name.startswith(".")
                if brought and not directory.is_symlink() and not slots.uses(directory.name):
                    doomed = self._models / f"{STAGING}pruned"
                    directory.rename(doomed)
                    shutil.rmtree(doomed)
            sync(self._models)

    def _may_return_to(self, former: Slot, candidate: Slot) -> bool:
        return former.directory != candidate.directory and self.is_sound(former)

    def _change(self, change: _Change) -> Slots:
        with changing(self._models):
            before = read_slots(self._models)
            after = change(before)
            if after != before:
                write_slots(self._models, after)
            return after
