"""An operator with a directory of their own, and a device that follows it with a real TUF client."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from tuf.ngclient import Updater

from edge_agent.fleet.bench import Bench, open_bench
from edge_agent.fleet.ceremony import make_fleet
from edge_agent.fleet.inspection import DirectoryFetcher
from edge_agent.fleet.key_files import KeyFiles
from edge_agent.fleet.main import main
from edge_agent.fleet.workspace import Workspace
from edge_agent.update.pointer import Pointer, parse_pointer, pointer_path
from edge_agent.update.release import (
    Release,
    ReleaseFile,
    RuntimeNeeds,
    model_directory,
    release_path,
    release_to_bytes,
)

NAME = "edge-pose-n"


class Operator:
    """Keys, repository, and the commands."""

    def __init__(self, root: Path) -> None:
        self.workspace = Workspace(root)

    def init(self) -> Operator:
        make_fleet(self.workspace, None, datetime.now(timezone.utc))
        return self

    def copy(self, root: Path) -> Operator:
        shutil.copytree(self.workspace.root, root)
        return Operator(root)

    def run(self, *arguments: str) -> int:
        """One command, as it is typed; ``--fleet`` is added."""
        count = 2 if arguments[0] == "rollout" else 1
        return main([*arguments[:count], "--fleet", str(self.workspace.root), *arguments[count:]])

    @contextmanager
    def bench(self) -> Iterator[Bench]:
        with open_bench(self.workspace, KeyFiles((self.workspace.online_keys, self.workspace.offline_keys))) as bench:
            yield bench

    def add_release(self, version: str, name: str = NAME) -> str:
        """A release of files that are no model; returns its SHA-256. `add-model` would judge it."""
        content = {"model.tflite": f"model {version}".encode(), "model.yaml": f"manifest {version}".encode()}
        release = Release(
            name=name,
            version=version,
            runtime=RuntimeNeeds(),
            files=tuple(
                ReleaseFile(path=path, length=len(raw), sha256=hashlib.sha256(raw).hexdigest())
                for path, raw in content.items()
            ),
            licence="Apache-2.0",
        )
        with self.bench() as bench:
            for path, raw in content.items():
                bench.edition.set_target("targets", f"{model_directory(name, version)}/{path}", raw)
            bench.edition.set_target("targets", release_path(name, version), release_to_bytes(release))
            bench.publish()
        return hashlib.sha256(release_to_bytes(release)).hexdigest()

    def key_files(self) -> dict[str, Path]:
        """By name."""
        places = (self.workspace.online_keys, self.workspace.offline_keys)
        return {file.name: file for place in places for file in sorted(place.glob("*.pem"))}

    def metadata(self) -> list[str]:
        return sorted(path.name for path in (self.workspace.repository / "metadata").iterdir())

    def device(self, cache: Path) -> Device:
        """A device with the first root, which was never online yet."""
        return Device(self.workspace.repository, cache)


class Device:
    """Remembers what it saw, as a device does, and asks afresh each time."""

    def __init__(self, repository: Path, cache: Path) -> None:
        self.repository = repository
        self.root = (repository / "metadata" / "1.root.json").read_bytes()
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def updater(self) -> Updater:
        updater = Updater(
            str(self.cache), "file://repository/metadata", str(self.cache), "file://repository/targets",
            fetcher=DirectoryFetcher(self.repository), bootstrap=self.root,
        )  # fmt: skip
        updater.refresh()
        return updater

    def target(self, path: str) -> bytes | None:
        updater = self.updater()
        info = updater.get_targetinfo(path)
        return None if info is None else Path(updater.download_target(info)).read_bytes()

    def pointer(self, group: str) -> Pointer | None:
        raw = self.target(pointer_path(group))
        return None if raw is None else parse_pointer(raw)

    def follow(self, group: str) -> tuple[int, str] | None:
        """Counter of the pointer and content of the model that it leads to."""
        pointer = self.pointer(group)
        if pointer is None:
            return None
        model = self.target(f"{model_directory(pointer.name, pointer.version)}/model.tflite")
        assert model is not None, "the pointer leads nowhere"
        return pointer.counter, model.decode()
