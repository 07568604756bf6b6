"""The key ceremony: the first keys and the first edition of a repository."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tuf.api.metadata import Delegations, Metadata, Root, Snapshot, Targets, Timestamp

from edge_agent.errors import FleetError
from edge_agent.fleet.edition import Edition, unpublished
from edge_agent.fleet.key_files import KeyFiles, make_key
from edge_agent.fleet.publication import Publication, publish
from edge_agent.fleet.repository_files import RepositoryFiles
from edge_agent.fleet.workspace import FleetSettings, Workspace

ROOT_KEYS = 3
ROOT_THRESHOLD = 2  # TUF specification, section 6.1, advises more than one for root; one may be lost, one stolen


def make_fleet(workspace: Workspace, passphrase: bytes | None, now: datetime) -> list[Path]:
    """Make the keys and an empty, signed repository.

    Args:
        workspace: Its directory is new or empty.
        passphrase: Encrypts the offline keys; None leaves them in clear.
        now: UTC.

    Returns:
        The files of the offline keys.

    Raises:
        FleetError: There is something already.
        OSError: A file cannot be written.
    """
    if workspace.root.is_dir() and any(workspace.root.iterdir()):
        raise FleetError(
            f"{workspace.root}: is not empty: name a new directory; what an `init` that failed left may be deleted"
        )
    workspace.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with workspace.lock():
        keys = KeyFiles(())
        root = _first_root(workspace, passphrase, keys)
        edition = Edition(
            root=Metadata(root),
            targets=Metadata(unpublished(Targets(delegations=Delegations(keys={}, roles={})))),
            snapshot=Metadata(unpublished(Snapshot())),
            timestamp=Metadata(unpublished(Timestamp())),
            groups={},
            touched={"root", "targets", "snapshot", "timestamp"},
        )
        settings = FleetSettings()
        publish(edition, RepositoryFiles(workspace.repository), Publication(keys, settings.lifetimes_days, now))
        workspace.save(settings)
    return sorted(workspace.offline_keys.glob("*.pem"))


def _first_root(workspace: Workspace, passphrase: bytes | None, keys: KeyFiles) -> Root:
    root = unpublished(Root(consistent_snapshot=True))
    for role, count in (("root", ROOT_KEYS), ("targets", 1), ("snapshot", 1), ("timestamp", 1)):
        offline = role in ("root", "targets")
        for _ in range(count):
            directory = workspace.offline_keys if offline else workspace.online_keys
            signer = make_key(role, directory, passphrase if offline else None)
            keys.add(signer)
            root.add_key(signer.public_key, role)
    root.roles["root"].threshold = ROOT_THRESHOLD
    return root
