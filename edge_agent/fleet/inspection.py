"""Looks at the whole repository as a device would, and at more than one device sees."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.ngclient import FetcherInterface, TargetFile, Updater, UpdaterConfig

from edge_agent.errors import EdgeAgentError, FleetError, SignedFileError
from edge_agent.update.pointer import Pointer, group_role, parse_pointer, pointer_path
from edge_agent.update.release import model_directory, parse_release, release_path

_LOCAL = "file://repository"
_MAX_ROOTS = 1000


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found.

    Attributes:
        problems: What a device would refuse, or an operator should mend; empty for a sound repository.
        pointers: Of every group that has one.
        files: How many targets were hashed.
    """

    problems: tuple[str, ...]
    pointers: tuple[Pointer, ...]
    files: int


class DirectoryFetcher(FetcherInterface):
    """Serves a repository's directory to `tuf.ngclient` without a server."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._root / unquote(urlsplit(url).path).lstrip("/")
        try:
            yield path.read_bytes()
        except FileNotFoundError as error:
            raise DownloadHTTPError(f"{path}: is missing", 404) from error
        except OSError as error:
            raise DownloadError(f"{path}: {error.strerror}") from error


def inspect(root: bytes, groups: list[str], directory: Path | None, url: str = _LOCAL) -> Inspection:
    """Follow every group's pointer to the last file.

    Args:
        root: The root metadata that devices come with.
        groups: Of which groups.
        directory: The repository's; None asks `url`.
        url: Of the repository where it is hosted, without ``metadata`` and ``targets``.

    Raises:
        FleetError: Nothing can be trusted: not even the top roles verify.
    """
    with tempfile.TemporaryDirectory(prefix="edge-agent-fleet-") as cache:
        config = UpdaterConfig(max_root_rotations=_MAX_ROOTS)
        fetcher = None if directory is None else DirectoryFetcher(directory)
        try:
            updater = Updater(
                cache, f"{url}/metadata", cache, f"{url}/targets", fetcher=fetcher, config=config, bootstrap=root
            )
            updater.refresh()
        except (RepositoryError, DownloadError) as error:
            raise FleetError(
                f"a device would refuse this repository: {error}: run `edge-agent-fleet resign`, bring the keys that "
                "it names, or restore the repository from your copy"
            ) from error
        return _follow(_Device(updater, Path(cache)), groups)


@dataclass(slots=True)
class _Device:
    """Fetches as a device does, and counts."""

    updater: Updater
    cache: Path
    files: int = 0

    def target(self, path: str) -> bytes | None:
        """Content of a target, verified; None where nobody signed for it."""
        info = self.updater.get_targetinfo(path)
        return None if info is None else self._content(info)

    def _content(self, info: TargetFile) -> bytes:
        file = self.cache / "target"
        self.updater.download_target(info, str(file))
        self.files += 1
        return file.read_bytes()


def _follow(device: _Device, groups: list[str]) -> Inspection:
    problems: list[str] = []
    pointers: list[Pointer] = []
    checked: set[str] = set()
    for group in groups:
        try:
            pointer = _pointer(device, group)
            if pointer is None:
                continue
            pointers.append(pointer)
            if pointer.release_sha256 not in checked:
                checked.add(pointer.release_sha256)
                problems += [f"{group_role(group)}: {problem}" for problem in _release_problems(device, pointer)]
        except (RepositoryError, DownloadError, EdgeAgentError) as error:
            problems.append(f"{group_role(group)}: a device would refuse it: {error}")
    return Inspection(tuple(problems), tuple(pointers), device.files)


def _pointer(device: _Device, group: str) -> Pointer | None:
    raw = device.target(pointer_path(group))
    if raw is None:
        return None
    pointer = parse_pointer(raw)
    if pointer.group != group:
        raise SignedFileError(f"is the pointer of group {pointer.group}; publish it again")
    return pointer


def _release_problems(device: _Device, pointer: Pointer) -> Iterator[str]:
    name = f"{pointer.name} {pointer.version}"
    raw = device.target(release_path(pointer.name, pointer.version))
    if raw is None:
        yield f"{name} is not in the repository: add it with `edge-agent-fleet add-model`"
        return
    if hashlib.sha256(raw).hexdigest() != pointer.release_sha256:
        yield f"{name} is another release than the pointer means: publish it again"
    for file in parse_release(raw).files:
        content = device.target(f"{model_directory(pointer.name, pointer.version)}/{file.path}")
        if content is None or len(content) != file.length or hashlib.sha256(content).hexdigest() != file.sha256:
            yield f"{name}: {file.path} is not the file that the release lists: add the model again"
