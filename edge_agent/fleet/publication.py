"""Signs an edition and writes it, in an order in which every moment shows a consistent repository."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from securesystemslib.signer import Key
from tuf.api.metadata import MetaFile
from tuf.api.serialization.json import JSONSerializer

from edge_agent.errors import FleetError
from edge_agent.fleet.edition import TOP_ROLES, AnyMetadata, Edition
from edge_agent.fleet.key_files import KeyFiles
from edge_agent.fleet.repository_files import RepositoryFiles
from edge_agent.fleet.workspace import Lifetimes
from edge_agent.update.issued import set_issued


@dataclass(frozen=True, slots=True)
class Publication:
    """What signing needs.

    Attributes:
        keys: Private keys at hand.
        lifetimes: Of the new signatures.
        now: UTC.
    """

    keys: KeyFiles
    lifetimes: Lifetimes
    now: datetime


def publish(edition: Edition, files: RepositoryFiles, publication: Publication) -> list[Path]:
    """Sign what was touched, and write it. Nothing is written before all is signed.

    The timestamp is what leads a device to everything else: it is written last. Where keys change, root, which devices
    look at first, comes even after it: until then the rest is signed by the former keys as well as by the new ones, so
    that it is good under either root. Where the former key is lost that cannot be, and root comes just before the
    timestamp: a device that asks between the two is refused, keeps what it has, and asks again.

    Args:
        edition: Changed since it was read.
        files: Where to.
        publication: Keys and time.

    Returns:
        The files, in the order in which they were written.

    Raises:
        FleetError: A key is missing; nothing was written.
        OSError: A file cannot be written; devices see the old edition.
    """
    if not edition.touched:
        return []
    if edition.touched - {"root", "timestamp"}:
        edition.touched |= {"snapshot", "timestamp"}
    written: list[Path] = []
    for path, content in _in_order(edition, files, publication):
        files.write(path, content)
        written.append(path)
    edition.former_root = copy.deepcopy(edition.root.signed)
    edition.touched.clear()
    edition.new_targets.clear()
    return written


def _in_order(edition: Edition, files: RepositoryFiles, publication: Publication) -> list[tuple[Path, bytes]]:
    signed = _signed(edition, publication)
    lists = [edition.targets, *edition.groups.values()]
    targets = {path: target for metadata in lists for path, target in metadata.signed.targets.items()}
    order = [
        (files.target_path(path, targets[path].hashes["sha256"]), content)
        for path, content in edition.new_targets.items()
    ]
    roles = [role for role in edition.roles() if role in edition.touched and role not in TOP_ROLES]
    roles += [role for role in ("targets", "snapshot") if role in edition.touched]
    roles += ["timestamp", "root"] if _good_under_former_root(edition) else ["root", "timestamp"]
    return order + [
        (files.metadata_path(role, edition.metadata(role).signed.version), signed[role])
        for role in roles
        if role in signed
    ]


def _signed(edition: Edition, publication: Publication) -> dict[str, bytes]:
    """The content of the metadata files to write. What a role lists of others must be signed before it."""
    content: dict[str, bytes] = {}
    groups = [role for role in edition.roles() if role not in TOP_ROLES]
    for role in ("root", *groups, "targets", "snapshot", "timestamp"):
        if role not in edition.touched:
            continue
        if role == "snapshot":
            _list_roles(edition, content)
        if role == "timestamp" and "snapshot" in content:
            version = edition.snapshot.signed.version
            edition.timestamp.signed.snapshot_meta = MetaFile.from_data(version, content["snapshot"], ["sha256"])
        metadata = edition.metadata(role)
        metadata.signed.version += 1
        metadata.signed.expires = _expiry(publication, role)
        set_issued(metadata.signed, publication.now)
        _sign(edition, role, publication.keys)
        content[role] = metadata.to_bytes(JSONSerializer(compact=False, validate=True))
    return content


def _expiry(publication: Publication, role: str) -> datetime:
    return (publication.now + timedelta(days=publication.lifetimes.of(role))).replace(microsecond=0)


def _list_roles(edition: Edition, content: dict[str, bytes]) -> None:
    """Let the snapshot list every role of which there is something new, by length and hash, too."""
    listed = edition.snapshot.signed.meta
    for role in ("targets", *edition.groups):
        if role in content:
            version = edition.metadata(role).signed.version
            listed[f"{role}.json"] = MetaFile.from_data(version, content[role], ["sha256"])


def _sign(edition: Edition, role: str, keys: KeyFiles) -> None:
    metadata = edition.metadata(role)
    wanted, threshold = edition.keys(role)
    metadata.signatures.clear()
    for signer in keys.signers({key.keyid: key for key in (*wanted, *_former_keys(edition, role))}.values()):
        metadata.sign(signer, append=True)
    if not edition.is_signed(role):
        raise FleetError(_missing_text(role, metadata, wanted, threshold))
    if role == "root" and edition.former_root is not None:
        former = edition.former_root.get_verification_result("root", metadata.signed_bytes, metadata.signatures)
        if not former.verified:
            before, least = list(_former_keys(edition, role)), edition.former_root.roles["root"].threshold
            raise FleetError(_missing_text(role, metadata, before, least))


def _former_keys(edition: Edition, role: str) -> Iterator[Key]:
    former = edition.former_root
    if former is not None and role in TOP_ROLES:
        for keyid in former.roles[role].keyids:
            yield former.keys[keyid]


def _good_under_former_root(edition: Edition) -> bool:
    """Whether a device that has the former root accepts everything that this edition has."""
    former = edition.former_root
    if former is None:
        return False
    for role in ("targets", "snapshot", "timestamp"):
        metadata = edition.metadata(role)
        if not former.get_verification_result(role, metadata.signed_bytes, metadata.signatures).verified:
            return False
    return True


def _missing_text(role: str, metadata: AnyMetadata, wanted: list[Key], threshold: int) -> str:
    names = ", ".join(f"*-{key.keyid[:8]}.pem" for key in wanted if key.keyid not in metadata.signatures)
    signed = sum(key.keyid in metadata.signatures for key in wanted)
    return (
        f"{role} needs {threshold} of its {len(wanted)} keys to sign, and {signed} "
        f"{'is' if signed == 1 else 'are'} at hand; nothing was written: bring {names or 'another key'} with --keys DIR"
    )
