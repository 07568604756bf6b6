"""The models on this device: one directory each, and a pointer to the active one.

::

    <store>/models/<name>/      model.tflite  model.yaml  golden/  (release.json, where an update brought it)
    <store>/models/slots-1.twin which of them is active, which is the last good one, which is on trial (model_slots);
                                without it and its copy the factory model is active

The models that come with the agent (`built_in`) count as installed, and never change.

Every change is staged beside its place, synchronised, and renamed: after a power cut a model is wholly there or not
at all (rename(2) is atomic within a file system).
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.runtime.durable import sync, sync_tree
from edge_agent.update.built_in import FACTORY_MODEL, packaged_models
from edge_agent.update.copy_model import copy_model
from edge_agent.update.model_slots import EndedTrial, Slot, Slots, read_slots, write_slots
from edge_agent.update.names import ACTIVE, MANIFEST_FILE, MODEL_FILE, NAME_PATTERN, check_name, closest
from edge_agent.update.reason import UpdateReason
from edge_agent.update.release import RELEASE_FILE
from edge_agent.update.store_lock import STAGING, changing
from edge_agent.update.tree_digest import file_sha256, tree_digest

Judge = Callable[[Path], str]
"""Tries the model of a directory and returns the text of its ``model.yaml``; raises ModelError on a bad one."""

logger = logging.getLogger(__name__)


def default_store(environment: Mapping[str, str], *, root: bool) -> Path:
    """Where the agent keeps its state: EDGE_AGENT_STATE, /var/lib for root, XDG_STATE_HOME for others."""
    if chosen := environment.get("EDGE_AGENT_STATE"):
        return Path(chosen)
    if root:
        return Path("/var/lib/edge-agent")
    state = environment.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "edge-agent"


class Store:
    """The model store of one directory.

    Args:
        root: The directory; made when the first model is installed.
        packaged: Where the built-in models are; those of the package where None.
    """

    def __init__(self, root: Path, packaged: Path | None = None) -> None:
        self.models = root / "models"
        self._packaged = packaged or packaged_models()

    def names(self) -> tuple[str, ...]:
        """The models that can be used, built-in ones among them, in alphabetical order.

        Raises:
            StoreError: The store cannot be read; so of every method below.
        """
        return tuple(sorted({*self._installed(), *self.built_in()}))

    def built_in(self) -> tuple[str, ...]:
        """The models that came with the agent, but for those of whose name one was installed before they did."""
        with _reading(self._packaged):
            found = [each.parent.name for each in self._packaged.glob(f"*/{MODEL_FILE}")]
        return tuple(sorted({*found} - {*self._installed()}))

    def active(self) -> str | None:
        """Name of the active model, if it is there; else the factory model's; None where that is absent, too."""
        slots, known = self.slots(), self.names()
        for slot in (slots.active, slots.last_good):
            if slot is None:
                break
            if slot.directory in known:
                return slot.directory
            logger.warning("the model %s is gone from %s; the one before it runs instead", slot.directory, self.models)
        return FACTORY_MODEL if FACTORY_MODEL in known else None

    def slots(self) -> Slots:
        """What is active, last good and on trial."""
        with _reading(self.models):
            return read_slots(self.models)

    def slot(self, name: str) -> Slot | None:
        """A slot for an installed model as it is now; None for the factory model.

        Raises:
            StoreError: There is no such model.
        """
        directory = self.directory(name)
        if directory.name == FACTORY_MODEL and directory.name in self.built_in():
            return None
        with _reading(directory):
            signed = directory / RELEASE_FILE
            release = file_sha256(signed) if signed.is_file() else None
            return Slot(directory=directory.name, digest=tree_digest(directory), release=release)

    def place(self, slot: Slot | None) -> Path:
        """The directory of a slot's model; whether it is there or sound is not looked at."""
        if slot is None:
            return self._packaged / FACTORY_MODEL
        installed = self.models / slot.directory
        return installed if installed.is_dir() else self._packaged / slot.directory

    def directory(self, name: str) -> Path:
        """The directory of an installed model, or of the active one by that word.

        Raises:
            StoreError: There is no such model.
        """
        known = self.names()
        wanted = self.active() if name == ACTIVE else name
        if wanted in known:
            return (self._packaged if wanted in self.built_in() else self.models) / wanted
        if name == ACTIVE:
            raise StoreError(
                f"no model is active in {self.models}, and the built-in {FACTORY_MODEL} is missing from "
                f"{self._packaged}; install the agent again, choose a model with `edge-agent model activate NAME`, or "
                "name another store with --store DIR (state_dir in the configuration)"
            )
        raise StoreError(
            f"no model {name!r} is installed in {self.models}; {closest(name, known)}see `edge-agent model list`"
        )

    def install(self, name: str, source: Path, judge: Judge, golden: tuple[str, ...] = ()) -> Path:
        """Install a model, or nothing.

        Args:
            name: Of the new model.
            source: A ``.tflite`` file or a model directory; copied.
            judge: Tries the copy, and gives its manifest.
            golden: Plain names of the files of the directory's ``golden/`` to copy; no other file of it is.

        Returns:
            The model's directory.

        Raises:
            StoreError: The name is taken or not allowed, a file is no regular one, or the store cannot be written.
            ModelError: The judge refuses the model.
        """
        check_name(name)
        with changing(self.models):
            final = self.models / name
            if name in self.names():
                raise StoreError(f"model {name!r} is already installed; remove it first, or pass --name")
            staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=self.models))
            try:
                copy_model(source, staging, golden)
                (staging / MANIFEST_FILE).write_text(judge(staging), "utf-8")
                staging.chmod(0o755)
                sync_tree(staging)
                staging.rename(final)
                sync(self.models)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            return final

    def activate(self, name: str) -> None:
        """Point at another model, in one step; the one before it becomes the last good one, and a trial ends.

        Raises:
            StoreError: There is no such model, or the store cannot be written.
        """
        slot = self.slot(name)
        with changing(self.models):
            before = read_slots(self.models)
            same = (before.active and before.active.directory) == (slot and slot.directory)
            last_good = before.last_good if same else before.active
            after = replace(before, active=slot, last_good=last_good, trial=None)
            if before.trial is not None:
                # A person has chosen. Who asked for the trial must not ask once more.
                text = "somebody activated another model"
                ended = EndedTrial(digest=before.trial.candidate.digest, reason=UpdateReason.CANCELED.value, text=text)
                after = replace(after, ended=ended)
            write_slots(self.models, after)

    def remove(self, name: str) -> None:
        """Delete a model that is not active.

        Raises:
            StoreError: There is no such model, it is active or built in, or the store cannot be written.
        """
        directory = self.directory(name)
        if directory.name in self.built_in():
            raise StoreError(
                f"model {directory.name!r} came with the agent and stays; activate another one to use that"
            )
        with changing(self.models):
            before = read_slots(self.models)
            if before.trial is not None and before.trial.candidate.directory == directory.name:
                raise StoreError(f"model {directory.name!r} is on trial; wait for its end, or cancel the update")
            if directory.name == self.active():
                raise StoreError(f"model {directory.name!r} is active; activate another one first")
            if before.last_good is not None and before.last_good.directory == directory.name:
                write_slots(self.models, replace(before, last_good=None))
            doomed = self.models / f"{STAGING}removed"
            directory.rename(doomed)
            sync(self.models)
            shutil.rmtree(doomed)

    def _installed(self) -> tuple[str, ...]:
        with _reading(self.models):
            if not self.models.is_dir():
                return ()
            found = [each.name for each in self.models.iterdir() if each.is_dir() and not each.is_symlink()]
        return tuple(name for name in found if re.match(NAME_PATTERN, name))


def resolve(name_or_path: str, store: Store, catalogue: tuple[str, ...]) -> Path:
    """The model that somebody means.

    Args:
        name_or_path: A ``.tflite`` file, a model directory, the name of an installed model, or ``active``.
        store: Where installed models are.
        catalogue: Names of the models that could be installed.

    Returns:
        A ``.tflite`` file that exists; manifest and golden inputs lie beside it.

    Raises:
        StoreError: There is no such model; the text says how to get it.
    """
    path = Path(name_or_path)
    with _reading(path):
        if path.is_dir():
            path = path / MODEL_FILE
        if path.is_file():
            return path
    if name_or_path == ACTIVE or name_or_path in store.names():
        return store.directory(name_or_path) / MODEL_FILE
    if name_or_path in catalogue:
        raise StoreError(
            f"model {name_or_path!r} is not installed; install it with `edge-agent model add {name_or_path}`"
        )
    raise StoreError(
        f"{name_or_path}: no such file, and no model of that name in {store.models}; "
        f"{closest(name_or_path, (*store.names(), *catalogue))}install one with `edge-agent model add NAME`"
    )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise StoreError(
            f"{fault.filename or path}: {fault.strerror}; a model and its store must be readable, or pass --store DIR"
        ) from fault
