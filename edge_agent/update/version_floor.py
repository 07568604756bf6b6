"""The highest versions of the repository's metadata that this device has seen.

TUF's own protection against old metadata is the metadata that the client still has: with the local timestamp and
snapshot lost, it takes any that is signed and has not expired. The floor is kept apart from them. It falls only where
TUF wants it to: when the root has replaced the keys that signed what was seen (TUF specification 1.0, 5.3.11,
recovery from a fast-forward attack); and where somebody has given the device another root by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import ConfigDict, Field
from tuf.api.metadata import Root, Snapshot, Timestamp

from edge_agent.update.held_metadata import HeldMetadata, Vouched, role_keys
from edge_agent.update.issued import issued_s

Version = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class RoleFloor:
    """The newest metadata of a role that was seen.

    Attributes:
        version: Of it.
        signers: Fingerprints of the keys that signed it.
        issued_s: When it was signed, in seconds since the Unix epoch; 0 where it did not say.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    version: Version = 0
    signers: frozenset[str] = frozenset()
    issued_s: float = 0.0


@dataclass(frozen=True, slots=True)
class VersionFloor:
    """What no metadata may fall below.

    Attributes:
        trusted_root: SHA-256 of the root that this device was given; empty where an older agent wrote this.
        root_version: Of the root; it never falls but under another trusted root.
        root_issued_s: When the newest root was signed, in seconds since the Unix epoch; likewise.
        timestamp: Of the timestamp role.
        snapshot: Of the snapshot role.
        meta: Version of each targets role, as the snapshot lists them: file name to version.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    trusted_root: str = ""
    root_version: Version = 0
    root_issued_s: float = 0.0
    timestamp: RoleFloor = RoleFloor()
    snapshot: RoleFloor = RoleFloor()
    meta: Mapping[str, Version] = field(default_factory=dict)

    def known_s(self) -> float:
        """The latest instant, in seconds since the Unix epoch, that is known to have passed."""
        return max(self.root_issued_s, self.timestamp.issued_s, self.snapshot.issued_s)

    def fallen(self, held: HeldMetadata) -> str | None:
        """What has fallen below the floor, for a person; None where nothing has."""
        if held.root.version < self.root_version:
            return f"root version {held.root.version}, seen before: {self.root_version}"
        floor = self.under(held.root)
        for role, seen in ((held.timestamp, floor.timestamp), (held.snapshot, floor.snapshot)):
            if role is not None and role.signed.version < seen.version:
                return f"{role.signed.type} version {role.signed.version}, seen before: {seen.version}"
        listed = held.snapshot.signed.meta if held.snapshot else {}
        for name, meta in listed.items():
            if meta.version < floor.meta.get(name, 0):
                return f"{name} version {meta.version}, seen before: {floor.meta[name]}"
        return None

    def trusting(self, trusted_root: str) -> VersionFloor:
        """The floor once this device has been given a root, by its SHA-256.

        Another one than before is the beginning of another chain: numbers and times of the former chain's roots say
        nothing of it. What lies beneath the root is forgotten only where its keys are others, as ever.
        """
        if self.trusted_root in ("", trusted_root):
            return replace(self, trusted_root=trusted_root)
        return replace(self, trusted_root=trusted_root, root_version=0, root_issued_s=0.0)

    def under(self, root: Root) -> VersionFloor:
        """The floor as it stands under a root: what its keys no longer vouch for is forgotten."""
        if _vouches(root, Timestamp.type, self.timestamp) and _vouches(root, Snapshot.type, self.snapshot):
            return self
        return replace(self, timestamp=RoleFloor(), snapshot=RoleFloor(), meta={})

    def raised(self, held: HeldMetadata) -> VersionFloor:
        """The floor after having seen some metadata; what is below it changes nothing."""
        if held.root.version < self.root_version:
            return self
        floor = self.under(held.root)
        floor = replace(
            floor, root_version=held.root.version, root_issued_s=max(floor.root_issued_s, issued_s(held.root))
        )
        if held.timestamp and held.timestamp.signed.version >= floor.timestamp.version:
            floor = replace(floor, timestamp=_seen(held.timestamp))
        if held.snapshot and held.snapshot.signed.version >= floor.snapshot.version:
            meta = dict(floor.meta)
            for name, listed in held.snapshot.signed.meta.items():
                meta[name] = max(meta.get(name, 0), listed.version)
            floor = replace(floor, snapshot=_seen(held.snapshot), meta=meta)
        return floor


def _vouches(root: Root, role: str, seen: RoleFloor) -> bool:
    """Whether what was seen would still count as signed. Nothing was seen: nothing speaks against it."""
    return not seen.signers or len(seen.signers & role_keys(root, role)) >= root.roles[role].threshold


def _seen(role: Vouched[Timestamp] | Vouched[Snapshot]) -> RoleFloor:
    return RoleFloor(role.signed.version, role.signers, role.issued_s)
