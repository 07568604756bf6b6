"""A TUF repository in memory, signed anew at each publication, for a real server to serve."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge_agent.update.issued import set_issued

TOP = (Root.type, Targets.type, Snapshot.type, Timestamp.type)


class SignedRepository:
    """One key a role. `publish` signs the next version of roles; `files` is what a server serves."""

    def __init__(self, *, issued: bool = True) -> None:
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        self.issued = issued
        expires = self.now + timedelta(days=7)
        self.roles: dict[str, Signed] = {
            kind.type: kind(expires=expires) for kind in (Root, Targets, Snapshot, Timestamp)
        }
        for signed in self.roles.values():
            signed.version = 0
        self.signers: dict[str, list[CryptoSigner]] = {}
        self.files: dict[str, bytes] = {}
        for role in TOP:
            self._new_key(role)
        self.publish(*TOP)
        self.trusted_root = self.files["metadata/1.root.json"]

    @property
    def root(self) -> Root:
        return self._as(Root)

    @property
    def targets(self) -> Targets:
        return self._as(Targets)

    @property
    def snapshot(self) -> Snapshot:
        return self._as(Snapshot)

    @property
    def timestamp(self) -> Timestamp:
        return self._as(Timestamp)

    def delegated(self, role: str) -> Targets:
        found = self.roles[role]
        assert isinstance(found, Targets)
        return found

    def publish(self, *roles: str) -> None:
        """The next version of each; given none, of all but the root, in the order of a release."""
        named = roles or tuple(each for each in self.roles if each not in TOP) + TOP[1:]
        for role in named:
            self.roles[role].version += 1
            self.sign(role)

    def sign(self, role: str) -> None:
        """Sign the version that stands, and put it where clients look for it."""
        signed = self.roles[role]
        if self.issued:
            set_issued(signed, self.now)
        metadata = Metadata(copy.deepcopy(signed))
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        content = metadata.to_bytes()
        name = "timestamp.json" if role == Timestamp.type else f"{signed.version}.{role}.json"
        self.files[f"metadata/{name}"] = content
        meta = MetaFile(signed.version, len(content))
        if role == Snapshot.type:
            self.timestamp.snapshot_meta = meta
        elif role not in (Root.type, Timestamp.type):
            self.snapshot.meta[f"{role}.json"] = meta

    def rotate(self, role: str) -> None:
        """Another key for a role; the root that says so is published, what the role signs is not."""
        self.root.roles[role].keyids.clear()
        before = self.signers.pop(role)
        self._new_key(role)
        if role == Root.type:
            self.signers[role] += before
        self.publish(Root.type)

    def delegate(self, role: str, paths: list[str], *, terminating: bool = True) -> None:
        """A role of its own for some paths; published with the next release."""
        delegations = self.targets.delegations or Delegations({}, roles={})
        assert delegations.roles is not None
        self.targets.delegations = delegations
        signer = CryptoSigner.generate_ed25519()
        delegations.keys[signer.public_key.keyid] = signer.public_key
        delegations.roles[role] = DelegatedRole(role, [signer.public_key.keyid], 1, terminating, paths)
        self.signers[role] = [signer]
        self.roles[role] = Targets(expires=self.now + timedelta(days=7))
        self.roles[role].version = 0

    def add(self, path: str, content: bytes, role: str = Targets.type) -> None:
        """A file of a role; published with the next release."""
        target = TargetFile.from_data(path, content, ["sha256"])
        self.delegated(role).targets[path] = target
        directory, slash, name = path.rpartition("/")
        self.files[f"targets/{directory}{slash}{target.hashes['sha256']}.{name}"] = content

    def _new_key(self, role: str) -> None:
        signer = CryptoSigner.generate_ed25519()
        self.root.add_key(signer.public_key, role)
        self.signers[role] = [signer]

    def _as(self, kind: type) -> object:  # type: ignore[type-arg]
        return self.roles[kind.type]
