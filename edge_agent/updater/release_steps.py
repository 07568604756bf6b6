"""From a signed pointer to a judged model in the store. Every step can be done twice."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import (
    GoldenMismatch,
    ModelError,
    RuntimeMissing,
    SignedFileError,
    TooMuchMemory,
    TooSlow,
    UpdateDelayed,
    UpdateRefused,
)
from edge_agent.pose.judge import ProbeReport
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.model_slots import Slot
from edge_agent.update.part_file import PART_SUFFIX
from edge_agent.update.pointer import Pointer
from edge_agent.update.reason import UpdateReason
from edge_agent.update.release import (
    MAX_RELEASE_BYTES,
    RELEASE_FILE,
    Release,
    hardware_fits,
    model_directory,
    parse_release,
    release_path,
    version_fits,
)
from edge_agent.update.tree_digest import file_sha256
from edge_agent.updater.parts import Device, Parts

_BLOCK_BYTES = 512  # of st_blocks, whatever the file system's own block is (stat(2))
_REASONS: tuple[tuple[type[ModelError], UpdateReason], ...] = (
    (GoldenMismatch, UpdateReason.GOLDEN_MISMATCH),
    (TooSlow, UpdateReason.LATENCY),
    (TooMuchMemory, UpdateReason.MEMORY),
    (RuntimeMissing, UpdateReason.INCOMPATIBLE_RUNTIME),
    (ModelError, UpdateReason.LOAD_FAILED),
)


def fetch(parts: Parts, pointer: Pointer, progress: Callable[[int, int], None]) -> None:
    """Get every file of the release that a pointer names; what is there already stays.

    Args:
        parts: Of the service.
        pointer: Names the release.
        progress: Told of the bytes that are there, and of all.

    Raises:
        UpdateRefused: The release is not the one that was named, or not for this device, or not to be had.
        UpdateDelayed: It could not be had now, or there is no room.
    """
    path = release_path(pointer.name, pointer.version)
    raw = parts.repository.small_target(path, MAX_RELEASE_BYTES)
    release = _named(raw, pointer)
    check_fits(release, parts.device)
    directory = parts.staged(pointer.release_sha256)
    _make_room(parts, directory, release)
    replace_file(directory / RELEASE_FILE, raw)
    done = 0
    for file in release.files:
        target = parts.repository.target(f"{model_directory(release.name, release.version)}/{file.path}")
        if target.length != file.length or target.sha256 not in ("", file.sha256):
            raise UpdateRefused(UpdateReason.LENGTH_OR_HASH, f"{target.path}: release.json says another hash of it")
        destination = directory / file.path
        destination.parent.mkdir(exist_ok=True)
        parts.download(target, destination, _offset(progress, done, release.total_bytes))
        done += file.length
        progress(done, release.total_bytes)


def verify(parts: Parts, pointer: Pointer, directory: Path | None = None) -> Release:
    """Hash every file that was fetched again, from the disk; nothing else may lie beside them.

    Args:
        parts: Of the service.
        pointer: Names the release.
        directory: Where it lies; where it was fetched to where absent.

    Raises:
        UpdateDelayed: Something is damaged or gone; it is deleted, to be fetched again.
        UpdateRefused: It is not for this device.
    """
    directory = directory or parts.staged(pointer.release_sha256)
    try:
        release = _named((directory / RELEASE_FILE).read_bytes(), pointer)
        wanted = {file.path: file for file in release.files}
        for file in [each for each in directory.rglob("*") if not each.is_dir()]:
            name = file.relative_to(directory).as_posix()
            if name == RELEASE_FILE:
                continue
            if name not in wanted or file.is_symlink():
                file.unlink()
        for name, each in wanted.items():
            file = directory / name
            if file.stat().st_size != each.length or file_sha256(file) != each.sha256:
                file.unlink()
                raise UpdateDelayed(UpdateReason.LENGTH_OR_HASH, f"{name} was damaged on the disk; it is fetched again")
    except (OSError, UpdateRefused) as fault:
        shutil.rmtree(directory, ignore_errors=True)
        raise UpdateDelayed(UpdateReason.LENGTH_OR_HASH, f"what was fetched is damaged; again ({fault})") from fault
    check_fits(release, parts.device)
    return release


def judge(parts: Parts, pointer: Pointer) -> None:
    """Have the model tried in a child process, against its golden inputs and its budget.

    Raises:
        UpdateRefused: It must not be used; with the reason.
        UpdateDelayed: What was fetched is gone.
    """
    release = verify(parts, pointer)
    try:
        report = parts.judge(parts.staged(pointer.release_sha256), release)
    except ModelError as fault:
        raise UpdateRefused(reason_of(fault), str(fault)) from fault
    _check_golden(release, report)


def reason_of(fault: ModelError) -> UpdateReason:
    """The word for what the judge said of a model."""
    return next(reason for kind, reason in _REASONS if isinstance(fault, kind))


def store(parts: Parts, pointer: Pointer) -> Slot:
    """Move the judged release into the store; where it is there already it is only looked at.

    Raises:
        UpdateDelayed: What was judged is gone.
        StoreError: The store cannot be written.
    """
    staged = parts.staged(pointer.release_sha256)
    stored = parts.trials.directory_of(pointer.name, pointer.version, pointer.release_sha256)
    if not staged.exists() and stored.exists():
        verify(parts, pointer, stored)  # who was interrupted after the move does not fetch it again
        return parts.trials.slot_of(stored, pointer.name, pointer.version)
    verify(parts, pointer)
    return parts.trials.adopt(staged, pointer.name, pointer.version)


def read_release(directory: Path) -> Release:
    """The manifest of a release that is in the store.

    Raises:
        UpdateRefused: It is damaged or gone.
    """
    try:
        return parse_release((directory / RELEASE_FILE).read_bytes())
    except (OSError, SignedFileError) as fault:
        raise UpdateRefused(UpdateReason.LENGTH_OR_HASH, f"{directory.name} is damaged in the store") from fault


def check_fits(release: Release, device: Device) -> None:
    """Whether a release is for this device.

    Raises:
        UpdateRefused: Another machine, or other versions of interpreter or agent are needed.
    """
    if not hardware_fits(release, device.machine):
        needed = ", ".join(release.hardware)
        raise UpdateRefused(UpdateReason.INCOMPATIBLE_HW, f"it is for {needed}; this machine is {device.machine}")
    if not version_fits(release.runtime.agent, device.agent):
        raise UpdateRefused(UpdateReason.INCOMPATIBLE_RUNTIME, f"it is not for the agent {device.agent}")
    ranges = {"litert": release.runtime.litert, "tflite": release.runtime.tflite}
    for name, installed in device.runtimes.items():
        wanted = ranges[name]
        if wanted is not None and version_fits(wanted, installed):
            return
    found = ", ".join(f"{name} {version}" for name, version in device.runtimes.items()) or "none"
    raise UpdateRefused(UpdateReason.INCOMPATIBLE_RUNTIME, f"no interpreter here runs it (installed: {found})")


def _offset(progress: Callable[[int, int], None], before: int, total: int) -> Callable[[int], None]:
    return lambda size: progress(before + size, total)


def _named(raw: bytes, pointer: Pointer) -> Release:
    if hashlib.sha256(raw).hexdigest() != pointer.release_sha256:
        raise UpdateRefused(UpdateReason.LENGTH_OR_HASH, "the release is not the one that the pointer names")
    try:
        release = parse_release(raw)
    except SignedFileError as error:
        reason = UpdateReason.INCOMPATIBLE_RUNTIME if error.newer else UpdateReason.SIGNATURE_INVALID
        raise UpdateRefused(reason, str(error)) from error
    if (release.name, release.version) != (pointer.name, pointer.version):
        raise UpdateRefused(
            UpdateReason.SIGNATURE_INVALID, f"the release calls itself {release.name} {release.version}"
        )
    return release


def _make_room(parts: Parts, directory: Path, release: Release) -> None:
    """Clear what earlier releases left, and look whether there is room for all of this one."""
    parts.incoming.mkdir(parents=True, exist_ok=True)
    for left in parts.incoming.iterdir():
        if left != directory:
            shutil.rmtree(left, ignore_errors=True)
    directory.mkdir(exist_ok=True)
    if _missing_bytes(parts, directory, release) > 0:
        # What was begun takes room as well, perhaps more than it should: events come first.
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(exist_ok=True)
    if (missing := _missing_bytes(parts, directory, release)) > 0:
        raise UpdateDelayed(
            UpdateReason.DISK_FULL,
            f"{missing / 1e6:.1f} MB are missing of the {release.total_bytes / 1e6:.1f} MB of this release and the "
            f"{parts.settings.keep_free_mb:g} MB that are needed for events",
        )


def _missing_bytes(parts: Parts, directory: Path, release: Release) -> float:
    """How much room is missing for the rest of a release; below 0 where there is more than enough."""
    rest = 0
    for file in release.files:
        there = [directory / file.path, (directory / file.path).with_name(Path(file.path).name + PART_SUFFIX)]
        # The blocks and not the length: for a part all of the room is set aside before its first byte comes.
        taken = sum(each.stat().st_blocks * _BLOCK_BYTES for each in there if each.is_file())
        rest += max(0, file.length - taken)
    return rest + parts.settings.keep_free_mb * 1e6 - shutil.disk_usage(directory).free


def _check_golden(release: Release, report: ProbeReport) -> None:
    """Whether the model finds here what it found where it was released."""
    promised = {each.name: each for each in release.golden}
    for found in report.golden:
        wanted = promised.get(found.name)
        short = release.golden_tolerance
        if wanted is not None and (found.score < wanted.score - short or found.oks < wanted.oks - short):
            raise UpdateRefused(
                UpdateReason.GOLDEN_MISMATCH,
                f"{found.name}: score {found.score:.2f} and similarity {found.oks:.2f} on this device, "
                f"{wanted.score:.2f} and {wanted.oks:.2f} where it was released",
            )
