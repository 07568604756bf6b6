"""What the repository may be believed: `tuf.ngclient`, with floors beneath it.

tuf decides who may sign what. The floors add what it forgets when its files are lost, or when the clock is wrong
(docs/updates.md has the table of threats).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tuf.api.metadata import Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import Updater

from edge_agent.errors import TransferRefused, UpdateFailed, UpdateRefused
from edge_agent.update.download_limits import METADATA_LIMITS, DownloadLimits
from edge_agent.update.floors import Floors
from edge_agent.update.held_metadata import HeldMetadata, read_held
from edge_agent.update.http_fetch import HttpFetch
from edge_agent.update.reason import UpdateReason
from edge_agent.update.target_info import TargetInfo
from edge_agent.update.tuf_fetcher import TufFetcher
from edge_agent.update.tuf_to_reason import tuf_faults

_DIGESTS = {"sha256": re.compile(r"[0-9a-f]{64}", re.ASCII), "sha512": re.compile(r"[0-9a-f]{128}", re.ASCII)}
_LOST_WITH_TRUST = (Timestamp.type, Snapshot.type, Targets.type)


@dataclass(slots=True, kw_only=True)
class TrustedRepository:
    """One repository, as this device sees it. Used by one thread of one process at a time.

    Attributes:
        metadata_dir: The device's copy of the metadata; made where it is missing.
        metadata_url: Where the repository's metadata is.
        target_url: Where its targets are.
        trusted_root: The root that this device was given; every other must be reached from it.
        fetcher: Asks the servers.
        floors: What was learnt once; not in ``metadata_dir``, so that it is not lost with it.
        limits: Of each file of metadata.
    """

    metadata_dir: Path
    metadata_url: str
    target_url: str
    trusted_root: bytes
    fetcher: HttpFetch
    floors: Floors
    limits: DownloadLimits = METADATA_LIMITS
    _updater: Updater | None = field(default=None, init=False)
    _prefixed: bool = field(default=False, init=False)

    def refresh(self) -> None:
        """Fetch what is new of the top-level metadata, and judge it.

        Raises:
            UpdateRefused: What the repository offers must not be trusted; nothing of it is.
            UpdateDelayed: Network, disk, or a clock that is wrong.
        """
        self._updater = None
        self.floors.trust(self.trusted_root)
        self.floors.check_clock_before()
        with tuf_faults():
            self.metadata_dir.mkdir(parents=True, exist_ok=True)
            updater = self._new_updater()
        self._note_held()
        try:
            with tuf_faults():
                updater.refresh()
        except UpdateFailed:
            self._note_held()
            raise
        held = self._held()
        # Whatever is below the floors does not move them, hence first what must be on the disk.
        self.floors.note(held)
        with self._forgetting_what_is_older():
            self.floors.check(held)
        self._prefixed = bool(held.root.consistent_snapshot)
        self._updater = updater

    def target(self, path: str) -> TargetInfo:
        """What the signed metadata says of a file; `refresh` is done first where it was not.

        Raises:
            UpdateRefused: No role that may speak of this path does, or as `refresh`.
            UpdateDelayed: As `refresh`.
        """
        _check_path(path)
        with tuf_faults():
            found = self._refreshed().get_targetinfo(path)
        if found is None:
            raise UpdateRefused(UpdateReason.NO_ARTIFACT, f"the repository has no {path}")
        hashes = {
            name: found.hashes[name] for name, form in _DIGESTS.items() if form.fullmatch(found.hashes.get(name, ""))
        }
        if not hashes:
            raise UpdateRefused(UpdateReason.LENGTH_OR_HASH, f"{path}: signed without a SHA-256 or SHA-512")
        return TargetInfo(
            path, found.length, hashes.get("sha256", ""), self._url(found, hashes), hashes.get("sha512", "")
        )

    def small_target(self, path: str, max_bytes: int) -> bytes:
        """The content of a small file, checked.

        Args:
            path: In the repository.
            max_bytes: Longest that it may be, whatever was signed.

        Raises:
            UpdateRefused: As `target`; or it was signed as longer.
            TransferRefused: The server sends something else than what was signed.
            UpdateDelayed: As `target`.
        """
        target = self.target(path)
        if target.length > max_bytes:
            raise UpdateRefused(UpdateReason.LENGTH_OR_HASH, f"{path}: has {target.length} bytes, at most {max_bytes}")
        content = self.fetcher.small_file(target.url, target.length, self.limits)
        if not target.is_content((content,)):
            raise TransferRefused(UpdateReason.LENGTH_OR_HASH, f"{target.url}: not the file that was signed")
        return content

    def _refreshed(self) -> Updater:
        while self._updater is None:
            self.refresh()
        return self._updater

    def _new_updater(self) -> Updater:
        fetcher = TufFetcher(self.fetcher, self.limits)
        return Updater(str(self.metadata_dir), self.metadata_url, fetcher=fetcher, bootstrap=self.trusted_root)

    def _held(self) -> HeldMetadata:
        held = read_held(self.metadata_dir)
        if held is None or held.timestamp is None or held.snapshot is None or held.targets is None:
            raise UpdateRefused(UpdateReason.SIGNATURE_INVALID, f"{self.metadata_dir} does not hold what was verified")
        return held

    def _note_held(self) -> None:
        """What was verified and kept counts as seen, whether or not the rest of a refresh succeeds."""
        if held := read_held(self.metadata_dir):
            self.floors.note(held)

    @contextlib.contextmanager
    def _forgetting_what_is_older(self) -> Iterator[None]:
        """Leave no metadata behind that the floors refuse: the next refresh begins without it."""
        try:
            yield
        except UpdateRefused:
            with tuf_faults():
                for role in _LOST_WITH_TRUST:
                    (self.metadata_dir / f"{role}.json").unlink(missing_ok=True)
            raise

    def _url(self, found: TargetFile, hashes: dict[str, str]) -> str:
        directory, slash, name = found.path.rpartition("/")
        prefix = f"{next(iter(hashes.values()))}." if self._prefixed else ""
        return f"{self.target_url.rstrip('/')}/{quote(f'{directory}{slash}{prefix}{name}')}"


def _check_path(path: str) -> None:
    """A path of a target is never one of the disk; still, what would lead out of a directory is not asked for."""
    if not path or path.startswith("/") or "\\" in path or {"", ".", ".."} & {*path.split("/")} or "\0" in path:
        raise UpdateRefused(UpdateReason.NO_ARTIFACT, f"{path!r} cannot be a path of the repository")
