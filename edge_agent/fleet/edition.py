"""One edition of the repository: what it says now, and what the next one will say. Nothing here is written."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TypeVar

from securesystemslib.signer import Key
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge_agent.errors import FleetError
from edge_agent.fleet.repository_files import RepositoryFiles
from edge_agent.update.pointer import Pointer, group_role, parse_pointer, pointer_path, pointer_to_bytes
from edge_agent.update.release import Release, parse_release, release_path

T = TypeVar("T", Root, Timestamp, Snapshot, Targets)
TOP_ROLES = ("root", "targets", "snapshot", "timestamp")
AnyMetadata = Metadata[Root] | Metadata[Targets] | Metadata[Snapshot] | Metadata[Timestamp]


def unpublished(signed: T) -> T:
    """Metadata that was never published: its publication gives it version 1."""
    signed.version = 0
    return signed


@dataclass(slots=True)
class Edition:
    """The metadata of every role, to be changed and then published."""

    root: Metadata[Root]
    targets: Metadata[Targets]
    snapshot: Metadata[Snapshot]
    timestamp: Metadata[Timestamp]
    groups: dict[str, Metadata[Targets]]
    """By the name of the delegated role."""
    former_root: Root | None = None
    """The root that devices have before this edition; None for the first."""
    touched: set[str] = field(default_factory=set)
    """Roles that must be signed anew."""
    new_targets: dict[str, bytes] = field(default_factory=dict)
    """Content of the targets that are not written yet, by their path."""

    @property
    def delegations(self) -> Delegations:
        """From the top role to the groups."""
        if self.targets.signed.delegations is None:
            self.targets.signed.delegations = Delegations(keys={}, roles={})
        return self.targets.signed.delegations

    def group_names(self) -> list[str]:
        """Groups that have a role of their own, in alphabetical order."""
        prefix = group_role("")
        return sorted(role.removeprefix(prefix) for role in self.delegations.roles or {})

    def metadata(self, role: str) -> AnyMetadata:
        """Of any role."""
        top: dict[str, AnyMetadata] = {
            "root": self.root,
            "targets": self.targets,
            "snapshot": self.snapshot,
            "timestamp": self.timestamp,
        }
        found = {**top, **self.groups}.get(role)
        if found is None:
            raise FleetError(f"{role}: no such role; there are {', '.join(self.roles())}")
        return found

    def roles(self) -> list[str]:
        """All that sign something."""
        return [*TOP_ROLES, *sorted(self.groups)]

    def delegator(self, role: str) -> Root | Targets:
        """Who says which keys sign for a role."""
        return self.root.signed if role in TOP_ROLES else self.targets.signed

    def keys(self, role: str) -> tuple[list[Key], int]:
        """The keys that may sign for a role, and how many must."""
        delegator = self.delegator(role)
        delegated = delegator.get_delegated_role(role)
        return [delegator.get_key(keyid) for keyid in delegated.keyids], delegated.threshold

    def is_signed(self, role: str) -> bool:
        """Whether the role's metadata as it stands carries enough signatures of the role's keys."""
        metadata = self.metadata(role)
        result = self.delegator(role).get_verification_result(role, metadata.signed_bytes, metadata.signatures)
        return bool(result.verified)

    def set_target(self, role: str, path: str, content: bytes) -> None:
        """List a target in a role's metadata, instead of the one that it listed under this path."""
        metadata = self.targets if role == Targets.type else self.groups[role]
        metadata.signed.targets[path] = TargetFile.from_data(path, content, ["sha256"])
        self.new_targets[path] = content
        self.touched.add(role)

    def add_group(self, group: str, key: Key) -> None:
        """Give a group a role: it may sign its own pointer, and nothing else."""
        role = group_role(group)
        paths = [f"{pointer_path(group).rpartition('/')[0]}/*"]
        roles = self.delegations.roles
        if roles is None or role in roles:
            raise FleetError(f"group {group} exists already")
        roles[role] = DelegatedRole(role, [], 1, terminating=True, paths=paths)
        self.targets.signed.add_key(key, role)
        self.groups[role] = Metadata(unpublished(Targets()))
        self.touched |= {role, "targets"}

    def pointer(self, files: RepositoryFiles, group: str) -> Pointer | None:
        """The pointer of a group; None before its first publication."""
        path, role = pointer_path(group), group_role(group)
        if role not in self.groups:
            known = ", ".join(self.group_names()) or "none yet"
            raise FleetError(f"group {group}: no such group; there are: {known} (`edge-agent-fleet add-group {group}`)")
        target = self.groups[role].signed.targets.get(path)
        if target is None:
            return None
        return parse_pointer(self.new_targets.get(path) or files.target(path, target.hashes["sha256"]))

    def set_pointer(self, pointer: Pointer) -> None:
        """Make this a group's pointer."""
        self.set_target(group_role(pointer.group), pointer_path(pointer.group), pointer_to_bytes(pointer))

    def releases(self) -> list[tuple[str, str]]:
        """Name and version of every release that is there."""
        paths = (path.split("/") for path in self.targets.signed.targets)
        return sorted((part[1], part[2]) for part in paths if len(part) == 4 and part[3] == "release.json")

    def release(self, files: RepositoryFiles, name: str, version: str) -> tuple[Release, str]:
        """A release and its SHA-256.

        Raises:
            FleetError: There is no such release.
        """
        path = release_path(name, version)
        target = self.targets.signed.targets.get(path)
        if target is None:
            known = ", ".join(f"{name} {version}" for name, version in self.releases()) or "none yet"
            raise FleetError(
                f"{name} {version}: not in the repository; there are: {known} (`edge-agent-fleet add-model`)"
            )
        sha256 = target.hashes["sha256"]
        return parse_release(self.new_targets.get(path) or files.target(path, sha256)), sha256


def read_edition(files: RepositoryFiles) -> Edition:
    """The repository as a device would see it now.

    What a publication that was interrupted left behind is not seen: no metadata leads there, and the next publication
    writes over it. Only a root is seen at once, and is never written over.

    Raises:
        FleetError: There is no repository, or it is damaged.
    """
    versions = files.roots()
    if not versions:
        raise FleetError(f"{files.metadata}: no root.json: make a repository with `edge-agent-fleet init`")
    root = files.root_metadata(versions[-1])
    timestamp = files.timestamp_metadata()
    snapshot = files.snapshot_metadata(timestamp.signed.snapshot_meta.version)
    listed = {name.removesuffix(".json"): meta.version for name, meta in snapshot.signed.meta.items()}
    targets = files.targets_metadata("targets", listed.pop("targets"))
    groups = {role: files.targets_metadata(role, version) for role, version in listed.items()}
    return Edition(root, targets, snapshot, timestamp, groups, former_root=copy.deepcopy(root.signed))
