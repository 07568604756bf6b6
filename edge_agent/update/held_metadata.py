"""The signed metadata that lies on this device, verified once more, and who signed it.

`tuf.ngclient` writes a role's file only after it found the role trustworthy, but the files may be older than the root
that is trusted now, or damaged. What is read here is what the present root vouches for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Key, Metadata, Root, Signed, Snapshot, Targets, Timestamp

from edge_agent.update.issued import issued_s

ROOT_FILE = "root.json"

S = TypeVar("S", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True, slots=True, eq=False)
class Vouched(Generic[S]):
    """One role's metadata, with enough good signatures.

    Attributes:
        signed: Its content.
        signers: Fingerprints of the role's keys that signed it.
    """

    signed: S
    signers: frozenset[str]

    @property
    def issued_s(self) -> float:
        """When it was signed, as it says itself; seconds since the Unix epoch, 0 where it does not say."""
        return issued_s(self.signed)


@dataclass(frozen=True, slots=True, eq=False)
class HeldMetadata:
    """What the device holds. A role is None where its file is missing, damaged, or not signed by its present keys.

    Attributes:
        root: The newest trusted root.
        timestamp: None or as above.
        snapshot: Likewise.
        targets: The top-level role, likewise.
    """

    root: Root
    timestamp: Vouched[Timestamp] | None
    snapshot: Vouched[Snapshot] | None
    targets: Vouched[Targets] | None

    def expired(self, now: datetime) -> str | None:
        """Name of the first role, in the order of trust, that had expired by then; None where none had."""
        signed: list[Signed] = [self.root]
        signed += [role.signed for role in (self.timestamp, self.snapshot, self.targets) if role is not None]
        return next((each.type for each in signed if each.is_expired(now)), None)


def read_held(metadata_dir: Path) -> HeldMetadata | None:
    """Read and verify the files of a metadata directory.

    Args:
        metadata_dir: As `tuf.ngclient.Updater` keeps it; its ``root.json`` was verified when it was written, or comes
            with the agent.

    Returns:
        None where there is no root that can be read.
    """
    root = _parsed(metadata_dir / ROOT_FILE, Root)
    if root is None:
        return None
    return HeldMetadata(
        root.signed,
        _vouched(root.signed, metadata_dir, Timestamp),
        _vouched(root.signed, metadata_dir, Snapshot),
        _vouched(root.signed, metadata_dir, Targets),
    )


def fingerprint(key: Key) -> str:
    """What a key is, whatever identifier the repository gives it."""
    facts = [key.keytype, key.scheme, key.keyval]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def role_keys(root: Root, role: str) -> frozenset[str]:
    """Fingerprints of the keys that may sign a top-level role."""
    return frozenset(fingerprint(root.keys[keyid]) for keyid in root.roles[role].keyids if keyid in root.keys)


def _vouched(root: Root, metadata_dir: Path, kind: type[S]) -> Vouched[S] | None:
    metadata = _parsed(metadata_dir / f"{kind.type}.json", kind)
    if metadata is None:
        return None
    result = root.get_verification_result(kind.type, metadata.signed_bytes, metadata.signatures)
    signers = frozenset(map(fingerprint, result.signed.values()))
    # tuf counts names of keys: one key that a root lists under two names would count twice.
    if not result.verified or len(signers) < result.threshold:
        return None
    return Vouched(metadata.signed, signers)


def _parsed(path: Path, kind: type[S]) -> Metadata[S] | None:
    with contextlib.suppress(OSError, RepositoryError):
        metadata: Metadata[S] = Metadata.from_bytes(path.read_bytes())
        if isinstance(metadata.signed, kind):
            return metadata
    return None
