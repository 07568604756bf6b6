"""The models on this device: one directory each, and a pointer to the active one.

::

    <store>/models/<name>/      model.tflite  model.yaml  golden/
    <store>/models/active       symbolic link to <name>; without it the factory model is active

The models that come with the agent (`built_in`) count as installed, and never change.

Every change is staged beside its place, synchronised, and renamed: after a power cut a model is wholly there or not
at all (rename(2) is atomic within a file system).
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.update.built_in import FACTORY_MODEL, packaged_models
from edge_agent.update.names import ACTIVE, NAME_PATTERN, check_name, closest

MODEL_FILE = "model.tflite"
MANIFEST_FILE = "model.yaml"
GOLDEN_DIRECTORY = "golden"

Judge = Callable[[Path], str]
"""Tries the model of a directory and returns the text of its ``model.yaml``; raises ModelError on a bad one."""

_STAGING = ".staging-"

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
        pointer = self.models / ACTIVE
        with _reading(pointer):
            if pointer.is_symlink():
                name = pointer.readlink().name
                if name in self.names():
                    return name
                logger.warning("the active model %s is gone from %s; the built-in one runs instead", name, self.models)
        return FACTORY_MODEL if FACTORY_MODEL in self.names() else None

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
        with self._changing():
            final = self.models / name
            if name in self.names():
                raise StoreError(f"model {name!r} is already installed; remove it first, or pass --name")
            staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.models))
            try:
                _copy_model(source, staging, golden)
                (staging / MANIFEST_FILE).write_text(judge(staging), "utf-8")
                staging.chmod(0o755)
                _sync_tree(staging)
                staging.rename(final)
                _sync(self.models)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
            return final

    def activate(self, name: str) -> None:
        """Point at another model, in one step.

        Raises:
            StoreError: There is no such model, or the store cannot be written.
        """
        target = self.directory(name)
        with self._changing():
            if target.name == FACTORY_MODEL and target.name in self.built_in():
                (self.models / ACTIVE).unlink(missing_ok=True)
                _sync(self.models)
                return
            link = self.models / f"{_STAGING}{ACTIVE}"
            link.symlink_to(target.name)
            link.replace(self.models / ACTIVE)
            _sync(self.models)

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
        with self._changing():
            if directory.name == self.active():
                raise StoreError(f"model {directory.name!r} is active; activate another one first")
            doomed = self.models / f"{_STAGING}removed"
            directory.rename(doomed)
            _sync(self.models)
            shutil.rmtree(doomed)

    def _installed(self) -> tuple[str, ...]:
        with _reading(self.models):
            if not self.models.is_dir():
                return ()
            found = [each.name for each in self.models.iterdir() if each.is_dir() and not each.is_symlink()]
        return tuple(name for name in found if re.match(NAME_PATTERN, name))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the store's lock, and clear what a power cut left behind."""
        try:
            self.models.mkdir(parents=True, exist_ok=True)
            with (self.models / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                for left in self.models.glob(f"{_STAGING}*"):
                    left.unlink() if left.is_symlink() else shutil.rmtree(left)
                yield
        except OSError as fault:
            raise StoreError(
                f"{fault.filename or self.models}: {fault.strerror}; the model store must be writable and have room, "
                "or pass --store DIR"
            ) from fault


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


def _copy_model(source: Path, staging: Path, golden: tuple[str, ...]) -> None:
    """Copy the files that make a model, and nothing else."""
    if not source.is_dir():
        _copy_file(source.resolve(), staging / MODEL_FILE)  # a link that a person named is what they mean
        return
    _copy_file(source / MODEL_FILE, staging / MODEL_FILE)
    if (source / MANIFEST_FILE).is_file():
        _copy_file(source / MANIFEST_FILE, staging / MANIFEST_FILE)
    if golden:
        if (source / GOLDEN_DIRECTORY).is_symlink():
            raise StoreError(_link_text(source / GOLDEN_DIRECTORY))
        (staging / GOLDEN_DIRECTORY).mkdir()
    for name in golden:
        _copy_file(source / GOLDEN_DIRECTORY / name, staging / GOLDEN_DIRECTORY / name)


def _copy_file(source: Path, target: Path) -> None:
    """Copy a regular file.

    A link in somebody's directory may point at a file that they may not read, and we, often root, may.

    Raises:
        StoreError: It is something else, or cannot be read.
    """
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as fault:
        text = f"{source}: {fault.strerror}; the model's files must be readable"
        raise StoreError(_link_text(source) if fault.errno == errno.ELOOP else text) from fault
    with os.fdopen(descriptor, "rb") as content:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise StoreError(f"{source}: not a regular file; a model consists of files only")
        with target.open("wb") as copy:
            shutil.copyfileobj(content, copy)


def _link_text(path: Path) -> str:
    return f"{path}: a symbolic link, which is not copied; put the file itself in its place"


def _sync_tree(directory: Path) -> None:
    for each in directory.rglob("*"):
        _sync(each)
    _sync(directory)


def _sync(path: Path) -> None:
    """Make sure that a file's content, or a directory's names, are on the disk (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
