"""A signed repository as plain files, made with python-tuf: enough of one for the updater's own tests."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from edge_agent.update.issued import set_issued
from edge_agent.update.pointer import Pointer, group_role, pointer_path, pointer_to_bytes
from edge_agent.update.release import (
    Budget,
    Release,
    ReleaseFile,
    RuntimeNeeds,
    RuntimeRange,
    model_directory,
    release_to_bytes,
)


class TufFiles:
    """One repository with one group. Every change signs everything anew."""

    def __init__(self, directory: Path, group: str = "canary") -> None:
        self.directory = directory
        self.group = group
        self._keys = {name: CryptoSigner.generate_ed25519() for name in ("root", "targets", "online", "group")}
        self._version = 0
        self._targets: dict[str, TargetFile] = {}
        self._pointers: dict[str, TargetFile] = {}
        for name in ("metadata", "targets"):
            (directory / name).mkdir(parents=True)
        root = Root(consistent_snapshot=True, expires=self._expires())
        for role, key in (("root", "root"), ("targets", "targets"), ("snapshot", "online"), ("timestamp", "online")):
            root.add_key(self._keys[key].public_key, role)
        self._write("1.root.json", root, "root")

    @property
    def root(self) -> bytes:
        return (self.directory / "metadata" / "1.root.json").read_bytes()

    def add_model(self, source: Path, version: str, name: str = "pose", budget: Budget | None = None) -> str:
        """Take a model directory in as a release; returns the SHA-256 of its release.json."""
        files = sorted(each for each in source.rglob("*") if each.is_file() and each.name != "release.json")
        listed = tuple(
            ReleaseFile(
                path=file.relative_to(source).as_posix(),
                length=file.stat().st_size,
                sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
            )
            for file in files
        )
        needs = RuntimeNeeds(litert=RuntimeRange(), tflite=RuntimeRange())
        release = Release(name=name, version=version, runtime=needs, files=listed, licence="Apache-2.0")
        raw = release_to_bytes(replace(release, budget=budget or Budget()))
        place = model_directory(name, version)
        for file, each in zip(files, listed, strict=True):
            self._targets[f"{place}/{each.path}"] = self._put(f"{place}/{each.path}", file.read_bytes())
        self._targets[f"{place}/release.json"] = self._put(f"{place}/release.json", raw)
        return hashlib.sha256(raw).hexdigest()

    def point(self, pointer: Pointer) -> None:
        """Publish the group's pointer."""
        path = pointer_path(self.group)
        self._pointers = {path: self._put(path, pointer_to_bytes(pointer))}
        self._sign()

    def _sign(self) -> None:
        self._version += 1
        role, key = group_role(self.group), self._keys["group"].public_key
        delegated = DelegatedRole(role, [key.keyid], 1, terminating=True, paths=[f"groups/{self.group}/*"])
        targets = Targets(
            version=self._version,
            expires=self._expires(),
            targets=self._targets,
            delegations=Delegations(keys={key.keyid: key}, roles={role: delegated}),
        )
        self._write(f"{self._version}.targets.json", targets, "targets")
        pointers = Targets(version=self._version, expires=self._expires(), targets=self._pointers)
        self._write(f"{self._version}.{role}.json", pointers, "group")
        meta = {f"{name}.json": MetaFile(self._version) for name in ("targets", role)}
        snapshot = Snapshot(version=self._version, expires=self._expires(), meta=meta)
        self._write(f"{self._version}.snapshot.json", snapshot, "online")
        timestamp = Timestamp(version=self._version, expires=self._expires(), snapshot_meta=MetaFile(self._version))
        self._write("timestamp.json", timestamp, "online")

    def _write(self, name: str, signed: Root | Targets | Snapshot | Timestamp, key: str) -> None:
        set_issued(signed, datetime.now(timezone.utc))
        metadata = Metadata(signed)
        metadata.sign(self._keys[key])
        metadata.to_file(str(self.directory / "metadata" / name))

    def _put(self, path: str, raw: bytes) -> TargetFile:
        directory, _, name = path.rpartition("/")
        place = self.directory / "targets" / directory
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{hashlib.sha256(raw).hexdigest()}.{name}").write_bytes(raw)
        return TargetFile.from_data(path, raw, ["sha256"])

    @staticmethod
    def _expires() -> datetime:
        return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=7)


def another_version(model: Path, directory: Path, version: str, padding: int = 0) -> Path:
    """A copy of a model under another version, and so many bytes larger: TensorFlow Lite ignores what follows."""
    shutil.copytree(model, directory)
    raw = (directory / "model.tflite").read_bytes() + b"\0" * padding
    (directory / "model.tflite").write_bytes(raw)
    manifest = (directory / "model.yaml").read_text()
    lines = [
        f"sha256: {hashlib.sha256(raw).hexdigest()}" if line.startswith("sha256:") else line
        for line in manifest.splitlines()
    ]
    lines = [f"version: {json.dumps(version)}" if line.startswith("version:") else line for line in lines]
    (directory / "model.yaml").write_text("\n".join(lines) + "\n")
    return directory
